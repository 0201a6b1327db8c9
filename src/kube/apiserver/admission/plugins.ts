import { LabError } from '../../../lib/errors.ts';
import { didYouMean } from '../../../lib/nearest.ts';
import type { AdmissionPlugin, Authorizer, ObjectReader } from '../request.ts';
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificates.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import {
  defaultStorageClass,
  defaultTolerationSeconds,
  priority,
  type TolerationSeconds,
  taintNodesByCondition,
} from './pod-defaults.ts';
import { refusePrivileged } from './privileged.ts';
import { resourceQuota } from './resource-quota.ts';
import { serviceAccountAdmission } from './service-account.ts';

/** What the flags set beside the choice of plugins. */
export interface AdmissionSettings {
  readonly tolerationSeconds: TolerationSeconds;
  /** For plugins that ask whether the user might do something else too. */
  readonly authorizer: Authorizer;
  /** --allow-privileged */
  readonly allowPrivileged: boolean;
}

interface Entry {
  readonly enabledByDefault: boolean;
  create(objects: ObjectReader, random: () => number, settings: AdmissionSettings): AdmissionPlugin;
}

/** In the order in which a request passes them; upstream's order, with ResourceQuota last so that nothing is counted that is then refused. */
const entries: Readonly<Record<string, Entry>> = {
  NamespaceLifecycle: { enabledByDefault: true, create: namespaceLifecycle },
  LimitRanger: { enabledByDefault: true, create: limitRanger },
  ServiceAccount: { enabledByDefault: true, create: serviceAccountAdmission },
  NodeRestriction: { enabledByDefault: false, create: nodeRestriction },
  TaintNodesByCondition: { enabledByDefault: true, create: () => taintNodesByCondition },
  Priority: { enabledByDefault: true, create: priority },
  DefaultTolerationSeconds: {
    enabledByDefault: true,
    create: (_objects, _random, settings) => defaultTolerationSeconds(settings.tolerationSeconds),
  },
  CertificateApproval: {
    enabledByDefault: true,
    create: (_objects, _random, { authorizer }) => certificateApproval(authorizer),
  },
  CertificateSigning: {
    enabledByDefault: true,
    create: (_objects, _random, { authorizer }) => certificateSigning(authorizer),
  },
  CertificateSubjectRestriction: { enabledByDefault: true, create: () => certificateSubjectRestriction },
  DefaultStorageClass: { enabledByDefault: true, create: defaultStorageClass },
  ResourceQuota: { enabledByDefault: true, create: resourceQuota },
};

export interface AdmissionChoice {
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}

/** The plugins that --enable-admission-plugins and --disable-admission-plugins choose. Throws LabError for an unknown name. */
export function admissionPlugins(
  choice: AdmissionChoice,
  objects: ObjectReader,
  random: () => number,
  settings: AdmissionSettings,
): readonly AdmissionPlugin[] {
  const names = Object.keys(entries);
  for (const [flag, list] of [
    ['enable', choice.enable],
    ['disable', choice.disable],
  ] as const) {
    const unknown = list.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new LabError(`${flag}-admission-plugins plugin "${unknown}" is unknown`, {
        remedy: didYouMean(unknown, names) ?? `there are ${names.join(', ')}`,
      });
    }
  }
  const both = choice.enable.find((name) => choice.disable.includes(name));
  if (both !== undefined)
    throw new LabError(`${both} in enable-admission-plugins and disable-admission-plugins cannot overlap`);
  const plugins = Object.entries(entries)
    .filter(
      ([name, entry]) =>
        (entry.enabledByDefault || choice.enable.includes(name)) && !choice.disable.includes(name),
    )
    .map(([, entry]) => entry.create(objects, random, settings));
  return settings.allowPrivileged ? plugins : [...plugins, refusePrivileged];
}
