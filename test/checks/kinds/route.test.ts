import { describe, it } from 'vitest';
import { machineTroubles, ok, testKind, type World } from '../fake-context.ts';

describe('the route check', () => {
  const { passes, fails } = testKind('route');
  const table = (lines: readonly string[]): World => ({
    exec: () => ok(`default via 10.240.0.1 dev eth0\n10.240.0.0/24 dev eth0 scope link\n${lines.join('\n')}`),
  });
  it("passes a worker that knows the other workers' pods", () =>
    passes(
      { on: 'worker-0' },
      table(['10.200.1.0/24 via 10.240.0.21 dev eth0', '10.200.2.0/24 via 10.240.0.22 dev eth0']),
    ));
  it('lists all that is missing on a machine', async () => {
    await fails(
      { on: 'worker-0' },
      table([]),
      'missing-route',
      'worker-0 has no route to 10.200.1.0/24 and 10.200.2.0/24: what it sends to pods on worker-1 and worker-2 goes nowhere.',
    );
    await fails(
      { on: 'worker-0' },
      table(['10.200.1.0/24 via 10.240.0.22', '10.200.2.0/24 via 10.240.0.22']),
      'wrong-gateway',
      'worker-0 sends 10.200.1.0/24 to worker-2 (10.240.0.22), but those pods are on worker-1 (10.240.0.21).',
    );
    await fails(
      { on: 'worker-0' },
      { exec: () => ({ exitCode: 127, stdout: '', stderr: 'ip: not found' }) },
      'no-table',
      '`ip route` on worker-0 fails: ip: not found',
    );
    await machineTroubles(fails, { on: 'worker-0' }, 'worker-0');
  });
});
