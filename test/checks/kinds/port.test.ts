import { describe, expect, it } from 'vitest';
import { machineTroubles, testKind } from '../fake-context.ts';

describe('the port check', () => {
  const { passes, fails } = testKind('port');
  const spec = { on: 'controller-0', port: 2379 };
  it('passes', () => passes(spec));
  it('tells the layers apart', async () => {
    const asked: string[] = [];
    await fails(
      spec,
      {
        port: (address) => {
          asked.push(address);
          return { open: false, code: 'ECONNREFUSED' };
        },
      },
      'refused',
      'Nothing listens on port 2379 of controller-0: the connection is refused at once.',
    );
    expect(asked).toEqual(['10.240.0.10']);
    await fails(
      spec,
      { port: () => ({ open: false, code: 'ETIMEDOUT' }) },
      'timeout',
      'controller-0 does not answer on port 2379 (ETIMEDOUT): its link is cut, or the machine hangs.',
    );
    await fails(
      { address: '10.9.9.9', port: 1 },
      { port: () => ({ open: false, code: 'EHOSTUNREACH' }) },
      'unreachable',
      'There is no way to 10.9.9.9: no route leads there.',
    );
    await machineTroubles(fails, spec, 'controller-0');
  });
});
