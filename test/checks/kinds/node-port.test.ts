import { describe, it } from 'vitest';
import { apiReasons } from '../../../src/checks/kube-api.ts';
import type { HttpOutcome } from '../../../src/checks/types.ts';
import { answer, tokenKubeconfig } from '../answers.ts';
import { testKind, type World } from '../fake-context.ts';

const spec = { kubeconfig: '.kube/config', service: 'web', on: ['worker-0'] };
const refused: HttpOutcome = { layer: 'connect', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' };
const service = { spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ nodePort: 30080 }] } };
const slices = (...addresses: string[]) => ({
  items: [{ endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })) }],
});

/** A cluster by what its API says, and what the node's port does. */
function cluster(parts: { service?: unknown; slices?: unknown; node?: HttpOutcome }): World {
  return {
    files: { '.kube/config': tokenKubeconfig },
    http({ url }) {
      if (url === 'http://10.240.0.20:30080/') return parts.node ?? answer(200, '');
      if (url.includes('endpointslices')) return answer(200, parts.slices ?? slices('10.200.0.2'));
      return parts.service === undefined ? answer(404, { message: 'not found' }) : answer(200, parts.service);
    },
  };
}

describe('the node-port check', () => {
  const { passes, fails } = testKind('node-port', { elsewhere: Object.keys(apiReasons) });
  it('passes when the node answers', () => passes(spec, cluster({ service })));
  it('tells a Service that is missing, or inside only', async () => {
    await fails(spec, cluster({}), 'no-service', 'There is no Service web in the namespace default.');
    await fails(
      spec,
      cluster({ service: { spec: { type: 'ClusterIP', ports: [{ port: 80 }] } } }),
      'no-node-port',
      'The Service web is of type ClusterIP and has no port on the nodes: it answers inside the cluster only.',
    );
  });
  it('tells missing pods from a missing way to them', async () => {
    const notReady = { addresses: ['10.200.0.2'], conditions: { ready: false } };
    for (const none of [slices(), { items: [{ endpoints: [notReady] }] }, { items: [{ endpoints: null }] }])
      await fails(
        spec,
        cluster({ service, node: refused, slices: none }),
        'no-endpoints',
        'Nothing answers at http://10.240.0.20:30080/ (worker-0), because no ready pod stands behind the Service web: it looks for app=web.',
      );
    await fails(
      spec,
      cluster({ service, node: refused }),
      'no-answer',
      'Nothing answers at http://10.240.0.20:30080/ (worker-0, ECONNREFUSED), though the pods 10.200.0.2 stand behind the Service: kube-proxy does not run there, or no route leads from worker-0 to the pods.',
    );
  });
  it('tells what is wrong with the node or the program', async () => {
    await fails(
      spec,
      cluster({ service, node: answer(500, '') }),
      'wrong-status',
      'http://10.240.0.20:30080/ (worker-0) answers, with status 500: the program in the pod does that.',
    );
    await fails(spec, { ...cluster({ service }), states: { 'worker-0': 'off' } }, 'machine-off', /off/);
    await fails(
      spec,
      { ...cluster({ service }), states: { 'worker-0': 'missing' } },
      'machine-missing',
      /yet/,
    );
  });
});
