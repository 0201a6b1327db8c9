import * as http from 'node:http';
import type { Socket } from 'node:net';
import { CurlError } from './curl-errors.ts';

/** The proxy that the environment names for a URL (curl reads http_proxy in lower case only), or `-x`. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv, option: string | undefined): URL | undefined {
  const text =
    option ??
    (url.protocol === 'https:' ? (env.https_proxy ?? env.HTTPS_PROXY) : env.http_proxy) ??
    env.all_proxy ??
    env.ALL_PROXY;
  if (text === undefined || text === '') return undefined;
  if (option === undefined && isExcluded(url.hostname, env.no_proxy ?? env.NO_PROXY ?? '')) return undefined;
  return new URL(text.includes('://') ? text : `http://${text}`);
}

function isExcluded(host: string, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some(
      (entry) =>
        entry === '*' || host === entry || host.endsWith(entry.startsWith('.') ? entry : `.${entry}`),
    );
}

/** A raw connection to `authority` through the proxy. Throws {@link CurlError} 5, 7 or 56 as curl does. */
export function openTunnel(
  proxy: URL,
  authority: string,
  connectTimeoutMs: number | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: proxy.hostname,
      port: Number(proxy.port || 80),
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority },
      agent: false,
      signal,
      ...(connectTimeoutMs === undefined ? {} : { timeout: connectTimeoutMs }),
    });
    request.on('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket as Socket);
      else {
        socket.destroy();
        reject(new CurlError(56, `CONNECT tunnel failed, response ${response.statusCode}`));
      }
    });
    request.on('timeout', () =>
      request.destroy(new CurlError(28, `Connection timed out after ${connectTimeoutMs} milliseconds`)),
    );
    request.on('error', (error) =>
      reject(
        error instanceof CurlError || signal.aborted
          ? error
          : new CurlError(
              7,
              `Failed to connect to ${proxy.hostname} port ${proxy.port} after 0 ms: Couldn't connect to server`,
            ),
      ),
    );
    request.end();
  });
}
