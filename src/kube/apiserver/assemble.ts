import { createPublicKey } from 'node:crypto';
import { systemClock } from '../../lib/clock.ts';
import type { PolicyRule } from '../api/types/rbac-v1.ts';
import { admissionPlugins } from './admission/plugins.ts';
import { certificateAuthenticator, withAuthenticatedGroup } from './authentication/authenticators.ts';
import { openidDocuments } from './authentication/openid.ts';
import { readSigningKey, readVerificationKeys } from './authentication/service-account-keys.ts';
import { tokenIssuer, tokenVerifier } from './authentication/service-account-tokens.ts';
import { reconcileBootstrapPolicy } from './authorization/bootstrap.ts';
import { nodeRules } from './authorization/bootstrap-roles.ts';
import { NodeAuthorizer } from './authorization/node.ts';
import { RbacAuthorizer } from './authorization/rbac.ts';
import { superuserAuthorizer, unionAuthorizer } from './authorization/union.ts';
import { createSystemPriorityClasses } from './bootstrap/system-priority-classes.ts';
import type { Flags } from './options.ts';
import type { Registry } from './registry/registry.ts';
import type { Authorizer } from './request.ts';
import type { Security, SubjectRules } from './security.ts';

const alwaysAllow: Authorizer = { authorize: async () => ({ decision: 'allow', reason: '' }) };
const alwaysDeny: Authorizer = {
  authorize: async () => ({ decision: 'no-opinion', reason: 'Everything is forbidden.' }),
};

/** Puts authentication, authorization and admission together as the flags say. Throws LabError for what is wrong there. */
export function assembleSecurity(flags: Flags, registry: Registry): Security {
  const { reader, writer } = registry;
  const issuer = flags['service-account-issuer']!;
  const audiences = flags['api-audiences'] ?? [issuer];
  const signingKey = readSigningKey(flags['service-account-signing-key-file']!);
  const keys = readVerificationKeys(flags['service-account-key-file'] ?? []);
  const signer = tokenIssuer({
    issuer,
    audiences,
    signingKey,
    publicKey: createPublicKey(signingKey),
    clock: systemClock,
  });
  const verifier = tokenVerifier({ issuers: [issuer], audiences, keys, objects: reader, clock: systemClock });

  const rbac = new RbacAuthorizer(reader);
  const modes: Readonly<Record<string, Authorizer>> = {
    Node: new NodeAuthorizer(reader, nodeRules),
    RBAC: rbac,
    AlwaysAllow: alwaysAllow,
    AlwaysDeny: alwaysDeny,
  };
  const chosen = flags['authorization-mode'] ?? ['AlwaysAllow'];
  const maximum = flags['service-account-max-token-expiration'] / 1000;

  const authorizer = unionAuthorizer([superuserAuthorizer, ...chosen.map((mode) => modes[mode]!)]);

  return {
    authenticators: [certificateAuthenticator, verifier],
    authorizer,
    admission: admissionPlugins(
      { enable: flags['enable-admission-plugins'] ?? [], disable: flags['disable-admission-plugins'] ?? [] },
      reader,
      Math.random,
      {
        tolerationSeconds: {
          notReady: flags['default-not-ready-toleration-seconds'],
          unreachable: flags['default-unreachable-toleration-seconds'],
        },
        authorizer,
        allowPrivileged: flags['allow-privileged'],
      },
    ),
    tokenIssuer: {
      defaultAudiences: audiences,
      issue({ namespace, serviceAccount, audiences: wanted, expirationSeconds, boundObject }) {
        const reference =
          boundObject === undefined ? undefined : { name: boundObject.name, uid: boundObject.uid };
        return signer.issue({
          serviceAccount: { namespace, ...serviceAccount },
          audiences: wanted,
          expirationSeconds: maximum > 0 ? Math.min(maximum, expirationSeconds) : expirationSeconds,
          ...(boundObject?.kind === 'Pod' ? { pod: reference! } : {}),
          ...(boundObject?.kind === 'Secret' ? { secret: reference! } : {}),
          ...(boundObject?.kind === 'Node' ? { node: reference! } : {}),
          ...(boundObject?.node === undefined ? {} : { node: boundObject.node }),
        });
      },
    },
    async reviewToken(token, wanted) {
      if (!verifier.claims(token)) return undefined;
      const found = await verifier.verify(token, wanted.length === 0 ? audiences : wanted);
      return { ...found, user: withAuthenticatedGroup(found.user) };
    },
    openid: openidDocuments({
      issuer,
      jwksUri: `https://${flags['advertise-address']}:${flags['secure-port']}/openid/v1/jwks`,
      keys,
    }),
    rulesFor: async (user, namespace) =>
      subjectRules(await rbac.rulesFor(user, namespace), chosen.includes('Node')),
    postStart: [
      {
        name: 'scheduling/bootstrap-system-priority-classes',
        run: () => createSystemPriorityClasses(reader, writer),
      },
      ...(chosen.includes('RBAC')
        ? [{ name: 'rbac/bootstrap-roles', run: () => reconcileBootstrapPolicy(reader, writer) }]
        : []),
    ],
  };
}

function subjectRules(rules: readonly PolicyRule[], hasNode: boolean): SubjectRules {
  const resourceRules: SubjectRules['resourceRules'][number][] = [];
  const nonResourceRules: SubjectRules['nonResourceRules'][number][] = [];
  for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of rules) {
    if ((resources ?? []).length > 0) {
      resourceRules.push({
        verbs,
        ...(apiGroups === undefined ? {} : { apiGroups }),
        ...(resources === undefined ? {} : { resources }),
        ...(resourceNames === undefined ? {} : { resourceNames }),
      });
    }
    if ((nonResourceURLs ?? []).length > 0)
      nonResourceRules.push({ verbs, nonResourceURLs: nonResourceURLs ?? [] });
  }
  return {
    resourceRules,
    nonResourceRules,
    incomplete: hasNode,
    ...(hasNode ? { evaluationError: 'node authorizer does not support user rule resolution' } : {}),
  };
}
