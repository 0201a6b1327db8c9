import type { Volume } from '../../../api/types/core-v1.ts';
import type { Place } from './containers.ts';
import type { Page } from './page.ts';

/** Models kubectl/pkg/describe describeVolumes. */
export function describeVolumes(page: Page, place: Place, volumes: readonly Volume[]): void {
  const level = place === 'template' ? 1 : 0;
  if (volumes.length === 0) {
    page.line(level, 'Volumes:', '<none>');
    return;
  }
  page.line(level, 'Volumes:');
  for (const volume of volumes) {
    page.line(1, `${place === 'template' ? ' ' : ''}${volume.name}:`);
    for (const [title, value] of linesOf(volume)) page.line(2, `${title}:`, value);
  }
}

type Line = readonly [title: string, value: string | number | boolean | undefined];

function linesOf(volume: Volume): readonly Line[] {
  const { emptyDir, hostPath, configMap, secret, downwardAPI, projected, persistentVolumeClaim } = volume;
  if (emptyDir !== undefined)
    return [
      ['Type', "EmptyDir (a temporary directory that shares a pod's lifetime)"],
      ['Medium', emptyDir.medium],
      ['SizeLimit', emptyDir.sizeLimit === undefined ? '<unset>' : String(emptyDir.sizeLimit)],
    ];
  if (hostPath !== undefined)
    return [
      ['Type', 'HostPath (bare host directory volume)'],
      ['Path', hostPath.path],
      ['HostPathType', hostPath.type],
    ];
  if (configMap !== undefined)
    return [
      ['Type', 'ConfigMap (a volume populated by a ConfigMap)'],
      ['Name', configMap.name],
      ['Optional', configMap.optional ?? false],
    ];
  if (secret !== undefined)
    return [
      ['Type', 'Secret (a volume populated by a Secret)'],
      ['SecretName', secret.secretName],
      ['Optional', secret.optional ?? false],
    ];
  if (downwardAPI !== undefined)
    return [['Type', 'DownwardAPI (a volume populated by information about the pod)']];
  if (persistentVolumeClaim !== undefined)
    return [
      ['Type', 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)'],
      ['ClaimName', persistentVolumeClaim.claimName],
      ['ReadOnly', persistentVolumeClaim.readOnly ?? false],
    ];
  if (projected !== undefined)
    return [
      ['Type', 'Projected (a volume that contains injected data from multiple sources)'],
      ...(projected.sources ?? []).flatMap((source): Line[] => {
        if (source.serviceAccountToken !== undefined)
          return [['TokenExpirationSeconds', source.serviceAccountToken.expirationSeconds]];
        if (source.configMap !== undefined)
          return [
            ['ConfigMapName', source.configMap.name],
            ['Optional', source.configMap.optional ?? false],
          ];
        if (source.secret !== undefined)
          return [
            ['SecretName', source.secret.name],
            ['Optional', source.secret.optional ?? false],
          ];
        return source.downwardAPI !== undefined ? [['DownwardAPI', true]] : [];
      }),
    ];
  return [['Type', '<unknown>']];
}
