import { absentKind } from './kinds/absent.ts';
import { commandKind } from './kinds/command.ts';
import { configFileKind } from './kinds/config-file.ts';
import { dnsKind } from './kinds/dns.ts';
import { encryptionConfigKind } from './kinds/encryption-config.ts';
import { etcdKind } from './kinds/etcd.ts';
import { etcdValueKind } from './kinds/etcd-value.ts';
import { fileKind } from './kinds/file.ts';
import { httpKind } from './kinds/http.ts';
import { keyPairKind } from './kinds/key-pair.ts';
import { kubeKind } from './kinds/kube.ts';
import { kubeconfigKind } from './kinds/kubeconfig.ts';
import { nodePortKind } from './kinds/node-port.ts';
import { portKind } from './kinds/port.ts';
import { routeKind } from './kinds/route.ts';
import { unitKind } from './kinds/unit.ts';
import { x509Kind } from './kinds/x509.ts';
import type { CheckKind } from './types.ts';

const kinds: readonly CheckKind[] = [
  absentKind,
  commandKind,
  configFileKind,
  dnsKind,
  encryptionConfigKind,
  etcdKind,
  etcdValueKind,
  fileKind,
  httpKind,
  keyPairKind,
  kubeKind,
  kubeconfigKind,
  nodePortKind,
  portKind,
  routeKind,
  unitKind,
  x509Kind,
];

/** All kinds by name. A new kind is a file in kinds/ and a line here. */
export const registry: ReadonlyMap<string, CheckKind> = new Map(kinds.map((kind) => [kind.kind, kind]));
