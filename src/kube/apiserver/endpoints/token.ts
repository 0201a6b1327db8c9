import type { ResourceInfo } from '../../api/resources.ts';
import type { TokenRequest } from '../../api/types/authentication-v1.ts';
import { groupResource } from '../registry/before-write.ts';
import { readObject as readStored } from '../registry/selection.ts';
import { part } from '../registry/strategy.ts';
import type { KubeObject } from '../request.ts';
import type { Security, TokenIssueRequest } from '../security.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { badRequest, conflict, internalError, invalid, notFound } from '../status-errors.ts';
import { readObject } from './body.ts';
import { admissionAttributes, admit, type EndpointContext, mutate } from './context.ts';
import { acceptedBy, presentValue } from './present.ts';
import { isDryRun } from './request-options.ts';

const defaultSeconds = 3600;
const minimumSeconds = 600;
const maximumSeconds = 2 ** 32;

/** POST serviceaccounts/NAME/token. Models pkg/registry/core/serviceaccount/storage/token.go. */
export async function handleToken(
  context: EndpointContext,
  security: Security,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  if (security.tokenIssuer === undefined) throw internalError('no token issuer is configured');
  const { namespace, name } = request.info;
  const { registry } = context;
  const account = await readStored(registry.cacher, registry.store(resource), namespace, name, '');
  if (account === undefined) throw notFound(groupResource(resource), name);
  const body = await readObject(request, context.machinery, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
  });
  const attributes = admissionAttributes(request, 'CREATE', body, undefined, isDryRun(request.query));
  await mutate(context, attributes);
  await admit(context, attributes);
  const spec = ((body as unknown as TokenRequest).spec ?? {}) as Partial<TokenRequest['spec']>;
  const expirationSeconds = spec.expirationSeconds ?? defaultSeconds;
  const refuse = (why: string) =>
    invalid('authentication.k8s.io', 'TokenRequest', '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.expirationSeconds',
        message: `Invalid value: ${expirationSeconds}: ${why}`,
      },
    ]);
  if (expirationSeconds < minimumSeconds) throw refuse('may not specify a duration less than 10 minutes');
  if (expirationSeconds > maximumSeconds) {
    throw refuse('may not specify a duration larger than 2^32 seconds');
  }
  // Who asks for no audience gets the server's own.
  const audiences = spec.audiences?.length ? spec.audiences : security.tokenIssuer.defaultAudiences;
  const bound =
    spec.boundObjectRef === undefined
      ? undefined
      : await boundObject(context, namespace, name, spec.boundObjectRef);
  const issued = await security.tokenIssuer.issue({
    namespace,
    serviceAccount: { name, uid: account.object.metadata.uid ?? '' },
    audiences,
    expirationSeconds,
    ...(bound === undefined ? {} : { boundObject: bound }),
  });
  const answer = {
    ...body,
    metadata: {
      name,
      namespace,
      creationTimestamp: account.object.metadata.creationTimestamp,
      ...body.metadata,
    },
    spec: { ...spec, audiences, expirationSeconds },
    status: issued,
  };
  return presentValue(acceptedBy(request), answer, 201);
}

/** The bound object must exist, be the one meant, and a pod must run as this service account. */
async function boundObject(
  context: EndpointContext,
  namespace: string,
  accountName: string,
  reference: NonNullable<TokenRequest['spec']['boundObjectRef']>,
): Promise<TokenIssueRequest['boundObject']> {
  const { kind = '', apiVersion = 'v1', name = '', uid } = reference;
  const plural = ({ Pod: 'pods', Secret: 'secrets', Node: 'nodes' } as Record<string, string>)[kind];
  if (plural === undefined)
    throw badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${kind}`);
  const store = context.registry.storeOf('', plural);
  const stored = await store.storage.get(store.key(kind === 'Node' ? '' : namespace, name));
  if (stored === undefined) throw notFound({ group: '', resource: plural }, name);
  const object: KubeObject = stored.object;
  const actual = object.metadata.uid ?? '';
  if (uid !== undefined && uid !== '' && uid !== actual) {
    throw conflict(
      { group: '', resource: plural },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (kind !== 'Pod') return { kind, apiVersion, name, uid: actual };
  const { serviceAccountName, nodeName } = part(object, 'spec');
  if ((serviceAccountName || 'default') !== accountName) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(accountName)} to pod running with different serviceaccount name.`,
    );
  }
  if (typeof nodeName !== 'string' || nodeName === '') return { kind, apiVersion, name, uid: actual };
  const node = await context.registry.reader.get('', 'nodes', '', nodeName);
  return { kind, apiVersion, name, uid: actual, node: { name: nodeName, uid: node?.metadata.uid ?? '' } };
}
