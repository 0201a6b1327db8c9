import { apiClient, rate } from './api-client.mjs';
import { processesOf, processFigures } from './lab.mjs';

const clients = 32;
/** What a server does often it soon does faster: the figures are those of one that has run for some seconds. */
const warmUp = 2000;
const pods = 3000;
const lists = 20;

const configMaps = '/api/v1/namespaces/default/configmaps';
const allPods = '/api/v1/namespaces/bench/pods';

/** Requests a second through the load balancer, as 32 clients would make them, and what a long list costs. */
export async function apiserver(lab) {
  await lab.solved();
  const { request, close } = apiClient(lab, clients);
  const call = async (wanted, ...args) => {
    const answer = await request(...args);
    if (answer.status !== wanted) throw new Error(`the API server answered ${answer.status}`);
    return answer;
  };
  const create = (name) =>
    call(201, 'POST', configMaps, { metadata: { name }, data: { name, purpose: 'a small object' } });
  const get = (name) => call(200, 'GET', `${configMaps}/${name}`);
  try {
    await rate(clients, warmUp, (index) => create(`warm-${index}`));
    const creates = await rate(clients, 3000, (index) => create(`bench-${index}`));
    await rate(clients, warmUp, (index) => get(`warm-${index}`));
    const gets = await rate(clients, 8000, (index) => get(`bench-${index % 3000}`));
    const list = await listOfPods(lab, call);
    return [
      {
        what: `kube-apiserver, ${clients} clients: creates (after ${warmUp})`,
        budget: '≥ 800/s',
        figure: `${Math.round(creates)}/s`,
      },
      {
        what: `kube-apiserver, ${clients} clients: gets (after ${warmUp})`,
        budget: '≥ 2500/s',
        figure: `${Math.round(gets)}/s`,
      },
      {
        what: `kube-apiserver, a list of ${pods} pods (${(list.bytes / 2 ** 20).toFixed(1)} MiB): its CPU`,
        budget: '≤ 20 ms',
        figure: `${list.cpuMs.toFixed(0)} ms`,
      },
    ];
  } finally {
    await request('DELETE', configMaps, {});
    await request('DELETE', '/api/v1/namespaces/bench', {});
    close();
  }
}

/** Pods that no scheduler takes; the CPU of all three servers in the meantime, and the list's size. */
async function listOfPods(lab, call) {
  await call(201, 'POST', '/api/v1/namespaces', { metadata: { name: 'bench' } });
  await call(201, 'POST', '/api/v1/namespaces/bench/serviceaccounts', {
    metadata: { name: 'default' },
  }).catch(() => undefined);
  await rate(clients, pods, (index) =>
    call(201, 'POST', allPods, {
      metadata: { name: `pod-${index}`, labels: { app: 'bench' } },
      spec: {
        schedulerName: 'nobody',
        containers: [{ name: 'web', image: 'k8s-lab/web', ports: [{ containerPort: 80 }] }],
      },
    }),
  );
  const servers = processesOf(lab.folder, 'kube-apiserver');
  const cpuSeconds = () => servers.reduce((sum, pid) => sum + processFigures(pid).cpuSeconds, 0);
  await call(200, 'GET', allPods);
  const before = cpuSeconds();
  let bytes = 0;
  for (let index = 0; index < lists; index++) bytes = (await call(200, 'GET', allPods)).body.length;
  return { bytes, cpuMs: ((cpuSeconds() - before) * 1000) / lists };
}
