/**
 * A small honest curl: HTTP/1.1 and HTTPS with the options that the course and its checks need, curl's exit codes and
 * messages, and the proxies of the environment on the jumpbox. Any other option is refused by name.
 *
 *   curl-options.ts  arguments → one request a URL          curl-errors.ts  Node's errors → curl's codes and words
 *   curl-proxy.ts    HTTP_PROXY, CONNECT tunnels            this file       sends, follows redirects, prints
 */
import { createWriteStream, readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { runProgram } from '../../lib/program.ts';
import { CurlError, explainError } from './curl-errors.ts';
import { type CurlOptions, parseCurlArguments } from './curl-options.ts';
import { openTunnel, proxyFor } from './curl-proxy.ts';

const maxRedirects = 50;

runProgram('curl', async ({ args, env, signal }) => {
  let options: CurlOptions | undefined;
  try {
    options = parseCurlArguments(args);
    if (options.version) {
      process.stdout.write('curl (k8s-lab)\nProtocols: http https\nFeatures: SSL\n');
      return 0;
    }
    let exitCode = 0;
    for (const url of options.urls) exitCode = (await transfer(url, options, env, signal)) || exitCode;
    return exitCode;
  } catch (error) {
    const failure = error instanceof CurlError ? error : new CurlError(2, String(error));
    if (options === undefined || !options.silent || options.showError) {
      process.stderr.write(`curl: (${failure.exitCode}) ${failure.message}\n`);
    }
    return failure.exitCode;
  }
});

async function transfer(
  text: string,
  options: CurlOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  const started = performance.now();
  const deadline = options.maxTimeMs === undefined ? undefined : AbortSignal.timeout(options.maxTimeMs);
  const stop = deadline === undefined ? signal : AbortSignal.any([signal, deadline]);
  let url = parseUrl(text);
  let method = options.method ?? (options.head ? 'HEAD' : options.data === undefined ? 'GET' : 'POST');
  let body = options.data;
  for (let redirects = 0; ; redirects++) {
    let response: http.IncomingMessage;
    try {
      response = await send(url, method, body, options, env, stop);
    } catch (error) {
      if (deadline?.aborted === true) {
        throw new CurlError(
          28,
          `Operation timed out after ${Math.round(performance.now() - started)} milliseconds with 0 bytes received`,
        );
      }
      throw explainError(error, url, options, Math.round(performance.now() - started));
    }
    const status = response.statusCode ?? 0;
    const location = response.headers.location;
    if (options.verbose) for (const line of headLines(response)) process.stderr.write(`< ${line}\n`);
    if (options.follow && status >= 300 && status < 400 && location !== undefined) {
      if (redirects >= maxRedirects) throw new CurlError(47, `Maximum (${maxRedirects}) redirects followed`);
      if (options.include || options.head) process.stdout.write(`${headLines(response).join('\r\n')}\r\n`);
      response.resume();
      url = new URL(location, url);
      if (status <= 303 && method !== 'HEAD' && options.method === undefined) {
        method = 'GET';
        body = undefined;
      }
      continue;
    }
    if (options.failOnError && status >= 400) {
      response.resume();
      writeOut(options, response, url, 0);
      throw new CurlError(22, `The requested URL returned error: ${status}`);
    }
    const size = await print(response, url, options, deadline, started);
    writeOut(options, response, url, size);
    return 0;
  }
}

function parseUrl(text: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  let url: URL;
  try {
    url = new URL(full);
  } catch {
    throw new CurlError(3, 'URL rejected: Malformed input to a URL function');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new CurlError(1, `Protocol "${url.protocol.slice(0, -1)}" not supported`);
  }
  return url;
}

async function send(
  url: URL,
  method: string,
  body: Buffer | undefined,
  options: CurlOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const secure = url.protocol === 'https:';
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (secure ? 443 : 80));
  const resolved = options.resolve.get(`${hostname}:${port}`) ?? hostname;
  const proxy = options.noProxy ? undefined : proxyFor(url, env, options.proxy);
  const headers: http.OutgoingHttpHeaders = {
    Host: url.host,
    'User-Agent': 'curl/8.0 (k8s-lab)',
    Accept: '*/*',
  };
  if (options.user !== undefined)
    headers.Authorization = `Basic ${Buffer.from(options.user).toString('base64')}`;
  if (body !== undefined) {
    headers['Content-Length'] = body.length;
    headers['Content-Type'] = 'application/x-www-form-urlencoded';
  }
  for (const [name, value] of options.headers) {
    for (const existing of Object.keys(headers)) {
      if (existing.toLowerCase() === name.toLowerCase()) delete headers[existing];
    }
    if (value !== undefined) headers[name] = value;
  }
  const connectLimit = options.connectTimeoutMs;
  const tunnel =
    proxy !== undefined && secure
      ? await openTunnel(proxy, `${resolved}:${port}`, connectLimit, signal)
      : undefined;
  const request: https.RequestOptions = {
    method,
    path: proxy !== undefined && !secure ? url.href : `${url.pathname}${url.search}`,
    host: proxy !== undefined && !secure ? proxy.hostname : resolved,
    port: proxy !== undefined && !secure ? Number(proxy.port || 80) : port,
    headers,
    signal,
    agent: false,
    ...(secure ? tlsOptions(hostname, options, tunnel) : {}),
  };
  return new Promise((resolve, reject) => {
    const call = (secure ? https : http).request(request, resolve);
    let connected = false;
    const timer =
      connectLimit === undefined
        ? undefined
        : setTimeout(() => {
            if (!connected)
              call.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
          }, connectLimit);
    call.on('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        connected = true;
        clearTimeout(timer);
        if (options.verbose)
          process.stderr.write(
            `* Connected to ${hostname} (${socket.remoteAddress ?? resolved}) port ${port}\n`,
          );
      });
    });
    call.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    if (options.verbose) process.stderr.write(`> ${method} ${url.pathname}${url.search} HTTP/1.1\n`);
    call.end(body);
  });
}

function tlsOptions(
  hostname: string,
  options: CurlOptions,
  socket: Socket | undefined,
): tls.ConnectionOptions {
  const read = (path: string | undefined, exitCode: number, what: string) => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch {
      throw new CurlError(exitCode, `${what}: ${path}`);
    }
  };
  const ca = read(options.caCert, 77, 'error setting certificate verify locations:  CAfile');
  const cert = read(options.cert, 58, 'could not load PEM client certificate, no such file');
  const key = read(options.key ?? options.cert, 58, 'unable to set private key file');
  const isAddress = /^[\d.]+$|:/.test(hostname);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert, ...(key === undefined ? {} : { key }) }),
    ...(socket === undefined ? {} : { socket }),
    ...(isAddress ? {} : { servername: hostname }),
    rejectUnauthorized: !options.insecure,
    // The name to check is the URL's, whatever --resolve or a tunnel connected to.
    checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(hostname, certificate),
    ALPNProtocols: ['http/1.1'],
  };
}

function headLines(response: http.IncomingMessage): string[] {
  const lines = [`HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage ?? ''}`];
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    lines.push(`${response.rawHeaders[index]}: ${response.rawHeaders[index + 1]}`);
  }
  return [...lines, ''];
}

async function print(
  response: http.IncomingMessage,
  url: URL,
  options: CurlOptions,
  deadline: AbortSignal | undefined,
  started: number,
): Promise<number> {
  const name = options.remoteName ? url.pathname.split('/').at(-1) : options.output;
  if (options.remoteName && name === '') throw new CurlError(23, 'Remote file name has no length!');
  const file = name === undefined || name === '-' ? undefined : createWriteStream(name);
  const write = (chunk: string | Buffer) =>
    new Promise<void>((resolve, reject) => {
      (file ?? process.stdout).write(chunk, (error) =>
        error
          ? reject(new CurlError(23, `Failure writing output to destination: ${error.message}`))
          : resolve(),
      );
    });
  file?.on('error', () => {});
  if (options.include || options.head) await write(`${headLines(response).join('\r\n')}\r\n`);
  let size = 0;
  try {
    for await (const chunk of response) {
      size += (chunk as Buffer).length;
      await write(chunk as Buffer);
    }
  } catch (error) {
    if (deadline?.aborted === true) {
      throw new CurlError(
        28,
        `Operation timed out after ${Math.round(performance.now() - started)} milliseconds with ${size} bytes received`,
      );
    }
    if (error instanceof CurlError) throw error;
    throw new CurlError(18, 'transfer closed with outstanding read data remaining');
  }
  if (file !== undefined) await new Promise<void>((resolve) => file.end(() => resolve()));
  return size;
}

function writeOut(options: CurlOptions, response: http.IncomingMessage, url: URL, size: number): void {
  if (options.writeOut === undefined) return;
  const values: Readonly<Record<string, string>> = {
    http_code: String(response.statusCode ?? 0).padStart(3, '0'),
    response_code: String(response.statusCode ?? 0).padStart(3, '0'),
    content_type: response.headers['content-type'] ?? '',
    url_effective: url.href,
    size_download: String(size),
  };
  process.stdout.write(
    options.writeOut
      .replace(/\\n/g, '\n')
      .replace(/\\t/g, '\t')
      .replace(/%\{(\w+)\}/g, (_whole, name: string) => values[name] ?? ''),
  );
}
