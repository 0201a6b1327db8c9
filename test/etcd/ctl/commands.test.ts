import { describe, expect, test } from 'vitest';
import { commands, findCommand } from '../../../src/etcd/ctl/commands.ts';
import { commandHelp, listHelp } from '../../../src/etcd/ctl/help.ts';
import { memberId } from '../../../src/etcd/ctl/member-commands.ts';

const find = (line: string) => findCommand(line.split(' '));

describe('finding the command', () => {
  test.each([
    ['get a', 'get', ['a']],
    ['member list', 'member list', []],
    ['lease grant 60', 'lease grant', ['60']],
    ['put member list', 'put', ['member', 'list']],
    ['get get', 'get', ['get']],
    ['endpoint health --cluster', 'endpoint health', ['--cluster']],
    ['endpoint --cluster status', 'endpoint status', ['--cluster']],
    ['get --prefix a', 'get', ['--prefix', 'a']],
  ])('%s', (line, name, rest) => {
    expect(find(line)).toMatchObject({ kind: 'command', name, rest });
  });

  test('the name of a group alone asks what is in it', () => {
    expect(find('member')).toEqual({ kind: 'group', name: 'member' });
  });

  test.each([
    ['gte', 'unknown command "gte" for "etcdctl"', 'did you mean "get"?'],
    ['member lst', 'unknown command "member lst" for "etcdctl"', 'did you mean "member list"?'],
    ['endpoint', undefined, undefined],
    ['endpoint healt', 'unknown command "endpoint healt" for "etcdctl"', 'did you mean "endpoint health"?'],
    ['toString', 'unknown command "toString" for "etcdctl"', undefined],
  ])('%s', (line, message, remedy) => {
    if (message === undefined) {
      expect(find(line).kind).toBe('group');
      return;
    }
    expect(() => find(line)).toThrow(expect.objectContaining({ message, remedy }));
  });

  test.each([
    'auth enable',
    'user add root',
    'role list',
    'snapshot save file',
    'lock name',
    'elect name',
    'make-mirror host',
    'downgrade validate 3.4',
  ])('%s is refused as a command that upstream has', (line) => {
    const [name] = line.split(' ');
    expect(() => find(line)).toThrow(`etcdctl: command ${JSON.stringify(name)} is not supported here`);
  });

  test('what serves instead is told', () => {
    expect(() => find('auth enable')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('--client-cert-auth') }),
    );
    expect(() => find('snapshot save x')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('--data-dir') }),
    );
  });
});

describe('help', () => {
  test('lists every command once with what it does, and the flags of all', () => {
    const help = listHelp();
    for (const [name, { summary }] of Object.entries(commands)) {
      expect(help).toMatch(
        new RegExp(`^\\t${name} +${summary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'),
      );
    }
    expect(help).toContain('--endpoints');
  });

  test('of a group lists that group only', () => {
    const help = listHelp('member');
    expect(help.match(/^\tmember \w+/gm)).toEqual([
      '\tmember add',
      '\tmember list',
      '\tmember promote',
      '\tmember remove',
      '\tmember update',
    ]);
  });

  test('of a command shows its arguments and its own flags before those of all', async () => {
    const found = find('get');
    if (found.kind !== 'command') throw new Error('get is a command');
    const help = await commandHelp(found);
    expect(help).toContain('etcdctl get <key> [range_end] [flags]');
    expect(help.indexOf('--from-key')).toBeGreaterThan(0);
    expect(help.indexOf('--from-key')).toBeLessThan(help.indexOf('GLOBAL OPTIONS'));
  });

  test('every command can be loaded', async () => {
    for (const command of Object.values(commands)) {
      expect(await command.load()).toHaveProperty('run');
    }
  });
});

test('a member is named by its id in hexadecimal', () => {
  expect(memberId(['8e9e05c52164694d'])).toBe(0x8e9e05c52164694dn);
  expect(() => memberId([])).toThrow('member ID is not provided');
  expect(() => memberId(['a', 'b'])).toThrow('member ID is not provided');
  expect(() => memberId(['controller-0'])).toThrow(
    expect.objectContaining({
      message:
        'bad member ID arg (strconv.ParseUint: parsing "controller-0": invalid syntax), expecting ID in Hex',
      remedy: 'etcdctl member list tells the IDs',
    }),
  );
});
