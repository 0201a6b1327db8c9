import { expect, test } from 'vitest';
import { beginning, firstFrame } from '../../src/tui/first-frame.ts';
import { lookOf, readTuiOptions } from '../../src/tui/options.ts';
import { frameLines } from '../../src/tui/screens/index.ts';
import { plainText } from '../../src/tui/text/line.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { temporaryFolder } from '../course/fake-pack.ts';

const size = { columns: 80, rows: 24 };
const theme = createTheme({ color: true, ascii: false });

test.each([
  ['a first run', {}, 'Welcome to k8s-lab'],
  ['a lab that is there', { topology: 'single' }, 'Reading the course ...'],
])(
  'the frame drawn before anything is loaded is the one that the screens begin with: %s',
  (_name, options, says) => {
    const begun = beginning({ ...options, workspace: `${temporaryFolder()}/lab` }, size, {});
    const drawn = firstFrame(begun, theme);
    expect(drawn.map(plainText).join('\n')).toContain(says);
    expect(drawn).toEqual(frameLines(begun, theme));
  },
);

test('only a command line without a command, and without a mistake, is for the screens', () => {
  expect(readTuiOptions([])).toEqual({});
  expect(readTuiOptions(['--ascii', '--workspace', '/w', '--topology=small'])).toEqual({
    ascii: true,
    workspace: '/w',
    topology: 'small',
  });
  for (const args of [
    ['status'],
    ['--asci'],
    ['--workspace'],
    ['--help'],
    ['--ascii', 'list'],
    ['constructor'],
  ]) {
    expect(readTuiOptions(args), args.join(' ')).toBeUndefined();
  }
});

test('the look: flags, environment, locale', () => {
  expect(lookOf({}, { LANG: 'C.UTF-8' })).toEqual({ color: true, ascii: false, linear: false });
  expect(lookOf({}, { LANG: 'C' }).ascii).toBe(true);
  expect(lookOf({ ascii: true }, { LANG: 'C.UTF-8' }).ascii).toBe(true);
  expect(lookOf({}, { LANG: 'C.UTF-8', K8S_LAB_ASCII: '1' }).ascii).toBe(true);
  expect(lookOf({}, { NO_COLOR: '1' }).color).toBe(false);
  expect(lookOf({ screenReader: true }, {})).toMatchObject({ linear: true, color: false });
  expect(lookOf({}, { INK_SCREEN_READER: 'true' }).linear).toBe(true);
});
