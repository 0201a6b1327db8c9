import { errorMessage } from '../../lib/errors.ts';
import { Parameters } from '../parameters.ts';
import { missingFileReason, readTls, tlsPaths } from '../tls-files.ts';
import type { CheckKind, CheckSpec } from '../types.ts';
import { eventually } from '../wait.ts';

type Reason = 'missing-file' | 'unreachable' | 'missing-key' | 'plain-text' | 'wrong-prefix';

const reasons: Readonly<Record<Reason, string>> = {
  ...missingFileReason,
  unreachable: 'etcd does not answer',
  'missing-key': 'there is no such key in etcd',
  'plain-text': 'the value stands in etcd unencrypted',
  'wrong-prefix': 'the value was encrypted in another way',
};

/** The raw bytes of a value. Parameters: `endpoints`; `ca`, `cert`, `key` (workspace files); `name` (the key in etcd); `prefix`; `wait`. */
export const etcdValueKind: CheckKind<Reason> = {
  kind: 'etcd-value',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const endpoints = parameters.words('endpoints');
    const name = parameters.string('name');
    const prefix = parameters.string('prefix');
    const paths = tlsPaths(parameters);
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();
    return async (context) => {
      const material = await readTls(context, paths);
      if ('finding' in material) return [material.finding];
      return await eventually<Reason>(context, waitMs, async () => {
        const base = { where: name, expected: `a value that begins with ${prefix}` };
        let value: Uint8Array | undefined;
        try {
          value = await context.etcd.get(endpoints, material.tls, name);
        } catch (error) {
          const found = errorMessage(error);
          return [
            {
              ...base,
              reason: 'unreachable',
              message: `etcd does not answer: ${found}`,
              found,
              where: endpoints.join(', '),
              remedy: 'look at the etcd cluster first: etcdctl endpoint health',
            },
          ];
        }
        if (value === undefined)
          return [
            {
              ...base,
              reason: 'missing-key',
              message: `etcd has no key ${name}: the object was not created, or lies under another name.`,
              found: 'no such key',
              remedy: 'create it with the commands of this step',
            },
          ];
        const text = Buffer.from(value).toString('latin1');
        if (text.startsWith(prefix)) return [];
        // What the API server does not encrypt it stores as protobuf or JSON.
        const plain = text.startsWith('k8s\0') || text.startsWith('{');
        const found = JSON.stringify(text.slice(0, Math.max(prefix.length, 24)));
        return [
          plain
            ? {
                ...base,
                reason: 'plain-text',
                message: `${name} stands in etcd unencrypted: the API server that wrote it has no --encryption-provider-config, or identity comes first in it.`,
                found,
                remedy:
                  'correct the configuration on every controller, restart kube-apiserver, and write the object again',
              }
            : {
                ...base,
                reason: 'wrong-prefix',
                message: `${name} begins with ${found}, and ${prefix} is wanted: another provider or another key name encrypted it.`,
                found,
                remedy: 'compare the encryption configuration on every controller',
              },
        ];
      });
    };
  },
};
