import { describe, expect, it } from 'vitest';
import { checkKinds, evaluateCheck, evaluateChecks, validateCheck } from '../../src/checks/index.ts';
import type { CheckSpec } from '../../src/checks/types.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { fakeContext, nowMs } from './fake-context.ts';

const file = (id: string, path: string, more: Record<string, unknown> = {}): CheckSpec => ({
  kind: 'file',
  title: id,
  id,
  path,
  ...more,
});

describe('evaluation', () => {
  it('blocks a check whose foundation is red, and what stands on it', async () => {
    const specs = [
      file('a', 'x'),
      file('b', 'y', { needs: ['a'] }),
      file('c', 'y', { needs: ['b'] }),
      file('d', 'y'),
    ];
    const results = await evaluateChecks(specs, fakeContext({ files: { y: 'y' } }));
    expect(results.map((result) => result.state)).toEqual(['fail', 'blocked', 'blocked', 'pass']);
    expect(results[1]).toEqual({ state: 'blocked', by: ['a'] });
  });
  it('makes an error in the check itself a state of its own', async () => {
    const context = fakeContext();
    const broken = {
      ...context,
      jumpbox: { ...context.jumpbox, stat: () => Promise.reject(new Error('EIO')) },
    };
    expect(await evaluateCheck(file('a', 'x'), broken)).toEqual({ state: 'error', message: 'EIO' });
  });
  it('waits for what takes time, with the clock it is given', async () => {
    const clock = new FakeClock(nowMs);
    let open = false;
    const result = evaluateCheck(
      { kind: 'port', title: 'p', address: '10.240.0.10', port: 2379, wait: '5s' },
      fakeContext({ port: () => ({ open, code: 'ECONNREFUSED' }) }, clock),
    );
    await clock.advance(2000);
    open = true;
    await clock.advance(1000);
    expect(await result).toEqual({ state: 'pass' });
  });
});

describe('a specification', () => {
  it('names what is wrong with it', () => {
    expect(validateCheck({ kind: 'x510', title: 't' })).toBe(
      'unknown kind of check "x510": did you mean "x509"?',
    );
    expect(validateCheck(file('a', 'x', { mod: '0600' }))).toBe(
      'unknown parameter mod (check file "a"): did you mean "mode"?',
    );
    expect(validateCheck({ kind: 'file', title: 't' })).toBe(
      'parameter path is missing (check file "t"): add it to lab.yaml',
    );
    expect(validateCheck(file('a', 'x', { mode: '0999' }))).toBe(
      `parameter mode must be a file mode such as '0600' (check file "a")`,
    );
    expect(validateCheck(file('a', 'x'))).toBeUndefined();
  });
  it('has these kinds', () => {
    expect(checkKinds()).toEqual([
      'absent',
      'command',
      'config-file',
      'dns',
      'encryption-config',
      'etcd',
      'etcd-value',
      'file',
      'http',
      'key-pair',
      'kube',
      'kubeconfig',
      'node-port',
      'port',
      'route',
      'unit',
      'x509',
    ]);
  });
});
