import http from 'node:http';
import type { Duplex } from 'node:stream';

/** The proxy of $HTTPS_PROXY for this host, unless $NO_PROXY names the host. */
export function proxyFor(server: URL, env: NodeJS.ProcessEnv): URL | undefined {
  if (server.protocol !== 'https:') return undefined;
  const proxy = env.HTTPS_PROXY || env.https_proxy;
  if (proxy === undefined || proxy === '') return undefined;
  const excepted = (env.NO_PROXY ?? env.no_proxy ?? '')
    .split(',')
    .map((item) => item.trim().replace(/^\*?\./, ''));
  const host = server.hostname;
  if (/^(localhost|127\..*|\[::1\])$/.test(host)) return undefined;
  if (excepted.some((item) => item !== '' && (item === '*' || host === item || host.endsWith(`.${item}`))))
    return undefined;
  return new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

/** A tunnel through the proxy (HTTP CONNECT). */
export function dialThrough(proxy: URL, server: URL): Promise<Duplex> {
  const target = `${server.hostname}:${server.port || 443}`;
  const request = http.request({
    host: proxy.hostname,
    port: proxy.port || 80,
    method: 'CONNECT',
    path: target,
    headers: { host: target },
  });
  return new Promise((resolve, reject) => {
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        reject(new Error(`proxyconnect tcp: ${response.statusCode} ${response.statusMessage}`));
      }
    });
    request.once('error', reject);
    request.end();
  });
}
