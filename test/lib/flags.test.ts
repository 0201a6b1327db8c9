import { expect, test } from 'vitest';
import { UsageError } from '../../src/lib/errors.ts';
import { describeFlags, parseDuration, parseFlags } from '../../src/lib/flags.ts';

const specs = {
  name: { type: 'string', help: 'A name.' },
  'data-dir': { type: 'string', default: 'default.etcd', short: 'd', help: 'Where the data lies.' },
  debug: { type: 'boolean', default: false, short: 'D', help: 'Say more.' },
  quiet: { type: 'boolean', default: false, short: 'q', help: 'Say less.' },
  port: { type: 'int', help: 'A port.', aliases: ['listen-port'] },
  timeout: { type: 'duration', default: 5000, help: 'How long to wait.' },
  endpoints: { type: 'list', default: ['127.0.0.1:2379'], help: 'Whom to ask.' },
  labels: { type: 'map', default: {}, help: 'What to tell.' },
} as const;

const read = (...args: string[]) => parseFlags(args, specs, { program: 'demo' });

test.each([
  [['--name=a'], { name: 'a' }],
  [['--name', 'a'], { name: 'a' }],
  [['-name=a'], { name: 'a' }],
  [['--name='], { name: '' }],
  [['--name=a=b'], { name: 'a=b' }],
  [['-d', '/x'], { 'data-dir': '/x' }],
  [['-d/x'], { 'data-dir': '/x' }],
  [['--debug'], { debug: true }],
  [['--debug=false'], { debug: false }],
  [['-Dq'], { debug: true, quiet: true }],
  [['--listen-port=1'], { port: 1 }],
  [['--timeout', '1m30s'], { timeout: 90_000 }],
  [['--endpoints=a,b', '--endpoints', 'c'], { endpoints: ['a', 'b', 'c'] }],
  [['--labels=a=1,b=2', '--labels=b=3'], { labels: { a: '1', b: '3' } }],
])('%j is read as Go reads it', (args, wanted) => {
  expect(read(...args).flags).toMatchObject(wanted);
});

test('what is not given has its default, and is told apart from what is', () => {
  const { flags, given } = read('--port=0');
  expect(flags).toEqual({
    name: undefined,
    'data-dir': 'default.etcd',
    debug: false,
    quiet: false,
    port: 0,
    timeout: 5000,
    endpoints: ['127.0.0.1:2379'],
    labels: {},
  });
  expect([...given]).toEqual(['port']);
});

test('words that are no flags stay in order; all behind -- are such words', () => {
  expect(read('get', '--debug', 'key', '-', '--', '--name', 'x').positional).toEqual([
    'get',
    'key',
    '-',
    '--name',
    'x',
  ]);
});

test('a program with subcommands leaves them their flags', () => {
  const { flags, positional } = parseFlags(['--debug', 'put', '--unknown'], specs, {
    program: 'demo',
    stopAtPositional: true,
  });
  expect(flags.debug).toBe(true);
  expect(positional).toEqual(['put', '--unknown']);
});

test('the environment stands for flags that are not given', () => {
  const values = { DEMO_DATA_DIR: '/env', DEMO_ENDPOINTS: 'env', DEMO_PORT: '7', OTHER_NAME: 'no' };
  const env = { prefix: 'DEMO_', values };
  const { flags, given } = parseFlags(['--data-dir=/flag', '--endpoints=flag'], specs, {
    program: 'demo',
    env,
  });
  expect(flags).toMatchObject({ 'data-dir': '/flag', endpoints: ['flag'], port: 7, name: undefined });
  expect([...given].sort()).toEqual(['data-dir', 'endpoints', 'port']);
});

test.each([
  [['--nmae=a'], 'demo: unknown flag: --nmae', 'did you mean --name?'],
  [['-x'], 'demo: unknown flag: -x', undefined],
  [['-Dx'], 'demo: unknown flag: -Dx', undefined],
  [['-Dq=true'], 'demo: unknown flag: -Dq', undefined],
  [['--constructor'], 'demo: unknown flag: --constructor', undefined],
  [['--name'], 'demo: flag needs an argument: --name', undefined],
  [['--port=x'], 'invalid argument "x" for "--port" flag: expected a whole number', undefined],
  [['--debug=perhaps'], 'invalid argument "perhaps" for "--debug" flag: expected true or false', undefined],
  [
    ['--timeout=5'],
    'invalid argument "5" for "--timeout" flag: expected a duration such as 10s or 1h30m',
    undefined,
  ],
  [['--labels=a'], 'invalid argument "a" for "--labels" flag: expected key=value pairs', undefined],
])('%j is refused: %s', (args, message, remedy) => {
  expect(() => read(...args)).toThrow(UsageError);
  expect(() => read(...args)).toThrow(expect.objectContaining({ message, remedy }));
});

test.each([
  ['0', 0],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['1500us', 1.5],
  ['-10s', -10_000],
  ['10', undefined],
  ['s', undefined],
  ['', undefined],
])('the duration %j is %j milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test('help lists the flags by name, with what each takes', () => {
  const lines = describeFlags(specs).split('\n');
  expect(lines).toHaveLength(8);
  expect(lines[0]).toMatch(/^ -d, {2}--data-dir string +Where the data lies\.$/);
  expect(lines[1]).toMatch(/^ -D, {2}--debug +Say more\.$/);
});
