import { createSocket } from 'node:dgram';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, isIP } from 'node:net';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { errorCode, errorMessage } from '../../lib/errors.ts';
import type { DnsOutcome, HttpOutcome, HttpQuery, NetworkAccess, PortOutcome } from '../types.ts';

const tlsCode =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH|EPROTO)/;

/** Sorts Node's errors into the layers of a request. */
function toOutcome(error: unknown): HttpOutcome {
  const code = errorCode(error) ?? 'unknown';
  const message = errorMessage(error);
  return tlsCode.test(code) ? { layer: 'tls', code, message } : { layer: 'connect', code, message };
}

class TimeoutError extends Error {
  readonly code = 'ETIMEDOUT';
}

function http(query: HttpQuery): Promise<HttpOutcome> {
  const timeoutMs = query.timeoutMs ?? 5000;
  const url = new URL(query.url);
  const options: RequestOptions = {
    method: query.method ?? 'GET',
    headers: { ...query.headers },
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  };
  // A timeout ends a request, or the answer to it, as an abort.
  const failure = (error: Error) =>
    toOutcome(
      ['AbortError', 'TimeoutError'].includes(error.name)
        ? new TimeoutError(`no answer within ${timeoutMs} ms`)
        : error,
    );
  return new Promise<HttpOutcome>((resolve) => {
    const onResponse = (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve(failure(error)));
      response.on('end', () =>
        resolve({
          layer: 'http',
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          ),
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    };
    try {
      const request =
        url.protocol === 'https:'
          ? httpsRequest(url, { ...options, ...query.tls }, onResponse)
          : httpRequest(url, options, onResponse);
      request.on('error', (error) => resolve(failure(error)));
      request.end();
    } catch (error) {
      // A certificate or key that does not parse is refused before anything is sent.
      resolve(toOutcome(error));
    }
  });
}

function port(address: string, number: number, timeoutMs: number): Promise<PortOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: number });
    const timer = setTimeout(() => done({ open: false, code: 'ETIMEDOUT' }), timeoutMs);
    const done = (outcome: PortOutcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => done({ open: true }));
    socket.once('error', (error) => done({ open: false, code: errorCode(error) ?? 'ECONNRESET' }));
  });
}

function dns(
  server: string,
  name: string,
  type: 'A' | 'SRV' | 'PTR',
  timeoutMs: number,
): Promise<DnsOutcome> {
  const [, host = server, number = '53'] = /^(.*?)(?::(\d+))?$/.exec(server) ?? [];
  return new Promise((resolve) => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    const id = Math.floor(Math.random() * 0xffff);
    const timer = setTimeout(() => done({ status: 'ETIMEDOUT', addresses: [] }), timeoutMs);
    const done = (outcome: DnsOutcome) => {
      clearTimeout(timer);
      socket.close();
      resolve(outcome);
    };
    socket.once('error', (error) => done({ status: errorCode(error) ?? 'ETIMEDOUT', addresses: [] }));
    socket.on('message', (message) => {
      let answer: ReturnType<typeof decode> & { rcode?: string };
      try {
        answer = decode(message);
      } catch {
        // Whatever listens there speaks no DNS.
        return done({ status: 'FORMERR', addresses: [] });
      }
      if (answer.id !== id) return;
      const addresses = (answer.answers ?? []).flatMap((record) => {
        if (record.type !== type) return [];
        if (record.type === 'SRV') return [`${record.data.target}:${record.data.port}`];
        return record.type === 'A' || record.type === 'PTR' ? [record.data] : [];
      });
      done({ status: answer.rcode ?? 'NOERROR', addresses });
    });
    const packet = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type, name }] });
    socket.send(packet, Number(number), host, (error) => {
      if (error !== null) done({ status: errorCode(error) ?? 'ETIMEDOUT', addresses: [] });
    });
  });
}

/** Requests of this process, which must be in the jumpbox's namespace to reach the lab's addresses. */
export const nodeNetwork: NetworkAccess = { http, port, dns };
