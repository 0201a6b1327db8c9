import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../lib/clock.ts';
import { LabError } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import { ApiError } from '../api-error.ts';
import { anonymousUser, authenticateRequest } from '../authentication/authenticators.ts';
import type { RequestAttributes, UserInfo } from '../request.ts';
import type { Security } from '../security.ts';
import { forbiddenByAuthorizer, internalError, tooManyRequests } from '../status-errors.ts';
import type { AuditLog } from './audit.ts';
import {
  type Answer,
  type ApiRequest,
  errorReply,
  type HttpRequest,
  type HttpResponse,
  readBody,
  sendReply,
} from './exchange.ts';
import { credentialsOf, headerOf, remoteAddressOf } from './http-server.ts';
import { impersonate } from './impersonation.ts';
import type { ServerMetrics } from './metrics.ts';
import { isLongRunning, parseRequestInfo, type RequestInfo } from './request-info.ts';

export interface ApiServerOptions {
  readonly security: Security;
  readonly anonymousAuth: boolean;
  readonly maxRequestsInFlight: number;
  readonly maxMutatingRequestsInFlight: number;
  readonly audit: AuditLog | undefined;
  readonly metrics: ServerMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  /** Routes an authenticated and authorized request. */
  readonly handle: (request: ApiRequest) => Promise<Answer>;
  /** exec, attach, port-forward, proxy with an Upgrade header: the socket is handed over. */
  readonly handleUpgrade: (request: ApiRequest, socket: Duplex, head: Buffer) => Promise<void>;
}

const clientGone = new Error('the client went away, or the server stops');
const readOnlyVerbs = new Set(['get', 'list', 'watch', 'head', 'options']);

/**
 * The chain every request goes through: request info → authentication → impersonation → authorization → in-flight limit →
 * handler, with audit and metrics around it. Models staging/src/k8s.io/apiserver/pkg/server/config.go
 * DefaultBuildHandlerChain.
 */
export class ApiServer {
  readonly #options: ApiServerOptions;
  /** Open requests, aborted when the server stops: watches would never end by themselves. */
  readonly #open = new Set<Departure>();

  constructor(options: ApiServerOptions) {
    this.#options = options;
  }

  /** Ends watches and other long requests. */
  abortAll(): void {
    for (const departure of this.#open) departure.abort();
  }

  async onRequest(raw: HttpRequest, response: HttpResponse): Promise<void> {
    const departure = new Departure();
    this.#open.add(departure);
    const gone = () => {
      this.#open.delete(departure);
      departure.abort();
    };
    response.on('close', gone);
    response.on('error', gone);
    const exchange = this.#begin(raw, departure);
    const headers = responseHeaders(exchange);
    let code = 500;
    try {
      const answer = await this.#answer(exchange);
      if ('stream' in answer) {
        response.setHeader('audit-id', exchange.auditId);
        await answer.stream(response);
        code = response.statusCode;
      } else {
        code = answer.status;
        await sendReply(raw, response, answer, { ...headers, ...warningHeader(exchange.request?.warnings) });
      }
    } catch (error) {
      const reply = this.#refuse(error);
      code = reply.status;
      if (response.headersSent) response.destroy();
      else
        await sendReply(raw, response, reply, {
          ...headers,
          ...warningHeader(exchange.request?.warnings),
        }).catch(() => {});
    } finally {
      departure.answered = true;
      this.#end(exchange, code);
    }
  }

  async onUpgrade(raw: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const departure = new Departure();
    this.#open.add(departure);
    const forget = () => {
      this.#open.delete(departure);
      departure.abort();
    };
    socket.on('close', forget);
    departure.signal.addEventListener('abort', () => socket.destroy(), { once: true });
    const exchange = this.#begin(raw, departure);
    let code = 101;
    try {
      const request = await this.#admitted(exchange);
      await this.#options.handleUpgrade(request, socket, head);
    } catch (error) {
      const reply = this.#refuse(error);
      code = reply.status;
      const body = String(reply.body);
      socket.end(
        `HTTP/1.1 ${reply.status} ${error instanceof ApiError ? error.reason : 'Error'}\r\n` +
          `Content-Type: ${reply.contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    } finally {
      this.#end(exchange, code);
    }
  }

  #begin(raw: HttpRequest, departure: Departure): Exchange {
    const target = raw.url ?? '/';
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
    return {
      raw,
      departure,
      query,
      path,
      auditId: headerOf(raw, 'audit-id') || randomUUID(),
      receivedMs: this.#options.clock.now(),
      info: infoOrPlain(raw.method ?? 'GET', path, query),
      request: undefined,
      user: undefined,
      originalUser: undefined,
    };
  }

  async #answer(exchange: Exchange): Promise<Answer> {
    const request = await this.#admitted(exchange);
    if (isLongRunning(request.info)) return this.#options.handle(request);
    const { metrics, maxMutatingRequestsInFlight, maxRequestsInFlight } = this.#options;
    const mutating = !readOnlyVerbs.has(request.info.verb);
    const limit = mutating ? maxMutatingRequestsInFlight : maxRequestsInFlight;
    const current = mutating ? metrics.inFlight.mutating : metrics.inFlight.readOnly;
    if (limit > 0 && current >= limit && !request.user.groups.includes('system:masters')) {
      throw tooManyRequests('Too many requests, please try again later.', 1);
    }
    metrics.started(mutating);
    try {
      return await this.#options.handle(request);
    } finally {
      metrics.finished(mutating);
    }
  }

  /** Authentication, impersonation and authorization; throws 401 or 403. */
  async #admitted(exchange: Exchange): Promise<ApiRequest> {
    const { security, anonymousAuth } = this.#options;
    const { raw, info, path, query, departure, auditId } = exchange;
    let user = await authenticateRequest(security.authenticators, credentialsOf(raw), {
      anonymous: anonymousAuth,
    });
    exchange.user = user;
    const other = await impersonate(raw, user, security.authorizer);
    if (other !== undefined) {
      exchange.originalUser = user;
      user = other;
      exchange.user = other;
    }
    const attributes: RequestAttributes = { ...info, user };
    const { decision, reason } = await security.authorizer.authorize(attributes);
    if (decision !== 'allow') throw forbiddenByAuthorizer(attributes, reason);
    let body: Promise<Buffer> | undefined;
    const request: ApiRequest = {
      method: raw.method ?? 'GET',
      path,
      query,
      headers: raw.headers,
      info,
      user,
      auditId,
      get signal() {
        return departure.signal;
      },
      warnings: [],
      body: () => {
        body ??= readBody(raw);
        return body;
      },
      raw,
    };
    exchange.request = request;
    return request;
  }

  #refuse(error: unknown): ReturnType<typeof errorReply> {
    if (error instanceof LabError) this.#options.log.warning('request failed', { err: error.message });
    else if (!(error instanceof ApiError)) {
      // Our own mistake: the stack says where.
      const err = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log.error('request failed', { err });
    }
    return errorReply(
      error instanceof ApiError ? error : internalError(String((error as Error)?.message ?? error)),
    );
  }

  #end(exchange: Exchange, code: number): void {
    const { audit, metrics, clock } = this.#options;
    const { info, receivedMs } = exchange;
    const completedMs = clock.now();
    metrics.observe({
      verb: info.verb,
      group: info.apiGroup,
      version: info.apiVersion,
      resource: info.resource,
      subresource: info.subresource,
      code,
      seconds: (completedMs - receivedMs) / 1000,
    });
    if (audit === undefined) return;
    const user = exchange.originalUser ?? exchange.user ?? anonymousUser;
    audit.add({
      auditId: exchange.auditId,
      requestUri: exchange.raw.url ?? '',
      info,
      user,
      ...(exchange.originalUser === undefined || exchange.user === undefined
        ? {}
        : { impersonatedUser: exchange.user }),
      sourceIp: remoteAddressOf(exchange.raw),
      userAgent: headerOf(exchange.raw, 'user-agent'),
      code,
      receivedMs,
      completedMs,
    });
  }
}

/** The client's going away, as a signal that is made only for those who look: most requests are done before. */
class Departure {
  answered = false;
  #gone = false;
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#gone) this.#controller.abort(clientGone);
    }
    return this.#controller.signal;
  }

  /** After the answer nobody is at work any longer, and aborting is dear: it makes an exception with its stack. */
  abort(): void {
    this.#gone = true;
    if (!this.answered) this.#controller?.abort(clientGone);
  }
}

interface Exchange {
  readonly raw: HttpRequest;
  readonly departure: Departure;
  readonly query: URLSearchParams;
  readonly path: string;
  readonly auditId: string;
  readonly receivedMs: number;
  readonly info: RequestInfo;
  request: ApiRequest | undefined;
  user: UserInfo | undefined;
  originalUser: UserInfo | undefined;
}

/** A path with broken percent signs is nobody's resource. */
function infoOrPlain(method: string, path: string, query: URLSearchParams): RequestInfo {
  try {
    return parseRequestInfo(method, path, query);
  } catch {
    return parseRequestInfo(method, '/', query);
  }
}

const responseHeaders = ({ auditId }: Exchange) => ({
  'audit-id': auditId,
  'cache-control': 'no-cache, private',
});

/** RFC 7234 warnings, which kubectl prints. */
function warningHeader(warnings: readonly string[] | undefined): Record<string, string[]> {
  if (warnings === undefined || warnings.length === 0) return {};
  const quoted = [...new Set(warnings)].map((text) => `299 - "${text.replace(/["\\]/g, '\\$&')}"`);
  return { warning: quoted };
}
