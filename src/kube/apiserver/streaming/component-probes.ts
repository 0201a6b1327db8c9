import { request as httpsRequest } from 'node:https';
import { LabError } from '../../../lib/errors.ts';
import type { ComponentProbe } from '../endpoints/component-status.ts';

const timeoutMs = 2000;

/** GET /healthz of a component on this machine; its self-signed certificate is not verified, as upstream. */
function probeUrl(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path: '/healthz',
        rejectUnauthorized: false,
        agent: false,
        timeout: timeoutMs,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve(body);
          else reject(new LabError(`HTTP probe failed with statuscode: ${response.statusCode}`));
        });
      },
    );
    request.on('timeout', () => request.destroy(new LabError('the component did not answer in time')));
    request.on('error', (error) =>
      reject(new LabError(`Get "https://127.0.0.1:${port}/healthz": ${error.message}`)),
    );
    request.end();
  });
}

/** What `kubectl get componentstatuses` shows. `etcd` reads through the client in use. */
export function componentProbes(etcd: () => Promise<unknown>): readonly ComponentProbe[] {
  return [
    { name: 'scheduler', probe: () => probeUrl(10259) },
    { name: 'controller-manager', probe: () => probeUrl(10257) },
    {
      name: 'etcd-0',
      async probe() {
        await etcd();
        return 'ok';
      },
    },
  ];
}
