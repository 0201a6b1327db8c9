import { errorMessage } from '../../../lib/errors.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import type { TokenReview } from '../../api/types/authentication-v1.ts';
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from '../../api/types/authorization-v1.ts';
import { timestamp } from '../registry/names.ts';
import type { Authenticator, RequestAttributes, UserInfo } from '../request.ts';
import type { Security } from '../security.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { badRequest, methodNotAllowed } from '../status-errors.ts';
import { readObject } from './body.ts';
import { apiVersionOf, type EndpointContext } from './context.ts';
import { acceptedBy, presentValue } from './present.ts';

/** Kinds that are questions: posted, answered in their status, never stored. */
export async function handleReview(
  context: EndpointContext,
  security: Security,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  if (request.info.verb !== 'create') throw methodNotAllowed();
  const object = await readObject(request, context.machinery, {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
  });
  const answer = (status: unknown) =>
    presentValue(
      acceptedBy(request),
      {
        ...object,
        metadata: { creationTimestamp: timestamp(context.clock.now()), ...object.metadata },
        status,
      },
      201,
    );
  switch (resource.kind) {
    case 'TokenReview':
      return answer(await reviewToken(security.authenticators, object as unknown as TokenReview));
    case 'SelfSubjectReview':
      return answer({ userInfo: userOf(request.user) });
    case 'SelfSubjectAccessReview': {
      const { spec } = object as unknown as SelfSubjectAccessReview;
      return answer(await reviewAccess(security, request.user, spec));
    }
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview': {
      const { spec } = object as unknown as SubjectAccessReview | LocalSubjectAccessReview;
      if (resource.namespaced && spec.resourceAttributes?.namespace !== request.info.namespace) {
        throw badRequest(
          `spec.resourceAttributes.namespace must match namespace: ${spec.resourceAttributes?.namespace ?? ''}`,
        );
      }
      const user: UserInfo = {
        username: spec.user ?? '',
        groups: spec.groups ?? [],
        ...(spec.uid === undefined ? {} : { uid: spec.uid }),
        ...(spec.extra === undefined ? {} : { extra: spec.extra }),
      };
      if (user.username === '' && user.groups.length === 0) {
        throw badRequest('spec.user: Invalid value: "": at least one of user or group must be specified');
      }
      return answer(await reviewAccess(security, user, spec));
    }
    case 'SelfSubjectRulesReview': {
      const { spec } = object as unknown as SelfSubjectRulesReview;
      const namespace = spec.namespace ?? '';
      if (namespace === '') throw badRequest('no namespace on request');
      const rules = await security.rulesFor?.(request.user, namespace);
      return answer(
        rules ?? {
          resourceRules: [],
          nonResourceRules: [],
          incomplete: true,
          evaluationError: 'the authorizer does not support user rule resolution',
        },
      );
    }
    default:
      throw methodNotAllowed();
  }
}

const userOf = ({ username, uid, groups, extra }: UserInfo) => ({
  username,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra === undefined ? {} : { extra }),
});

async function reviewToken(
  authenticators: readonly Authenticator[],
  { spec }: TokenReview,
): Promise<unknown> {
  const bearerToken = spec.token ?? '';
  if (bearerToken === '') throw badRequest('token is required for TokenReview in authentication');
  try {
    const user = await authenticate(authenticators, { bearerToken });
    if (user === undefined) return { user: {} };
    return {
      authenticated: true,
      user: userOf(user),
      ...(spec.audiences === undefined ? {} : { audiences: spec.audiences }),
    };
  } catch (error) {
    return { user: {}, error: errorMessage(error) };
  }
}

/** The first authenticator that knows the credentials decides; undefined when none does. */
export async function authenticate(
  authenticators: readonly Authenticator[],
  credentials: Parameters<Authenticator['authenticate']>[0],
): Promise<UserInfo | undefined> {
  for (const authenticator of authenticators) {
    const user = await authenticator.authenticate(credentials);
    if (user !== undefined) return user;
  }
  return undefined;
}

interface AccessSpec {
  readonly resourceAttributes?: SelfSubjectAccessReview['spec']['resourceAttributes'];
  readonly nonResourceAttributes?: SelfSubjectAccessReview['spec']['nonResourceAttributes'];
}

async function reviewAccess(security: Security, user: UserInfo, spec: AccessSpec): Promise<unknown> {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if ((resource === undefined) === (other === undefined)) {
    throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  }
  const attributes: RequestAttributes = {
    user,
    isResourceRequest: resource !== undefined,
    verb: resource?.verb ?? other?.verb ?? '',
    apiGroup: resource?.group ?? '',
    apiVersion: resource?.version ?? '',
    resource: resource?.resource ?? '',
    subresource: resource?.subresource ?? '',
    namespace: resource?.namespace ?? '',
    name: resource?.name ?? '',
    path: other?.path ?? '',
  };
  const { decision, reason } = await security.authorizer.authorize(attributes);
  return {
    allowed: decision === 'allow',
    ...(decision === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
  };
}
