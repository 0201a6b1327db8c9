import { createServer } from 'node:http';
import { whenAborted } from '../../../lib/abort.ts';
import { runProgram } from '../../../lib/program.ts';
import { accessLogLine } from './access-log.ts';
import { page } from './page.ts';

/**
 * `k8s-lab/web`: a small web server to deploy, scale, expose and update. PORT (80) is where it listens; POD_IP and
 * HOSTNAME are shown when the pod sets them. `/healthz` answers 200 until SIGTERM, then 503 while it drains.
 */
runProgram('web', async ({ args, env, signal }) => {
  const version = env.K8S_LAB_IMAGE_VERSION ?? 'dev';
  if (args.includes('-v') || args.includes('--version')) {
    console.log(`k8s-lab/web version ${version}`);
    return 0;
  }
  if (args.length > 0) {
    process.stderr.write(
      `web: unknown argument ${JSON.stringify(args[0])}; it takes PORT from the environment\n`,
    );
    return 2;
  }
  const port = Number(env.PORT ?? 80);
  const server = createServer((request, response) => {
    const [status, type, body] =
      signal.aborted && request.url === '/healthz'
        ? ([503, 'text/plain', 'draining\n'] as const)
        : answer(request.method ?? 'GET', request.url ?? '/');
    const isHead = request.method === 'HEAD';
    response.writeHead(status, {
      'content-type': `${type}; charset=utf-8`,
      'content-length': Buffer.byteLength(body),
      server: `k8s-lab-web/${version}`,
      ...(signal.aborted ? { connection: 'close' } : {}),
    });
    response.end(isHead ? undefined : body, () =>
      console.log(
        accessLogLine(request, { status, bytes: isHead ? 0 : Buffer.byteLength(body) }, new Date()),
      ),
    );

    function answer(method: string, url: string): readonly [number, string, string] {
      const path = url.split('?')[0];
      if (method !== 'GET' && method !== 'HEAD') return [405, 'text/plain', '405 method not allowed\n'];
      if (path === '/healthz') return [200, 'text/plain', 'ok\n'];
      if (path !== '/' && path !== '/index.html') return [404, 'text/plain', '404 page not found\n'];
      return [
        200,
        'text/html',
        page({
          version,
          hostname: env.HOSTNAME ?? '',
          podIp: env.POD_IP ?? request.socket.localAddress ?? '',
          client: request.socket.remoteAddress ?? '',
          headers: request.headers,
        }),
      ];
    }
  });
  // Endpoints leave the Service's rules a moment later than SIGTERM comes: go on serving what is open.
  server.keepAliveTimeout = 5000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '0.0.0.0', () => {
      console.error(`k8s-lab/web ${version} listens on port ${port}`);
      resolve();
    });
  });
  await whenAborted(signal);
  server.closeIdleConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return 0;
});
