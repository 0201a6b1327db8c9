import { metricsContentType } from '../../../lib/metrics.ts';
import { versionInfo } from '../../component-base/version.ts';
import type { Dispatcher } from '../endpoints/dispatch.ts';
import type { Registry } from '../registry/registry.ts';
import type { Security } from '../security.ts';
import { methodNotAllowed, unknownPath } from '../status-errors.ts';
import { type Answer, type ApiRequest, json, text } from './exchange.ts';
import { answerHealth, type HealthCheck } from './health.ts';
import type { ServerMetrics } from './metrics.ts';

export interface RouteParts {
  readonly dispatcher: Dispatcher;
  readonly discovery: (request: ApiRequest) => Promise<Answer | undefined>;
  readonly registry: Registry;
  readonly metrics: ServerMetrics;
  readonly security: Security;
  readonly livez: readonly HealthCheck[];
  readonly readyz: readonly HealthCheck[];
}

/** From the path to who answers it. */
export function createRoutes(parts: RouteParts): (request: ApiRequest) => Promise<Answer> {
  const { dispatcher, discovery, registry, metrics, security } = parts;
  return async (request) => {
    if (request.info.isResourceRequest) return dispatcher.dispatch(request);
    const { path } = request;
    const first = path.split('/', 2)[1] ?? '';
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw first === 'api' || first === 'apis' ? methodNotAllowed() : unknownPath();
    }
    switch (first) {
      case '':
        return json(200, { paths: rootPaths });
      case 'healthz':
      case 'livez':
        return answerHealth(path, parts.livez, request);
      case 'readyz':
        return answerHealth(path, parts.readyz, request);
      case 'version':
        return json(200, versionInfo);
      case 'metrics':
        return { ...text(200, metrics.render(registry.counts())), contentType: metricsContentType };
      case 'api':
      case 'apis': {
        const answer = await discovery(request);
        if (answer !== undefined) return answer;
        break;
      }
      case 'openapi': {
        const answer = await discovery(request);
        if (answer !== undefined) return answer;
        break;
      }
      case 'openid':
        if (path === '/openid/v1/jwks' && security.openid !== undefined) {
          return { status: 200, contentType: 'application/jwk-set+json', body: security.openid.jwks };
        }
        break;
      case '.well-known':
        if (path === '/.well-known/openid-configuration' && security.openid !== undefined) {
          return json(200, security.openid.configuration);
        }
        break;
      default:
    }
    throw unknownPath();
  };
}

const rootPaths = [
  '/.well-known/openid-configuration',
  '/api',
  '/api/v1',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
];
