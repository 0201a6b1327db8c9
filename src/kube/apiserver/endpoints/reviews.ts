import { errorMessage } from '../../../lib/errors.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { apiTime } from '../../api/time.ts';
import type { TokenReview } from '../../api/types/authentication-v1.ts';
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from '../../api/types/authorization-v1.ts';
import { part } from '../registry/strategy.ts';
import type { RequestAttributes, UserInfo } from '../request.ts';
import type { Security } from '../security.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { badRequest, invalid, methodNotAllowed } from '../status-errors.ts';
import { readObject } from './body.ts';
import { apiVersionOf, type EndpointContext } from './context.ts';
import { acceptedBy, presentValue } from './present.ts';
import { reviewSelectors } from './review-selectors.ts';

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
        metadata: { creationTimestamp: apiTime(context.clock.now()), ...object.metadata },
        status,
      },
      201,
    );
  switch (resource.kind) {
    case 'TokenReview':
      return answer(await reviewToken(security, part(object, 'spec')));
    case 'SelfSubjectReview':
      return answer({ userInfo: userOf(request.user) });
    case 'SelfSubjectAccessReview': {
      const spec: Partial<SelfSubjectAccessReview['spec']> = part(object, 'spec');
      return answer(await reviewAccess(security, request.user, spec, resource));
    }
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview': {
      const spec: Partial<(SubjectAccessReview | LocalSubjectAccessReview)['spec']> = part(object, 'spec');
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
        throw refuse(resource, 'spec.user', 'at least one of user or group must be specified');
      }
      return answer(await reviewAccess(security, user, spec, resource));
    }
    case 'SelfSubjectRulesReview': {
      const { namespace = '' }: Partial<SelfSubjectRulesReview['spec']> = part(object, 'spec');
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

async function reviewToken(security: Security, spec: Partial<TokenReview['spec']>): Promise<unknown> {
  const { token = '', audiences = [] } = spec;
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  try {
    const found = await security.reviewToken?.(token, audiences);
    if (found === undefined) return { user: {} };
    return { authenticated: true, user: userOf(found.user), audiences: found.audiences };
  } catch (error) {
    return { user: {}, error: errorMessage(error) };
  }
}

interface AccessSpec {
  readonly resourceAttributes?: SelfSubjectAccessReview['spec']['resourceAttributes'];
  readonly nonResourceAttributes?: SelfSubjectAccessReview['spec']['nonResourceAttributes'];
}

const refuse = ({ group, kind }: ResourceInfo, field: string, why: string) =>
  invalid(group, kind, '', [{ reason: 'FieldValueInvalid', field, message: `Invalid value: "": ${why}` }]);

async function reviewAccess(
  security: Security,
  user: UserInfo,
  spec: AccessSpec,
  kind: ResourceInfo,
): Promise<unknown> {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if (resource === undefined && other === undefined) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw refuse(kind, 'spec.resourceAttributes', why);
  }
  if (resource !== undefined && other !== undefined) {
    const why = 'cannot be specified in combination with resourceAttributes';
    throw refuse(kind, 'spec.nonResourceAttributes', why);
  }
  const { fields, problem } = reviewSelectors(resource?.fieldSelector, resource?.labelSelector);
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
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  };
  const { decision, reason } = await security.authorizer.authorize(attributes);
  return {
    allowed: decision === 'allow',
    ...(decision === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
    ...(problem === '' ? {} : { evaluationError: problem }),
  };
}
