import http from 'node:http';
import https from 'node:https';

export interface Probe {
  readonly url: string;
  readonly host: string | undefined;
  readonly timeoutMs: number;
}

/** Resolves to undefined when the answer is 2xx in time, else to the reason why not. */
export function probe({ url, host, timeoutMs }: Probe): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = url.startsWith('https:') ? https : http;
    // A health check asks whether anybody is well there, not who it is: no certificate check, no kept connection.
    const options = {
      agent: false as const,
      rejectUnauthorized: false,
      timeout: timeoutMs,
      ...(host !== undefined && { headers: { host } }),
    };
    const request = client.get(url, options, (response) => {
      response.resume();
      const code = response.statusCode ?? 0;
      resolve(code >= 200 && code < 300 ? undefined : `status ${code}`);
    });
    const timer = setTimeout(() => request.destroy(new Error('timeout')), timeoutMs);
    request.on('error', (error) => resolve(error.message));
    request.on('close', () => clearTimeout(timer));
  });
}
