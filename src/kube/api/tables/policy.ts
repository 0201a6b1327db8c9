/** The columns of RBAC, policy, certificates and the small groups. Models pkg/printers/internalversion/printers.go. */
import { humanDuration } from '../duration.ts';
import type {
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../types/admissionregistration-v1.ts';
import type { APIService } from '../types/apiregistration-v1.ts';
import type { CertificateSigningRequest } from '../types/certificates-v1.ts';
import type { Lease } from '../types/coordination-v1.ts';
import type { RuntimeClass } from '../types/node-v1.ts';
import type { PodDisruptionBudget } from '../types/policy-v1.ts';
import type { RoleBinding } from '../types/rbac-v1.ts';
import type { PriorityClass } from '../types/scheduling-v1.ts';
import { ageOf, columns, NONE, type Printer, UNSET } from './printer.ts';

export const roleBindingPrinter: Printer<RoleBinding> = {
  columns: columns('Name', 'Role', 'Age', 'Users+', 'Groups+', 'ServiceAccounts+'),
  row: (b, context) => {
    const names = (kind: string) => (b.subjects ?? []).filter((s) => s.kind === kind);
    return [
      b.metadata.name,
      `${b.roleRef.kind}/${b.roleRef.name}`,
      ageOf(b, context),
      names('User')
        .map((s) => s.name)
        .join(', '),
      names('Group')
        .map((s) => s.name)
        .join(', '),
      names('ServiceAccount')
        .map((s) => `${s.namespace ?? ''}/${s.name}`)
        .join(', '),
    ];
  },
};

export const budgetPrinter: Printer<PodDisruptionBudget> = {
  columns: columns('Name', 'Min Available', 'Max Unavailable', 'Allowed Disruptions:integer', 'Age'),
  row: (p, context) => [
    p.metadata.name,
    String(p.spec?.minAvailable ?? 'N/A'),
    String(p.spec?.maxUnavailable ?? 'N/A'),
    p.status?.disruptionsAllowed ?? 0,
    ageOf(p, context),
  ],
};

export const leasePrinter: Printer<Lease> = {
  columns: columns('Name', 'Holder', 'Age'),
  row: (l, context) => [l.metadata.name, l.spec?.holderIdentity ?? '', ageOf(l, context)],
};

export const priorityClassPrinter: Printer<PriorityClass> = {
  columns: columns('Name', 'Value:integer', 'Global-Default:boolean', 'Age', 'PreemptionPolicy'),
  row: (p, context) => [
    p.metadata.name,
    p.value,
    p.globalDefault ?? false,
    ageOf(p, context),
    p.preemptionPolicy ?? 'PreemptLowerPriority',
  ],
};

export const signingRequestPrinter: Printer<CertificateSigningRequest> = {
  columns: columns('Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'),
  row: (c, context) => {
    const seconds = c.spec.expirationSeconds;
    return [
      c.metadata.name,
      ageOf(c, context),
      c.spec.signerName,
      c.spec.username ?? '',
      seconds == null ? NONE : humanDuration(seconds * 1000),
      signingStatus(c),
    ];
  },
};

function signingStatus({ status }: CertificateSigningRequest): string {
  const words: string[] = [];
  for (const type of ['Approved', 'Denied', 'Failed']) {
    if (status?.conditions?.some((c) => c.type === type)) words.push(type);
  }
  if (words.length === 0) words.push('Pending');
  if ((status?.certificate ?? '') !== '') words.push('Issued');
  return words.join(',');
}

export const runtimeClassPrinter: Printer<RuntimeClass> = {
  columns: columns('Name', 'Handler', 'Age'),
  row: (r, context) => [r.metadata.name, r.handler, ageOf(r, context)],
};

export const webhookPrinter: Printer<MutatingWebhookConfiguration> = {
  columns: columns('Name', 'Webhooks:integer', 'Age'),
  row: (w, context) => [w.metadata.name, w.webhooks?.length ?? 0, ageOf(w, context)],
};

export const admissionPolicyPrinter: Printer<ValidatingAdmissionPolicy> = {
  columns: columns('Name', 'Validations:integer', 'ParamKind', 'Age'),
  row: (p, context) => {
    const kind = p.spec?.paramKind;
    const text = kind == null ? UNSET : `${kind.apiVersion ?? ''}/${kind.kind ?? ''}`;
    return [p.metadata.name, p.spec?.validations?.length ?? 0, text, ageOf(p, context)];
  },
};

export const admissionBindingPrinter: Printer<ValidatingAdmissionPolicyBinding> = {
  columns: columns('Name', 'PolicyName', 'ParamRef', 'Age'),
  row: (b, context) => {
    const ref = b.spec?.paramRef;
    const text = ref == null ? UNSET : `${ref.namespace ?? '*'}/${ref.name ?? ''}`;
    return [b.metadata.name, b.spec?.policyName ?? '', text, ageOf(b, context)];
  },
};

export const apiServicePrinter: Printer<APIService> = {
  columns: columns('Name', 'Service', 'Available', 'Age'),
  row: (a, context) => {
    const service = a.spec?.service;
    const available = a.status?.conditions?.find((c) => c.type === 'Available');
    const reason =
      available?.status === 'True'
        ? 'True'
        : `${available?.status ?? 'Unknown'}${available?.reason ? ` (${available.reason})` : ''}`;
    const place = service == null ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`;
    return [a.metadata.name, place, reason, ageOf(a, context)];
  },
};
