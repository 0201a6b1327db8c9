import { isDeepStrictEqual } from 'node:util';
import { parseCertificateRequest } from '../../api/certificate-request.ts';
import type { CertificateSigningRequest } from '../../api/types/certificates-v1.ts';
import type { AdmissionAttributes, AdmissionPlugin, Authorizer, KubeObject } from '../request.ts';
import { forbidden } from '../status-errors.ts';

const group = 'certificates.k8s.io';
const resource = 'certificatesigningrequests';

const concerns = (attributes: AdmissionAttributes, subresource: string) =>
  attributes.apiGroup === group && attributes.resource === resource && attributes.subresource === subresource;

const requestOf = (object: KubeObject | undefined) =>
  object as unknown as CertificateSigningRequest | undefined;
const refuse = ({ name }: AdmissionAttributes, why: string) => forbidden({ group, resource }, name, why);

/** Whoever decides for a signer needs the verb on `signers` of that name, or of its whole domain (`example.com/*`). */
async function mayFor(
  authorizer: Authorizer,
  { user }: AdmissionAttributes,
  verb: 'approve' | 'sign',
  signerName: string,
): Promise<boolean> {
  const names = [signerName, `${signerName.split('/')[0]}/*`];
  for (const name of names) {
    const { decision } = await authorizer.authorize({
      user,
      verb,
      isResourceRequest: true,
      apiGroup: group,
      apiVersion: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
      path: '',
    });
    if (decision === 'allow') return true;
  }
  return false;
}

/** To change requests is not yet to approve them. Models plugin/pkg/admission/certificates/approval. */
export const certificateApproval = (authorizer: Authorizer): AdmissionPlugin => ({
  name: 'CertificateApproval',
  async validate(attributes) {
    if (attributes.operation !== 'UPDATE' || !concerns(attributes, 'approval')) return;
    const { signerName = '' } = requestOf(attributes.oldObject)?.spec ?? {};
    if (await mayFor(authorizer, attributes, 'approve', signerName)) return;
    throw refuse(
      attributes,
      `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`,
    );
  },
});

/** Models plugin/pkg/admission/certificates/signing. */
export const certificateSigning = (authorizer: Authorizer): AdmissionPlugin => ({
  name: 'CertificateSigning',
  async validate(attributes) {
    if (attributes.operation !== 'UPDATE' || !concerns(attributes, 'status')) return;
    const [before, now] = [requestOf(attributes.oldObject), requestOf(attributes.object)];
    const decided = (of: typeof now) => ({ ...of?.status, conditions: of?.status?.conditions ?? [] });
    if (isDeepStrictEqual(decided(before), decided(now))) return;
    const { signerName = '' } = before?.spec ?? {};
    if (await mayFor(authorizer, attributes, 'sign', signerName)) return;
    throw refuse(
      attributes,
      `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`,
    );
  },
});

/** Nobody becomes an administrator by a request. Models plugin/pkg/admission/certificates/subjectrestriction. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  async validate(attributes) {
    if (attributes.operation !== 'CREATE' || !concerns(attributes, '')) return;
    const { signerName, request = '' } = requestOf(attributes.object)?.spec ?? {};
    if (signerName !== 'kubernetes.io/kube-apiserver-client') return;
    let organizations: readonly string[];
    try {
      ({ organizations } = parseCertificateRequest(request));
    } catch {
      // Validation says what is wrong with it.
      return;
    }
    const superusers = 'system:masters';
    if (organizations.includes(superusers))
      throw refuse(attributes, `use of ${signerName} signer with ${superusers} group is not allowed`);
  },
};
