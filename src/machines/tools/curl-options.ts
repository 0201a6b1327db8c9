import { readFileSync } from 'node:fs';
import { CurlError } from './curl-errors.ts';

export interface CurlOptions {
  readonly urls: readonly string[];
  readonly method: string | undefined;
  /** A header without a value is taken out of the request. */
  readonly headers: readonly (readonly [string, string | undefined])[];
  readonly data: Buffer | undefined;
  readonly silent: boolean;
  readonly showError: boolean;
  readonly insecure: boolean;
  readonly include: boolean;
  readonly head: boolean;
  readonly verbose: boolean;
  readonly follow: boolean;
  readonly failOnError: boolean;
  readonly output: string | undefined;
  readonly remoteName: boolean;
  readonly writeOut: string | undefined;
  readonly caCert: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** `host:port` → address. */
  readonly resolve: ReadonlyMap<string, string>;
  readonly connectTimeoutMs: number | undefined;
  readonly maxTimeMs: number | undefined;
  readonly user: string | undefined;
  readonly proxy: string | undefined;
  readonly noProxy: boolean;
  readonly version: boolean;
}

const shortNames: Readonly<Record<string, string>> = {
  s: 'silent',
  S: 'show-error',
  k: 'insecure',
  i: 'include',
  I: 'head',
  v: 'verbose',
  f: 'fail',
  L: 'location',
  X: 'request',
  d: 'data',
  H: 'header',
  o: 'output',
  O: 'remote-name',
  w: 'write-out',
  E: 'cert',
  m: 'max-time',
  u: 'user',
  x: 'proxy',
  V: 'version',
  A: 'user-agent',
  '4': 'ipv4',
};

const switches = new Set(
  'silent show-error insecure include head verbose fail location remote-name version ipv4 http1.1 progress-bar compressed'.split(
    ' ',
  ),
);
const withValue = new Set(
  'request data data-raw data-binary header output write-out cacert cert key resolve connect-timeout max-time user proxy noproxy user-agent url retry'.split(
    ' ',
  ),
);

/** Throws {@link CurlError} 2 for an option that the lab's curl does not know. */
export function parseCurlArguments(args: readonly string[]): CurlOptions {
  const given = new Map<string, string[]>();
  const on = new Set<string>();
  const urls: string[] = [];
  const add = (name: string, value: string) => given.set(name, [...(given.get(name) ?? []), value]);
  const unknown = (option: string) => new CurlError(2, `option ${option}: is unknown to the lab's curl`);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    const next = (option: string) => {
      const value = args[++index];
      if (value === undefined) throw new CurlError(2, `option ${option}: requires parameter`);
      return value;
    };
    if (arg.startsWith('--')) {
      const name = arg.slice(2);
      if (switches.has(name)) on.add(name);
      else if (withValue.has(name)) add(name, next(arg));
      else throw unknown(arg);
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const name = shortNames[arg[at]!];
        if (name === undefined) throw unknown(`-${arg[at]}`);
        if (switches.has(name)) {
          on.add(name);
          continue;
        }
        add(name, arg.slice(at + 1) || next(`-${arg[at]}`));
        break;
      }
    } else urls.push(arg);
  }
  urls.push(...(given.get('url') ?? []));
  if (urls.length === 0 && !on.has('version')) throw new CurlError(2, 'no URL specified');
  const last = (name: string) => given.get(name)?.at(-1);
  const agent = last('user-agent');
  return {
    urls,
    method: last('request'),
    headers: [
      ...(agent === undefined ? [] : [['User-Agent', agent] as const]),
      ...(given.get('header') ?? []).map(parseHeader),
    ],
    data: readData(given),
    silent: on.has('silent'),
    showError: on.has('show-error'),
    insecure: on.has('insecure'),
    include: on.has('include'),
    head: on.has('head'),
    verbose: on.has('verbose'),
    follow: on.has('location'),
    failOnError: on.has('fail'),
    output: last('output'),
    remoteName: on.has('remote-name'),
    writeOut: last('write-out'),
    caCert: last('cacert'),
    cert: last('cert'),
    key: last('key'),
    resolve: new Map((given.get('resolve') ?? []).map(parseResolve)),
    connectTimeoutMs: seconds('--connect-timeout', last('connect-timeout')),
    maxTimeMs: seconds('--max-time', last('max-time')),
    user: last('user'),
    proxy: last('proxy'),
    noProxy: last('noproxy') === '*',
    version: on.has('version'),
  };
}

function parseHeader(text: string): readonly [string, string | undefined] {
  const at = text.indexOf(':');
  if (at < 0) return [text.replace(/;$/, ''), ''];
  const value = text.slice(at + 1).trim();
  return [text.slice(0, at).trim(), value === '' ? undefined : value];
}

function parseResolve(text: string): [string, string] {
  const [host, port, ...address] = text.split(':');
  if (address.length === 0) throw new CurlError(49, `Couldn't parse CURLOPT_RESOLVE entry '${text}'`);
  return [`${host}:${port}`, address.join(':').replace(/^\[|\]$/g, '')];
}

function seconds(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new CurlError(2, `option ${option}: expected a proper numerical parameter`);
  return value === 0 ? undefined : value * 1000;
}

/** `@file` stands for its content, `@-` for standard input; `--data` drops line ends, `--data-binary` does not. */
function readData(given: ReadonlyMap<string, readonly string[]>): Buffer | undefined {
  const parts: Buffer[] = [];
  for (const name of ['data', 'data-raw', 'data-binary']) {
    for (const text of given.get(name) ?? []) {
      if (name === 'data-raw' || !text.startsWith('@')) parts.push(Buffer.from(text));
      else {
        const content = readBody(text.slice(1));
        parts.push(
          name === 'data'
            ? Buffer.from(content.toString('latin1').replace(/[\r\n]/g, ''), 'latin1')
            : content,
        );
      }
    }
  }
  if (parts.length === 0) return undefined;
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('&'), part])));
}

function readBody(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch {
    throw new CurlError(26, `Failed to open ${path}`);
  }
}
