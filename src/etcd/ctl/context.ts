import { readFileSync } from 'node:fs';
import { LabError, UsageError } from '../../lib/errors.ts';
import type { FlagSpecs, ParsedFlags } from '../../lib/flags.ts';
import { EtcdClient } from '../client/client.ts';

/** The flags of every etcdctl command. Models etcdctl/ctlv3/command/global.go. */
export const globalFlags = {
  endpoints: { type: 'list', default: ['127.0.0.1:2379'], help: 'gRPC endpoints.' },
  cacert: { type: 'string', help: 'Verify certificates of TLS-enabled secure servers using this CA bundle.' },
  cert: { type: 'string', help: 'Identify secure client using this TLS certificate file.' },
  key: { type: 'string', help: 'Identify secure client using this TLS key file.' },
  'insecure-transport': {
    type: 'boolean',
    default: true,
    help: 'Disable transport security for client connections.',
  },
  'insecure-skip-tls-verify': {
    type: 'boolean',
    default: false,
    help: 'Skip server certificate verification.',
  },
  'write-out': {
    type: 'string',
    default: 'simple',
    short: 'w',
    help: 'Set the output format (fields, json, simple, table).',
  },
  hex: { type: 'boolean', default: false, help: 'Print byte strings as hex encoded strings.' },
  'command-timeout': { type: 'duration', default: 5000, help: 'Timeout for short running command.' },
  'dial-timeout': { type: 'duration', default: 2000, help: 'Dial timeout for client connections.' },
  help: { type: 'boolean', default: false, short: 'h', help: 'Help for etcdctl.' },
} as const satisfies FlagSpecs;
export type GlobalFlags = ParsedFlags<typeof globalFlags>;

export type OutputFormat = 'simple' | 'json' | 'table' | 'fields';

export interface Context {
  readonly flags: GlobalFlags;
  readonly format: OutputFormat;
  readonly endpoints: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  client(endpoints?: readonly string[]): EtcdClient;
  /** Text, or the bytes of a value as they are stored. */
  print(text: string | Uint8Array): void;
  complain(text: string): void;
}

export function createContext(flags: GlobalFlags, env: NodeJS.ProcessEnv, signal: AbortSignal): Context {
  const format = flags['write-out'];
  if (format !== 'simple' && format !== 'json' && format !== 'table' && format !== 'fields') {
    throw new UsageError(`etcdctl: unsupported output format ${JSON.stringify(format)}`, {
      remedy: 'simple, table, json or fields',
    });
  }
  const read = (path: string | undefined) => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch (error) {
      throw new LabError(`open ${path}: no such file or directory`, { exitCode: 128, cause: error });
    }
  };
  const tls = {
    ca: read(flags.cacert),
    cert: read(flags.cert),
    key: read(flags.key),
    insecureSkipVerify: flags['insecure-skip-tls-verify'],
  };
  // As upstream: any TLS file makes a bare host:port mean https.
  const secure = tls.ca !== undefined || tls.cert !== undefined || flags['insecure-skip-tls-verify'];
  const withScheme = (endpoint: string) =>
    /^https?:\/\//.test(endpoint) ? endpoint : `${secure ? 'https' : 'http'}://${endpoint}`;
  return {
    flags,
    format,
    endpoints: flags.endpoints,
    timeoutMs: flags['command-timeout'],
    signal,
    env,
    client: (endpoints = flags.endpoints) =>
      new EtcdClient({
        endpoints: endpoints.map(withScheme),
        tls,
        dialTimeoutMs: flags['dial-timeout'],
        timeoutMs: flags['command-timeout'],
      }),
    print: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
  };
}

export const idText = (id: bigint) => id.toString(16);
/** Lease ids are padded to sixteen digits. */
export const leaseText = (id: bigint) => BigInt.asUintN(64, id).toString(16).padStart(16, '0');
