import { apiClient, rate } from './api-client.mjs';

const clients = 32;

/** Requests a second through the load balancer, as 32 clients would make them. */
export async function apiserver(lab) {
  await lab.solved();
  const { request, close } = apiClient(lab, clients);
  const path = '/api/v1/namespaces/default/configmaps';
  const expect = (wanted) => (answer) => {
    if (answer.status !== wanted) throw new Error(`the API server answered ${answer.status}`);
  };
  try {
    const object = (index) => ({ metadata: { name: `bench-${index}` }, data: { index: String(index) } });
    await rate(clients, 200, (index) => request('POST', path, object(`warm-${index}`)).then(expect(201)));
    const creates = await rate(clients, 3000, (index) =>
      request('POST', path, object(index)).then(expect(201)),
    );
    const gets = await rate(clients, 8000, (index) =>
      request('GET', `${path}/bench-${index % 3000}`).then(expect(200)),
    );
    return [
      {
        what: `kube-apiserver, ${clients} clients: creates`,
        budget: '≥ 800/s',
        figure: `${Math.round(creates)}/s`,
      },
      {
        what: `kube-apiserver, ${clients} clients: gets`,
        budget: '≥ 2500/s',
        figure: `${Math.round(gets)}/s`,
      },
    ];
  } finally {
    await request('DELETE', path, {});
    close();
  }
}
