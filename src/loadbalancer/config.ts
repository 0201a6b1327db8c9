import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { errorMessage, LabError } from '../lib/errors.ts';
import { parseDuration } from '../lib/flags.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface HealthCheck {
  /** One URL a backend, in the order of the backends. */
  readonly urls: readonly string[];
  /** The Host header; the backend's address when absent. */
  readonly host: string | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Bytes are passed on untouched: TLS ends at the backend, which sees the client's certificate. */
export interface TcpFrontend {
  readonly mode: 'tcp';
  readonly name: string;
  readonly listen: Address;
  readonly backends: readonly Address[];
  readonly healthCheck: HealthCheck | undefined;
}

/** Plain HTTP in, each known path answered by another server. */
export interface HttpFrontend {
  readonly mode: 'http';
  readonly name: string;
  readonly listen: Address;
  readonly routes: readonly { readonly path: string; readonly to: string; readonly ca: string | undefined }[];
}

export type Frontend = TcpFrontend | HttpFrontend;

export function formatAddress(address: Address): string {
  return `${address.host}:${address.port}`;
}

type Node = Readonly<Record<string, unknown>>;

/** Reads values out of parsed YAML and says which field is wrong. */
class Reader {
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
  }

  fail(field: string, expected: string): never {
    throw new LabError(`invalid configuration: ${field} ${expected}`, { where: this.#file });
  }

  object(value: unknown, field: string, known: readonly string[]): Node {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      this.fail(field, 'must be a map');
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) this.fail(`${field}.${key}`, `is no setting; there are ${known.join(', ')}`);
    }
    return value as Node;
  }

  array(value: unknown, field: string): readonly unknown[] {
    if (!Array.isArray(value) || value.length === 0)
      this.fail(field, 'must be a list with at least one entry');
    return value;
  }

  string(value: unknown, field: string): string {
    if (typeof value !== 'string' || value === '') this.fail(field, 'must be a text');
    return value;
  }

  optionalString(value: unknown, field: string): string | undefined {
    return value === undefined ? undefined : this.string(value, field);
  }

  address(value: unknown, field: string): Address {
    const match = /^\[?([^\]]+)\]?:(\d+)$/.exec(this.string(value, field));
    const port = Number(match?.[2]);
    if (match === null || port < 1 || port > 65535) this.fail(field, 'must be ADDRESS:PORT');
    return { host: match[1]!, port };
  }

  durationMs(value: unknown, field: string, fallback: number): number {
    if (value === undefined) return fallback;
    const ms = parseDuration(this.string(value, field));
    if (ms === undefined || ms <= 0) this.fail(field, 'must be a duration such as 2s');
    return ms;
  }
}

function readHealthCheck(
  reader: Reader,
  value: unknown,
  field: string,
  backends: readonly Address[],
): HealthCheck {
  const node = reader.object(value, field, ['url', 'port', 'path', 'host', 'interval', 'timeout']);
  const path = reader.optionalString(node.path, `${field}.path`) ?? '/healthz';
  const port = node.port ?? 80;
  if (typeof port !== 'number') reader.fail(`${field}.port`, 'must be a number');
  const fixed = reader.optionalString(node.url, `${field}.url`);
  return {
    urls: backends.map((backend) => fixed ?? `http://${backend.host}:${port}${path}`),
    host: reader.optionalString(node.host, `${field}.host`),
    intervalMs: reader.durationMs(node.interval, `${field}.interval`, 2000),
    timeoutMs: reader.durationMs(node.timeout, `${field}.timeout`, 1000),
  };
}

function readFrontend(reader: Reader, value: unknown, field: string): Frontend {
  const known = ['name', 'mode', 'listen', 'backends', 'healthCheck', 'routes'];
  const node = reader.object(value, field, known);
  const common = {
    name: reader.string(node.name, `${field}.name`),
    listen: reader.address(node.listen, `${field}.listen`),
  };
  if (node.mode === 'tcp') {
    const backends = reader
      .array(node.backends, `${field}.backends`)
      .map((backend, index) => reader.address(backend, `${field}.backends[${index}]`));
    const healthCheck =
      node.healthCheck === undefined
        ? undefined
        : readHealthCheck(reader, node.healthCheck, `${field}.healthCheck`, backends);
    return { ...common, mode: 'tcp', backends, healthCheck };
  }
  if (node.mode === 'http') {
    const routes = reader.array(node.routes, `${field}.routes`).map((entry, index) => {
      const at = `${field}.routes[${index}]`;
      const route = reader.object(entry, at, ['path', 'to', 'ca']);
      const to = reader.string(route.to, `${at}.to`);
      if (!URL.canParse(to)) reader.fail(`${at}.to`, 'must be a URL');
      return {
        path: reader.string(route.path, `${at}.path`),
        to,
        ca: reader.optionalString(route.ca, `${at}.ca`),
      };
    });
    return { ...common, mode: 'http', routes };
  }
  return reader.fail(`${field}.mode`, 'must be tcp or http');
}

/** The frontends a configuration file describes. Throws LabError naming the file and the field. */
export function parseConfig(text: string, file: string): readonly Frontend[] {
  const reader = new Reader(file);
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new LabError(`invalid YAML: ${errorMessage(error).split('\n')[0]}`, { where: file });
  }
  const root = reader.object(value, 'configuration', ['frontends']);
  return reader
    .array(root.frontends, 'frontends')
    .map((entry, index) => readFrontend(reader, entry, `frontends[${index}]`));
}

export function loadConfig(file: string): readonly Frontend[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LabError(`cannot read the configuration: ${errorMessage(error)}`, {
      where: file,
      remedy: 'write it, or name another with --config',
    });
  }
  return parseConfig(text, file);
}
