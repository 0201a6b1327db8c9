import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { errorCode, errorMessage } from '../../../lib/errors.ts';
import { GrpcCode, isGrpcError } from '../../../lib/grpc/status.ts';
import type { Container, HTTPGetAction, Probe } from '../../api/types/core-v1.ts';
import type { CriClient } from '../../cri/index.ts';
import { runtimeErrorText } from '../runtime/container-runtime.ts';

/** What one try of a probe found; the output goes into the event. */
export interface ProbeOutcome {
  readonly ok: boolean;
  readonly output: string;
}

const maximumBody = 10 * 1024;
const maximumRedirects = 10;

/** A port by number or by the name it has in the container; throws for one that is not there. */
export function resolvePort(port: number | string, container: Container): number {
  const number = Number(port);
  const found = Number.isInteger(number)
    ? number
    : container.ports?.find(({ name }) => name === port)?.containerPort;
  if (found === undefined || found < 1 || found > 65535) throw new Error(`couldn't find port: ${port}`);
  return found;
}

/** Models pkg/probe/http: 200 to 399 is a success. */
export function httpGetProbe(
  action: HTTPGetAction,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const headers: http.OutgoingHttpHeaders = {
    'user-agent': 'kube-probe/1.34',
    accept: '*/*',
    connection: 'close',
  };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const path = action.path || '/';
  return getWithRedirects(
    `${scheme}://${host}:${port}${path.startsWith('/') ? path : `/${path}`}`,
    headers,
    timeoutMs,
  );
}

async function getWithRedirects(
  start: string,
  headers: http.OutgoingHttpHeaders,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const deadline = performance.now() + timeoutMs;
  let url = new URL(start);
  for (let hop = 0; hop <= maximumRedirects; hop++) {
    try {
      const { status, location, body } = await get(url, headers, Math.max(1, deadline - performance.now()));
      if (status >= 300 && status < 400 && location !== undefined) {
        const next = new URL(location, url);
        // Another host is not ours to probe: that it answered at all is enough.
        if (next.hostname !== url.hostname)
          return { ok: true, output: `Probe terminated redirects, Response body: ${body}` };
        url = next;
        continue;
      }
      return status >= 200 && status < 400
        ? { ok: true, output: body }
        : { ok: false, output: `HTTP probe failed with statuscode: ${status}` };
    } catch (error) {
      return {
        ok: false,
        output: `Get ${JSON.stringify(url.href)}: ${dialError(error, url.hostname, portOf(url))}`,
      };
    }
  }
  return {
    ok: false,
    output: `Get ${JSON.stringify(url.href)}: stopped after ${maximumRedirects} redirects`,
  };
}

function get(url: URL, headers: http.OutgoingHttpHeaders, timeoutMs: number) {
  return new Promise<{ status: number; location: string | undefined; body: string }>((resolve, reject) => {
    const options = { headers, agent: false as const, rejectUnauthorized: false };
    const request = (url.protocol === 'https:' ? https : http).get(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = () => {
        clearTimeout(timer);
        const body = Buffer.concat(chunks).subarray(0, maximumBody).toString();
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size < maximumBody) return;
        finish();
        request.destroy();
      });
      response.on('end', finish);
      response.on('error', reject);
    });
    const timer = setTimeout(
      () =>
        request.destroy(
          new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)'),
        ),
      timeoutMs,
    );
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

/** A URL leaves out the port that its scheme implies. */
const portOf = ({ port, protocol }: URL) => Number(port) || (protocol === 'https:' ? 443 : 80);

/** A failed connection in Go's words. */
function dialError(error: unknown, host: string, port: number): string {
  const texts: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
    ETIMEDOUT: 'i/o timeout',
  };
  const text = texts[errorCode(error) ?? ''];
  if (text !== undefined) return `dial tcp ${host}:${port}: ${text}`;
  return errorCode(error) === 'ECONNRESET' ? 'EOF' : errorMessage(error);
}

/** Models pkg/probe/tcp: a connection that opens is a success. */
function tcpProbe(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const finish = (outcome: ProbeOutcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(
      () => finish({ ok: false, output: `dial tcp ${host}:${port}: i/o timeout` }),
      timeoutMs,
    );
    socket.once('connect', () => finish({ ok: true, output: '' }));
    socket.once('error', (error) => finish({ ok: false, output: dialError(error, host, port) }));
  });
}

/** Models pkg/probe/exec: exit code 0 is a success. */
export async function execProbe(
  cri: CriClient,
  containerId: string,
  cmd: readonly string[],
  timeoutMs: number,
): Promise<ProbeOutcome> {
  try {
    const timeout = Math.max(1, Math.ceil(timeoutMs / 1000));
    // The runtime ends the command; our own wait is longer, so that its answer comes through.
    const answer = await cri.execSync({ containerId, cmd, timeout }, { timeoutMs: timeoutMs + 2000 });
    const output = `${answer.stdout.toString()}${answer.stderr.toString()}`.slice(0, maximumBody);
    return { ok: answer.exitCode === 0, output };
  } catch (error) {
    if (isGrpcError(error, GrpcCode.DeadlineExceeded))
      return {
        ok: false,
        output: `command timed out: ${JSON.stringify(cmd.join(' '))} timed out after ${timeoutMs / 1000}s`,
      };
    return { ok: false, output: runtimeErrorText(error) };
  }
}

/** Runs one try. Throws when the probe cannot be run at all (an unknown port, a kind of probe we do not have). */
export async function runProbe(
  cri: CriClient,
  probe: Probe,
  container: Container,
  containerId: string,
  podIP: string,
): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec !== undefined) return execProbe(cri, containerId, probe.exec.command ?? [], timeoutMs);
  if (probe.httpGet !== undefined) {
    const host = probe.httpGet.host || podIP;
    return httpGetProbe(probe.httpGet, host, resolvePort(probe.httpGet.port, container), timeoutMs);
  }
  if (probe.tcpSocket !== undefined) {
    const host = probe.tcpSocket.host || podIP;
    return tcpProbe(host, resolvePort(probe.tcpSocket.port, container), timeoutMs);
  }
  if (probe.grpc !== undefined)
    throw new Error('gRPC probes are not supported by this kubelet; use httpGet, tcpSocket or exec');
  throw new Error('missing probe handler');
}
