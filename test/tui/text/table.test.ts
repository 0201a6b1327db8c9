import { expect, test } from 'vitest';
import { line, plainText } from '../../../src/tui/text/line.ts';
import { renderTable } from '../../../src/tui/text/table.ts';

test('for a screen reader a row is a line that names its cells', () => {
  const table = { header: [line('file'), line('for')], rows: [[line('ca.pem'), line('everybody')]] };
  expect(renderTable(table, 80, '').map(plainText)).toEqual(['file: ca.pem, for: everybody']);
});
