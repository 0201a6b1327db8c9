import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { LabError, UsageError } from '../../lib/errors.ts';
import { type ParsedFlags, parseFlags } from '../../lib/flags.ts';
import { checkKeyPair, openErrorText, readCertificate } from '../../lib/key-pair.ts';
import { flagSpecs } from './flags.ts';
import { type Cidr, parseCidr } from './registry/cidr.ts';
import type { PortRange } from './registry/service-strategy.ts';
import type { AuditOptions } from './server/audit.ts';
import { noEncryption, parseEncryptionConfig, type TransformerFor } from './storage/encryption-config.ts';

export type Flags = ParsedFlags<typeof flagSpecs>;

/** Everything the server needs to run, read and checked. */
export interface Options {
  readonly flags: Flags;
  readonly bindAddress: string;
  readonly port: number;
  readonly advertiseAddress: string;
  readonly tls: { readonly cert: Buffer; readonly key: Buffer };
  readonly clientCa: Buffer | undefined;
  readonly etcd: {
    readonly endpoints: readonly string[];
    readonly tls: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer } | undefined;
    readonly prefix: string;
  };
  readonly transformerFor: TransformerFor;
  readonly kubelet: {
    readonly ca: Buffer | undefined;
    readonly cert: Buffer | undefined;
    readonly key: Buffer | undefined;
    readonly addressTypes: readonly string[];
  };
  readonly serviceCidr: Cidr;
  readonly nodePorts: PortRange;
  readonly audit: AuditOptions | undefined;
}

const defaultAddressTypes = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'];
const authorizationModes = ['Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny'];

export function parseArguments(args: readonly string[]): Flags {
  const { flags, positional } = parseFlags(args, flagSpecs, { program: 'kube-apiserver' });
  if (positional.length > 0) {
    throw new UsageError(`unknown command ${JSON.stringify(positional[0])} for "kube-apiserver"`);
  }
  return flags;
}

/** Reads the files the flags name. Throws {@link LabError} or {@link UsageError} for the first thing that is wrong. */
export function completeOptions(flags: Flags): Options {
  refuseUnsupported(flags);
  const serviceCidr = parseCidr(flags['service-cluster-ip-range']);
  if (serviceCidr === undefined) {
    throw new UsageError(
      `specified --service-cluster-ip-range is invalid: ${flags['service-cluster-ip-range']}`,
      {
        remedy: 'give an IPv4 network such as 10.32.0.0/24',
      },
    );
  }
  if (serviceCidr.size < 8 || serviceCidr.bits < 12) {
    throw new UsageError(
      `specified --service-cluster-ip-range is too ${serviceCidr.size < 8 ? 'small' : 'large'}: ${serviceCidr.text}`,
      { remedy: 'give a network between /12 and /29' },
    );
  }
  const cert = readFlagFile(flags, 'tls-cert-file', true);
  const key = readFlagFile(flags, 'tls-private-key-file', true);
  checkKeyPair({
    cert,
    certFrom: flags['tls-cert-file']!,
    key,
    keyFrom: flags['tls-private-key-file']!,
  });
  const advertise = flags['advertise-address'] ?? flags['bind-address'];
  if (!isIPv4(flags['bind-address'])) {
    throw new UsageError(`--bind-address ${JSON.stringify(flags['bind-address'])} is no IPv4 address`);
  }
  if (!isIPv4(advertise) || advertise === '0.0.0.0') {
    throw new UsageError(
      `--advertise-address is needed: ${JSON.stringify(advertise)} cannot be reached by others`,
      {
        remedy: 'give the address of this machine',
      },
    );
  }
  return {
    flags,
    bindAddress: flags['bind-address'],
    port: portNumber(flags['secure-port']),
    advertiseAddress: advertise,
    tls: { cert, key },
    clientCa: readCertificates(flags, 'client-ca-file'),
    etcd: etcdOptions(flags),
    transformerFor: encryption(flags),
    kubelet: {
      ca: readCertificates(flags, 'kubelet-certificate-authority'),
      cert: readFlagFile(flags, 'kubelet-client-certificate', false),
      key: readFlagFile(flags, 'kubelet-client-key', false),
      addressTypes: flags['kubelet-preferred-address-types'] ?? defaultAddressTypes,
    },
    serviceCidr,
    nodePorts: parsePortRange(flags['service-node-port-range']),
    audit:
      flags['audit-log-path'] === undefined
        ? undefined
        : {
            path: flags['audit-log-path'],
            maxSizeMb: flags['audit-log-maxsize'],
            maxBackups: flags['audit-log-maxbackup'],
            maxAgeDays: flags['audit-log-maxage'],
          },
  };
}

function refuseUnsupported(flags: Flags): void {
  for (const mode of flags['authorization-mode'] ?? []) {
    if (authorizationModes.includes(mode)) continue;
    throw new UsageError(
      `authorization-mode ${JSON.stringify(mode)} has mode specified but is not supported`,
      {
        remedy: `there are ${authorizationModes.join(', ')}`,
      },
    );
  }
  if (!flags['service-account-lookup']) {
    throw new UsageError('--service-account-lookup=false is not supported', {
      remedy: 'leave the flag out: tokens of deleted service accounts and pods are always refused',
    });
  }
  if (flags['enable-bootstrap-token-auth']) {
    throw new UsageError('--enable-bootstrap-token-auth is not supported', {
      remedy: 'give each kubelet a client certificate',
    });
  }
  if (flags['storage-media-type'] !== 'application/json') {
    throw new UsageError(`--storage-media-type ${flags['storage-media-type']} is not supported`, {
      remedy: 'objects are written to etcd as application/json',
    });
  }
  const gates = Object.keys(flags['feature-gates'] ?? {});
  if (gates.length > 0) {
    throw new UsageError(`unrecognized feature gate: ${gates[0]}`, {
      remedy: 'no feature gate can be changed here',
    });
  }
  if (flags['service-account-issuer'] === undefined) {
    throw new UsageError('--service-account-issuer is a required flag', {
      remedy: 'give the URL that service account tokens name as their issuer',
    });
  }
  if ((flags['service-account-key-file'] ?? []).length === 0) {
    throw new UsageError('--service-account-key-file is a required flag', {
      remedy: 'give the public key or certificate of the key that signs service account tokens',
    });
  }
  if (flags['service-account-signing-key-file'] === undefined) {
    throw new UsageError('--service-account-signing-key-file is a required flag', {
      remedy: 'give the private key that signs service account tokens',
    });
  }
  if ((flags['etcd-servers'] ?? []).length === 0) {
    throw new UsageError('--etcd-servers must be specified', {
      remedy: 'give the client URLs of the etcd members, such as https://10.240.0.10:2379',
    });
  }
}

/** The content of the file a flag names. Missing flag: undefined, or an error when it is needed. */
function readFlagFile(flags: Flags, flag: keyof Flags & string, needed: true): Buffer;
function readFlagFile(flags: Flags, flag: keyof Flags & string, needed: false): Buffer | undefined;
function readFlagFile(flags: Flags, flag: keyof Flags & string, needed: boolean): Buffer | undefined {
  const path = flags[flag] as string | undefined;
  if (path === undefined || path === '') {
    if (!needed) return undefined;
    throw new UsageError(`--${flag} is needed`, { remedy: 'give the path of a PEM file' });
  }
  return readFile(flag, path);
}

function readFile(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new LabError(openErrorText(path, error), {
      where: `--${flag}`,
      remedy: 'copy the file there or correct the flag',
    });
  }
}

/** A PEM file with at least one certificate. */
function readCertificates(
  flags: Flags,
  flag: 'client-ca-file' | 'kubelet-certificate-authority' | 'etcd-cafile',
) {
  const pem = readFlagFile(flags, flag, false);
  if (pem === undefined) return undefined;
  readCertificate(pem, `error loading ${flags[flag]}: it holds no PEM certificate`, `--${flag}`);
  return pem;
}

function etcdOptions(flags: Flags): Options['etcd'] {
  const endpoints = flags['etcd-servers'] ?? [];
  for (const endpoint of endpoints) {
    if (/^https?:\/\/[^/]+\/?$/.test(endpoint)) continue;
    throw new UsageError(`--etcd-servers: ${JSON.stringify(endpoint)} is no URL`, {
      remedy: 'write it as https://10.240.0.10:2379',
    });
  }
  const ca = readCertificates(flags, 'etcd-cafile');
  const cert = readFlagFile(flags, 'etcd-certfile', false);
  const key = readFlagFile(flags, 'etcd-keyfile', false);
  const tls =
    ca === undefined && cert === undefined
      ? undefined
      : {
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
        };
  return { endpoints: endpoints.map((url) => url.replace(/\/$/, '')), tls, prefix: flags['etcd-prefix'] };
}

function encryption(flags: Flags): TransformerFor {
  const path = flags['encryption-provider-config'];
  if (path === undefined) return noEncryption;
  return parseEncryptionConfig(readFile('encryption-provider-config', path).toString('utf8'), path);
}

function portNumber(port: number): number {
  if (port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--secure-port ${port} must be between 1 and 65535`);
}

/** `30000-32767`, or `30000+100`. */
export function parsePortRange(text: string): PortRange {
  const match = /^(\d+)([-+])(\d+)$/.exec(text);
  const first = Number(match?.[1]);
  const last = match?.[2] === '+' ? first + Number(match[3]) : Number(match?.[3]);
  if (match === null || first < 1 || last > 65_535 || last < first) {
    throw new UsageError(`--service-node-port-range ${JSON.stringify(text)} is no range of ports`, {
      remedy: 'write it as 30000-32767',
    });
  }
  return { first, last };
}
