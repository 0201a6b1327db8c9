import { createLogger } from '../../../lib/log.ts';
import type { ClientConfig } from '../../client/config.ts';
import { statusErrorOf } from '../../client/errors.ts';
import type { ApiObject } from '../../client/objects.ts';
import { ResourceClient, resourcePath } from '../../client/resource-client.ts';
import { type RequestOptions, RestClient, readAll, type StreamResponse } from '../../client/rest-client.ts';
import type { GlobalFlags } from '../cli/global-flags.ts';
import type { Terminal } from '../cli/terminal.ts';
import { readClientConfig, requestTimeoutMs } from './client-config.ts';
import { type Discovery, discover, type Resource } from './discovery.ts';

/** What a watch or a log may last. */
const noLimitMs = 2 ** 31 - 1;
const patience = 60_000;

/** An object whose fields are looked into by name; commands that know the kind use the types of kube/api. */
export interface KubeObject extends ApiObject {
  metadata: NonNullable<ApiObject['metadata']> & {
    creationTimestamp?: string;
    deletionTimestamp?: string;
    generation?: number;
  };
  [field: string]: unknown;
}

/** The API server that this call talks to. Everything is read and opened on first use. */
export class Cluster {
  readonly #terminal: Terminal;
  readonly #global: GlobalFlags;
  #config: ClientConfig | undefined;
  #rest: RestClient | undefined;
  #discovery: Promise<Discovery> | undefined;

  constructor(terminal: Terminal, global: GlobalFlags) {
    this.#terminal = terminal;
    this.#global = global;
  }

  get config(): ClientConfig {
    this.#config ??= readClientConfig(this.#terminal, this.#global);
    return this.#config;
  }

  /** For messages about a broken connection. */
  serverIfKnown(): string | undefined {
    return this.#config?.server;
  }

  /** -n, else the context's, else default. */
  get namespace(): string {
    return this.#global.namespace ?? this.config.namespace ?? 'default';
  }

  get rest(): RestClient {
    this.#rest ??= new RestClient(this.config);
    return this.#rest;
  }

  discovery(): Promise<Discovery> {
    this.#discovery ??= discover(this.rest);
    return this.#discovery;
  }

  /** JSON of the answer; warnings of the server go to standard error. Throws StatusError. */
  async request<T = KubeObject>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const body = await this.requestRaw(method, path, options);
    return (body.length === 0 ? undefined : JSON.parse(body.toString('utf8'))) as T;
  }

  async requestRaw(method: string, path: string, options: RequestOptions = {}): Promise<Buffer> {
    const limit = requestTimeoutMs(this.#global['request-timeout']) || patience;
    const timeout = AbortSignal.timeout(limit);
    const signal = AbortSignal.any([
      timeout,
      this.#terminal.signal,
      ...(options.signal ? [options.signal] : []),
    ]);
    const response = await this.stream(method, path, { ...options, signal });
    const body = await readAll(response.body);
    if (response.status >= 400) throw statusErrorOf(response.status, body);
    return body;
  }

  async stream(method: string, path: string, options: RequestOptions = {}): Promise<StreamResponse> {
    const started = this.#terminal.clock.monotonic();
    const response = await this.rest.stream(method, path, { timeoutMs: noLimitMs, ...options });
    this.#warnings(response.headers.warning);
    if (this.#global.v >= 6) {
      const took = Math.round(this.#terminal.clock.monotonic() - started);
      createLogger({
        format: 'klog',
        caller: 'cluster.ts',
        write: (line) => this.#terminal.stderr.write(`${line}\n`),
      }).info('Response', {
        verb: method,
        url: `${this.config.server}${path}`,
        status: response.status,
        milliseconds: took,
      });
    }
    return response;
  }

  /** The lines of a stream that must not fail quietly: an answer of 400 or more is thrown. */
  async streamOrThrow(method: string, path: string, options: RequestOptions = {}): Promise<StreamResponse> {
    const response = await this.stream(method, path, options);
    if (response.status >= 400) throw statusErrorOf(response.status, await readAll(response.body));
    return response;
  }

  resource<T extends ApiObject = KubeObject>(resource: Resource, namespace?: string): ResourceClient<T> {
    return new ResourceClient<T>(this.rest, resource, resource.namespaced ? namespace : undefined);
  }

  path(resource: Resource, namespace: string | undefined, name?: string, subresource?: string): string {
    return resourcePath(resource, resource.namespaced ? namespace : undefined, name, subresource);
  }

  close(): void {
    this.#rest?.close();
  }

  /** `299 - "text"`, several after commas. */
  #warnings(header: string | string[] | undefined): void {
    const text = Array.isArray(header) ? header.join(',') : (header ?? '');
    for (const [, quoted] of text.matchAll(/\d{3} \S+ "((?:\\.|[^"\\])*)"/g))
      this.#terminal.stderr.write(`Warning: ${quoted!.replace(/\\(.)/g, '$1')}\n`);
  }
}
