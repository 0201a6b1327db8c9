import { apiClient } from './api-client.mjs';

const count = 30;

/** From the creation of a pod until its status says Running, one after another. */
export async function pods(lab) {
  await lab.solved();
  const { request, close } = apiClient(lab, 4);
  const path = '/api/v1/namespaces/default/pods';
  const times = [];
  try {
    for (let index = 0; index < count; index++) {
      const name = `bench-${index}`;
      const container = { name: 'c', image: 'k8s-lab/toolbox', command: ['sleep', '600'] };
      const started = performance.now();
      await request('POST', path, {
        metadata: { name },
        spec: { containers: [container], terminationGracePeriodSeconds: 0 },
      });
      for (;;) {
        const pod = JSON.parse((await request('GET', `${path}/${name}`)).body.toString());
        if (pod.status?.phase === 'Running') break;
        if (performance.now() - started > 30_000)
          throw new Error(`pod ${name} is ${pod.status?.phase} after 30 s`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      times.push(performance.now() - started);
      await request('DELETE', `${path}/${name}`, { gracePeriodSeconds: 0 });
    }
  } finally {
    close();
  }
  times.sort((a, b) => a - b);
  const at = (share) =>
    `${Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))])} ms`;
  return [
    {
      what: `pod from creation to Running (${count} pods): median, p99`,
      budget: '≤ 1 s at p99',
      figure: `${at(0.5)}, ${at(0.99)}`,
    },
  ];
}
