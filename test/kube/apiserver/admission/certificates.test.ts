import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
} from '../../../../src/kube/apiserver/admission/certificates.ts';
import type { AdmissionAttributes, Authorizer, KubeObject } from '../../../../src/kube/apiserver/request.ts';
import { createRequest } from '../../../../src/pki/issue.ts';

/** The rights of a user are its groups: `approve example.com/x`. */
const authorizer: Authorizer = {
  authorize: async ({ user, verb, resource, name }) => ({
    decision: user.groups.includes(`${verb} ${resource} ${name}`) ? 'allow' : 'no-opinion',
    reason: '',
  }),
};

const signing = (status: unknown = {}, spec: Record<string, unknown> = {}) =>
  ({
    metadata: { name: 'bob' },
    spec: { signerName: 'example.com/x', ...spec },
    status,
  }) as unknown as KubeObject;

const attributes = (fields: Partial<AdmissionAttributes>): AdmissionAttributes => ({
  user: { username: 'amy', groups: [] },
  verb: 'update',
  isResourceRequest: true,
  apiGroup: 'certificates.k8s.io',
  apiVersion: 'v1',
  resource: 'certificatesigningrequests',
  subresource: '',
  namespace: '',
  name: 'bob',
  path: '',
  operation: 'UPDATE',
  object: signing(),
  oldObject: signing(),
  dryRun: false,
  ...fields,
});
const by = (...groups: string[]) => ({ user: { username: 'amy', groups } });

describe('who approves a certificate', () => {
  const approve = (groups: string[], subresource = 'approval') =>
    certificateApproval(authorizer).validate!(attributes({ subresource, ...by(...groups) }));

  it.each(['example.com/x', 'example.com/*'])('may approve %s', async (name) => {
    await expect(approve([`approve signers ${name}`])).resolves.toBeUndefined();
  });

  it('needs that right beside the one to write', async () => {
    await expect(approve(['approve signers example.com/y', 'sign signers example.com/x'])).rejects.toThrow(
      'certificatesigningrequests.certificates.k8s.io "bob" is forbidden: user not permitted to approve requests with signerName "example.com/x"',
    );
    await expect(approve([], 'status')).resolves.toBeUndefined();
  });
});

describe('who signs a certificate', () => {
  const sign = (groups: string[], object: KubeObject) =>
    certificateSigning(authorizer).validate!(attributes({ subresource: 'status', object, ...by(...groups) }));

  it('may sign', async () => {
    await expect(
      sign(['sign signers example.com/x'], signing({ certificate: 'eA==' })),
    ).resolves.toBeUndefined();
    await expect(sign([], signing({ certificate: 'eA==' }))).rejects.toThrow(
      'user not permitted to sign requests with signerName "example.com/x"',
    );
  });

  it('others may write a status that decides nothing', async () => {
    await expect(sign([], signing({ conditions: [] }))).resolves.toBeUndefined();
  });
});

it('nobody asks to become an administrator', async () => {
  const pem = (O: string) =>
    createRequest(
      { CN: 'eve', names: [{ O }], hosts: [], key: { algo: 'ecdsa', size: 256 } },
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    );
  const ask = (O: string, signerName: string) =>
    certificateSubjectRestriction.validate!(
      attributes({
        operation: 'CREATE',
        oldObject: undefined,
        object: signing({}, { signerName, request: Buffer.from(pem(O)).toString('base64') }),
      }),
    );
  const signer = 'kubernetes.io/kube-apiserver-client';
  await expect(ask('dev', signer)).resolves.toBeUndefined();
  await expect(ask('system:masters', 'example.com/x')).resolves.toBeUndefined();
  await expect(ask('system:masters', signer)).rejects.toThrow(
    `use of ${signer} signer with system:masters group is not allowed`,
  );
});
