import { encryptionConfigKind } from './kinds/encryption-config.ts';
import { fileKind } from './kinds/file.ts';
import { keyPairKind } from './kinds/key-pair.ts';
import { kubeconfigKind } from './kinds/kubeconfig.ts';
import { x509Kind } from './kinds/x509.ts';
import type { CheckKind } from './types.ts';

const kinds: readonly CheckKind[] = [x509Kind, keyPairKind, kubeconfigKind, encryptionConfigKind, fileKind];

/** All kinds by name. A new kind is a file in kinds/ and a line here. */
export const registry: ReadonlyMap<string, CheckKind> = new Map(kinds.map((kind) => [kind.kind, kind]));
