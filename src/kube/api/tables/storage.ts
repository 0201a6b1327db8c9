/** The columns of volumes and storage.k8s.io. Models pkg/printers/internalversion/printers.go. */
import type { PersistentVolume, PersistentVolumeClaim } from '../types/core-v1.ts';
import type { CSIDriver, CSINode, StorageClass, VolumeAttachment } from '../types/storage-v1.ts';
import { ageOf, columns, type Printer, UNSET } from './printer.ts';

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(modes: readonly string[] | undefined): string {
  const present = new Set(modes ?? []);
  return Object.keys(shortModes)
    .filter((mode) => present.has(mode))
    .map((mode) => shortModes[mode])
    .join(',');
}

export const volumePrinter: Printer<PersistentVolume> = {
  columns: columns(
    'Name',
    'Capacity',
    'Access Modes',
    'Reclaim Policy',
    'Status',
    'Claim',
    'StorageClass',
    'VolumeAttributesClass',
    'Reason',
    'Age',
    'VolumeMode+',
  ),
  row: (v, context) => {
    const claim = v.spec?.claimRef;
    return [
      v.metadata.name,
      v.spec?.capacity?.storage ?? '',
      accessModes(v.spec?.accessModes),
      v.spec?.persistentVolumeReclaimPolicy ?? '',
      v.metadata.deletionTimestamp != null ? 'Terminating' : (v.status?.phase ?? ''),
      claim == null ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`,
      v.spec?.storageClassName ?? '',
      v.spec?.volumeAttributesClassName ?? UNSET,
      v.status?.reason ?? '',
      ageOf(v, context),
      v.spec?.volumeMode ?? UNSET,
    ];
  },
};

export const volumeClaimPrinter: Printer<PersistentVolumeClaim> = {
  columns: columns(
    'Name',
    'Status',
    'Volume',
    'Capacity',
    'Access Modes',
    'StorageClass',
    'VolumeAttributesClass',
    'Age',
    'VolumeMode+',
  ),
  row: (c, context) => {
    const bound = (c.spec?.volumeName ?? '') !== '';
    return [
      c.metadata.name,
      c.metadata.deletionTimestamp != null ? 'Terminating' : (c.status?.phase ?? ''),
      c.spec?.volumeName ?? '',
      bound ? (c.status?.capacity?.storage ?? '') : '',
      bound ? accessModes(c.status?.accessModes) : '',
      c.spec?.storageClassName ?? '',
      c.spec?.volumeAttributesClassName ?? UNSET,
      ageOf(c, context),
      c.spec?.volumeMode ?? UNSET,
    ];
  },
};

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

export const storageClassPrinter: Printer<StorageClass> = {
  columns: columns(
    'Name',
    'Provisioner',
    'ReclaimPolicy',
    'VolumeBindingMode',
    'AllowVolumeExpansion',
    'Age',
  ),
  row: (s, context) => [
    s.metadata.annotations?.[DEFAULT_CLASS] === 'true' ? `${s.metadata.name} (default)` : s.metadata.name,
    s.provisioner,
    s.reclaimPolicy ?? 'Delete',
    s.volumeBindingMode ?? UNSET,
    s.allowVolumeExpansion ?? false,
    ageOf(s, context),
  ],
};

export const csiDriverPrinter: Printer<CSIDriver> = {
  columns: columns(
    'Name',
    'AttachRequired:boolean',
    'PodInfoOnMount:boolean',
    'StorageCapacity:boolean',
    'TokenRequests',
    'RequiresRepublish:boolean',
    'Modes',
    'Age',
  ),
  row: (d, context) => [
    d.metadata.name,
    d.spec.attachRequired ?? true,
    d.spec.podInfoOnMount ?? false,
    d.spec.storageCapacity ?? false,
    (d.spec.tokenRequests ?? []).map((t) => t.audience).join(',') || UNSET,
    d.spec.requiresRepublish ?? false,
    (d.spec.volumeLifecycleModes ?? []).join(',') || '<none>',
    ageOf(d, context),
  ],
};

export const csiNodePrinter: Printer<CSINode> = {
  columns: columns('Name', 'Drivers:integer', 'Age'),
  row: (n, context) => [n.metadata.name, n.spec.drivers.length, ageOf(n, context)],
};

export const volumeAttachmentPrinter: Printer<VolumeAttachment> = {
  columns: columns('Name', 'Attacher', 'PV', 'Node', 'Attached:boolean', 'Age'),
  row: (a, context) => [
    a.metadata.name,
    a.spec.attacher,
    a.spec.source.persistentVolumeName ?? '',
    a.spec.nodeName,
    a.status?.attached ?? false,
    ageOf(a, context),
  ],
};
