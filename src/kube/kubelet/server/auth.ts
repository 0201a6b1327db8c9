import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../../lib/clock.ts';
import type { RestClient } from '../../client/index.ts';
import type { KubeletConfig } from '../config/kubelet-config.ts';

export interface User {
  readonly username: string;
  readonly groups: readonly string[];
}

export interface Attributes {
  readonly verb: string;
  readonly subresource: string;
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * What a request asks for, as a verb on a subresource of this node: reading figures is less than running commands,
 * and roles can tell them apart. Models pkg/kubelet/server/auth.go.
 */
export function attributesOf(method: string, path: string): Attributes {
  const under = (prefix: string) => path === prefix || path.startsWith(`${prefix}/`);
  const subresource = under('/stats')
    ? 'stats'
    : under('/metrics')
      ? 'metrics'
      : under('/logs')
        ? 'log'
        : under('/checkpoint')
          ? 'checkpoint'
          : 'proxy';
  return { verb: verbs[method] ?? '', subresource };
}

interface Remembered<T> {
  readonly value: T;
  readonly until: number;
}

/** Who is at the door, and whether they may come in. The kubelet knows neither; the API server does. */
export class KubeletAuth {
  readonly #config: KubeletConfig;
  readonly #rest: RestClient;
  readonly #nodeName: string;
  readonly #clock: Clock;
  /** By the hash of the token. */
  readonly #tokens = new Map<string, Remembered<User | undefined>>();
  readonly #decisions = new Map<string, Remembered<boolean>>();

  constructor(options: {
    readonly config: KubeletConfig;
    readonly rest: RestClient;
    readonly nodeName: string;
    readonly clock: Clock;
  }) {
    this.#config = options.config;
    this.#rest = options.rest;
    this.#nodeName = options.nodeName;
    this.#clock = options.clock;
  }

  /** Undefined: nobody we know. */
  async authenticate(request: IncomingMessage): Promise<User | undefined> {
    const socket = request.socket as TLSSocket;
    if (socket.authorized) {
      const { subject } = socket.getPeerCertificate();
      const organizations = subject?.O as string | string[] | undefined;
      const groups = organizations === undefined ? [] : [organizations].flat();
      const name = [subject?.CN].flat()[0];
      if (name) return { username: name, groups: [...groups, 'system:authenticated'] };
    }
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token !== undefined && this.#config.webhookAuthentication) return this.#reviewToken(token);
    if (token === undefined && this.#config.anonymous)
      return { username: 'system:anonymous', groups: ['system:unauthenticated'] };
    return undefined;
  }

  async #reviewToken(token: string): Promise<User | undefined> {
    // The memory of a process is read more easily than one thinks: of a token only its print is kept.
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.#tokens.get(key);
    if (known !== undefined && known.until > this.#clock.monotonic()) return known.value;
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      metadata: {},
      spec: { token },
    };
    const { status } = await this.#rest.request<{
      status?: { authenticated?: boolean; user?: { username?: string; groups?: string[] } };
    }>('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body });
    const user = status?.authenticated
      ? { username: status.user?.username ?? '', groups: status.user?.groups ?? [] }
      : undefined;
    remember(this.#tokens, key, user, this.#clock.monotonic() + this.#config.webhookCacheMs);
    return user;
  }

  async authorize(user: User, { verb, subresource }: Attributes): Promise<boolean> {
    if (this.#config.authorizationMode === 'AlwaysAllow') return true;
    const key = JSON.stringify([user, verb, subresource]);
    const known = this.#decisions.get(key);
    if (known !== undefined && known.until > this.#clock.monotonic()) return known.value;
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: {
        user: user.username,
        groups: user.groups,
        resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: this.#nodeName },
      },
    };
    const { status } = await this.#rest.request<{ status?: { allowed?: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      { body },
    );
    const allowed = status?.allowed === true;
    const { authorizedCacheMs, unauthorizedCacheMs } = this.#config;
    remember(
      this.#decisions,
      key,
      allowed,
      this.#clock.monotonic() + (allowed ? authorizedCacheMs : unauthorizedCacheMs),
    );
    return allowed;
  }

  /** As the API server would word it. */
  forbiddenText(user: User, { verb, subresource }: Attributes): string {
    return `Forbidden (user=${user.username}, verb=${verb}, resource=nodes, subresource(s)=[${subresource}])\n`;
  }
}

function remember<T>(cache: Map<string, Remembered<T>>, key: string, value: T, until: number): void {
  if (cache.size >= 1000) cache.clear();
  cache.set(key, { value, until });
}
