import type { Pod, ServiceAccount, Volume, VolumeMount } from '../../api/types/core-v1.ts';
import type { AdmissionPlugin, ObjectReader } from '../request.ts';
import { forbidden } from '../status-errors.ts';

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour and seven seconds: the odd number tells these tokens from those that were asked for by hand. */
const tokenExpirationSeconds = 3607;

/** Upstream's names for the volume end in five letters without vowels, so that no word comes out. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * Each pod has a service account, and its token where programs look for it. Models plugin/admission/serviceaccount.
 * `random` gives numbers in [0, 1).
 */
export function serviceAccountAdmission(objects: ObjectReader, random: () => number): AdmissionPlugin {
  const suffix = () =>
    Array.from({ length: 5 }, () => letters[Math.floor(random() * letters.length)]).join('');
  return {
    name: 'ServiceAccount',
    async mutate(attributes) {
      if (attributes.resource !== 'pods' || attributes.apiGroup !== '' || attributes.subresource !== '')
        return;
      if (attributes.operation !== 'CREATE' || attributes.object === undefined) return;
      const pod = attributes.object as Pod;
      const spec = pod.spec;
      if (spec === undefined || pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined)
        return;
      spec.serviceAccountName ||= 'default';
      spec.serviceAccount = spec.serviceAccountName;

      const { namespace } = attributes;
      const account = (await objects.get('', 'serviceaccounts', namespace, spec.serviceAccountName)) as
        | ServiceAccount
        | undefined;
      if (account === undefined) {
        const why = `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`;
        throw forbidden({ group: '', resource: 'pods' }, attributes.object.metadata.name ?? '', why);
      }
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
        mountToken(pod, `kube-api-access-${suffix()}`);
      }
      if ((spec.imagePullSecrets ?? []).length === 0 && (account.imagePullSecrets ?? []).length > 0) {
        spec.imagePullSecrets = structuredClone(account.imagePullSecrets!);
      }
    },
  };
}

/** Adds the projected volume of token, CA and namespace, and mounts it in each container that mounts nothing there itself. */
function mountToken(pod: Pod, freshName: string): void {
  const spec = pod.spec!;
  const existing = (spec.volumes ?? []).find((volume) => volume.name.startsWith('kube-api-access-'));
  const name = existing?.name ?? freshName;
  let used = false;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    const mounts: VolumeMount[] = container.volumeMounts ?? [];
    if (mounts.some((mount) => mount.mountPath === tokenPath)) continue;
    container.volumeMounts = [...mounts, { name, readOnly: true, mountPath: tokenPath }];
    used = true;
  }
  if (used && existing === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenExpirationSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
