import { expect, test } from 'vitest';
import { createFrameWriter } from '../../src/tui/frame-writer.ts';
import { line, span } from '../../src/tui/text/line.ts';
import { createTheme } from '../../src/tui/theme.ts';

function terminal() {
  const written: string[] = [];
  const writer = createFrameWriter((text) => written.push(text), createTheme({ color: false, ascii: false }));
  return { written, writer };
}

test('the first frame is written whole, the next only where it differs', () => {
  const { written, writer } = terminal();
  writer.draw([line('one'), line('two'), line('three')]);
  expect(written.join('')).toContain('three');
  written.length = 0;
  writer.draw([line('one'), line('TWO'), line('three')]);
  expect(written).toHaveLength(1);
  expect(written[0]).toContain('\u001b[2;1H\u001b[2KTWO');
  expect(written[0]).not.toContain('one');
});

test('a frame that changes nothing writes nothing, though its lines are cut differently', () => {
  const { written, writer } = terminal();
  writer.draw([line('one two')]);
  written.length = 0;
  writer.draw([[span('one '), span('two')]]);
  expect(written).toEqual([]);
});

test('a shorter line leaves nothing of the longer one before it', () => {
  const { written, writer } = terminal();
  writer.draw([line('a long line')]);
  writer.draw([line('short')]);
  expect(written.at(-1)).toMatch(/\[2Kshort/);
});

test('what was forgotten is written again', () => {
  const { written, writer } = terminal();
  writer.draw([line('one'), line('two')]);
  writer.forget();
  written.length = 0;
  writer.draw([line('one'), line('two')]);
  expect(written.join('')).toMatch(/one.*two/s);
});

test('terminals are told where an update begins and ends', () => {
  const { written, writer } = terminal();
  writer.draw([line('one')]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal reads
  expect(written[0]).toMatch(/^\u001b\[\?2026h.*\u001b\[\?2026l$/s);
});
