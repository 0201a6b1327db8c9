import type { ParsedRequest } from '../../api/certificate-request.ts';

const optional = ['digital signature', 'key encipherment'];
const kind = { email: 1, dns: 2, uri: 6, ip: 7 };

/** Why a signer does not sign a request; undefined when it does. */
type Check = (request: ParsedRequest, usages: readonly string[]) => string | undefined;

const clientUsages: Check = (_request, usages) => {
  const strange = usages.find((usage) => usage !== 'client auth' && !optional.includes(usage));
  if (strange !== undefined) return `invalid usage for client certificate: ${strange}`;
  return usages.includes('client auth')
    ? undefined
    : 'missing required usage for client certificate: client auth';
};

function kubeletIdentity({ organizations, commonName }: ParsedRequest): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes')
    return 'subject organization is not system:nodes';
  return commonName.startsWith('system:node:')
    ? undefined
    : 'subject common name does not begin with system:node: ';
}

function kubeletUsages(
  usages: readonly string[],
  purpose: 'client auth' | 'server auth',
): string | undefined {
  const wanted = [purpose, 'digital signature'];
  const right =
    wanted.every((usage) => usages.includes(usage)) &&
    usages.every((usage) => wanted.includes(usage) || usage === 'key encipherment');
  return right ? undefined : `usages did not match [${['key encipherment', ...wanted].join(' ')}]`;
}

/** The signers that the controller manager is. Models pkg/apis/certificates/helpers.go and pkg/controller/certificates/signer. */
export const signers: Readonly<Record<string, Check>> = {
  'kubernetes.io/kube-apiserver-client': clientUsages,
  'kubernetes.io/kube-apiserver-client-kubelet': (request, usages) => {
    const { nameKinds } = request;
    if (nameKinds.has(kind.dns)) return 'DNS subjectAltNames are not allowed';
    if (nameKinds.has(kind.email)) return 'Email subjectAltNames are not allowed';
    if (nameKinds.has(kind.ip)) return 'IP subjectAltNames are not allowed';
    if (nameKinds.has(kind.uri)) return 'URI subjectAltNames are not allowed';
    return kubeletIdentity(request) ?? kubeletUsages(usages, 'client auth');
  },
  'kubernetes.io/kubelet-serving': (request, usages) => {
    const { nameKinds } = request;
    if (!nameKinds.has(kind.dns) && !nameKinds.has(kind.ip)) return 'DNS or IP subjectAltName is required';
    if (nameKinds.has(kind.email)) return 'Email subjectAltNames are not allowed';
    if (nameKinds.has(kind.uri)) return 'URI subjectAltNames are not allowed';
    return kubeletIdentity(request) ?? kubeletUsages(usages, 'server auth');
  },
};
