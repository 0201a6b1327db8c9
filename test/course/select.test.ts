import { expect, test } from 'vitest';
import { loadPack } from '../../src/course/pack.ts';
import { selectChapter, selectFault, selectSteps } from '../../src/course/select.ts';

const pack = loadPack({ topology: 'hard-way' });
const steps = (name: string) => selectSteps(pack, name).steps.map(({ ref }) => ref);

test.each([
  ['4', '04-certificate-authority'],
  ['04', '04-certificate-authority'],
  ['04-certificate-authority', '04-certificate-authority'],
  ['certificate-authority', '04-certificate-authority'],
  ['cert', '04-certificate-authority'],
  ['07', '07-etcd'],
  ['smoke', '13-smoke-test'],
])('chapter %s', (name, id) => expect(selectChapter(pack, name).id).toBe(id));

test.each([
  ['0', 'there is no chapter 0: chapters are 1 to 14'],
  ['15', 'there is no chapter 15: chapters are 1 to 14'],
  [
    'c',
    '"c" could be 02-client-tools or 03-compute-resources or 04-certificate-authority or 08-control-plane or 14-cleanup',
  ],
  ['etdc', 'unknown chapter "etdc": did you mean "etcd"?'],
  ['zzzzzzzz', 'unknown chapter "zzzzzzzz": `k8s-lab list` shows them'],
  ['7/unit/x', '"7/unit/x" is not CHAPTER or CHAPTER/STEP'],
  ['7/strat', 'chapter 07-etcd has no step "strat": did you mean "start"?'],
  ['7/zzzzzz', 'chapter 07-etcd has no step "zzzzzz": its steps are programs, certificates, unit, start'],
  ['8/', undefined],
])('a name that is none: %s', (name, message) => {
  if (message === undefined) expect(steps(name)).toHaveLength(6);
  else expect(() => selectSteps(pack, name)).toThrow(expect.objectContaining({ exitCode: 2 }));
  if (message !== undefined) expect(said(() => selectSteps(pack, name))).toBe(message);
});

test('a chapter means its steps in order; a step may be cut short where that is clear', () => {
  expect(steps('6')).toEqual(['06-data-encryption/config', '06-data-encryption/distribute']);
  expect(steps('7/cert')).toEqual(['07-etcd/certificates']);
});

test('a fault by its chapter and name, or by its name alone where one chapter has it', () => {
  expect(selectFault(pack, '4/key-readable').id).toBe('key-readable');
  expect(selectFault(pack, 'key-readable').chapter).toBe('04-certificate-authority');
  expect(said(() => selectFault(pack, 'node-gone'))).toBe(
    '"node-gone" could be 09-workers/node-gone or 10-remote-kubectl/node-gone',
  );
  expect(said(() => selectFault(pack, 'key-raedable'))).toBe(
    'unknown fault "key-raedable": did you mean "key-readable"?',
  );
});

test('a fault that needs several machines is not there on one', () => {
  const single = loadPack({ topology: 'single' });
  expect(said(() => selectFault(single, '11/route-lost'))).toContain('unknown fault');
});

function said(attempt: () => unknown): string {
  try {
    attempt();
    return 'nothing';
  } catch (error) {
    return String(error);
  }
}
