import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
} from '../../api/discovery.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import type { Machinery } from '../machinery.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { json } from '../server/exchange.ts';
import { mediaTypes, negotiate, parseAccept } from '../server/negotiation.ts';
import { notAcceptable, unknownPath } from '../status-errors.ts';

const openApiV2Protobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** What is asked for with @ is answered with a dot: @ is no character of a media type (RFC 2045). */
const openApiV2ProtobufAnswer = openApiV2Protobuf.replace('@', '.');

/**
 * What the server can do, told to clients: /api, /apis (one document each, aggregated, or piece by piece) and /openapi.
 * Answers are made once: they change only with the flags.
 */
export function createDiscovery(machinery: Machinery, serverAddress: string) {
  const served: readonly ResourceInfo[] = machinery.resources;
  const made = new Map<string, string>();
  const once = (name: string, make: () => unknown): string => {
    let text = made.get(name);
    if (text === undefined) {
      text = JSON.stringify(make());
      made.set(name, text);
    }
    return text;
  };

  function root(request: ApiRequest, path: '/api' | '/apis'): Answer {
    const version = aggregatedVersion(acceptOf(request));
    if (version !== undefined) {
      const body = once(`${path} ${version}`, () => aggregatedDiscovery(served, path, version));
      const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
      return { status: 200, contentType, body, headers: { vary: 'Accept' } };
    }
    negotiate(acceptOf(request));
    const plain = path === '/api' ? () => apiVersions(serverAddress) : () => apiGroupList(served);
    return { ...json(200, once(path, plain)), headers: { vary: 'Accept' } };
  }

  async function openApiV2(request: ApiRequest): Promise<Answer> {
    const openapi = await machinery.openapi();
    for (const { type } of parseAccept(acceptOf(request) ?? '*/*')) {
      if (type === openApiV2Protobuf) {
        return { status: 200, contentType: openApiV2ProtobufAnswer, body: openapi.v2Protobuf() };
      }
      if (type === mediaTypes.json || type === '*/*' || type === 'application/*') {
        return json(200, openapi.v2());
      }
    }
    throw notAcceptable([mediaTypes.json, openApiV2Protobuf]);
  }

  async function openApiV3(request: ApiRequest, path: string): Promise<Answer> {
    const openapi = await machinery.openapi();
    if (path === '') {
      const paths = Object.fromEntries(
        Object.entries(openapi.v3Index()).map(([name, hash]) => [
          name,
          { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` },
        ]),
      );
      return json(200, { paths });
    }
    const document = openapi.v3(path);
    if (document === undefined) throw unknownPath();
    // The hash in the URL names the content: clients may keep it.
    const cache = request.query.has('hash') ? { 'cache-control': 'public, max-age=31536000, immutable' } : {};
    return { ...json(200, document), headers: cache as Record<string, string> };
  }

  /** Undefined: the path is not discovery's. */
  return async (request: ApiRequest): Promise<Answer | undefined> => {
    const parts = request.path.split('/').filter((part) => part !== '');
    const [first, second, third] = parts;
    if (first === 'openapi') {
      if (second === 'v2' && parts.length === 2) return openApiV2(request);
      if (second === 'v3') return openApiV3(request, parts.slice(2).join('/'));
      return undefined;
    }
    if (first === 'api') {
      if (parts.length === 1) return root(request, '/api');
      if (parts.length === 2) return resourceList('', second!);
    }
    if (first === 'apis') {
      if (parts.length === 1) return root(request, '/apis');
      if (parts.length === 2) {
        const group = apiGroup(served, second!);
        if (group === undefined) throw unknownPath();
        return json(200, group);
      }
      if (parts.length === 3) return resourceList(second!, third!);
    }
    return undefined;
  };

  function resourceList(group: string, version: string): Answer {
    const list = apiResourceList(served, group, version);
    if (list === undefined) throw unknownPath();
    return json(200, list);
  }
}

function acceptOf(request: ApiRequest): string | undefined {
  const { accept } = request.headers;
  return Array.isArray(accept) ? accept.join(',') : accept;
}

/** The version of the aggregated document the client prefers, if it knows any. */
function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, params } of parseAccept(accept ?? '')) {
    if (type !== mediaTypes.json || params.g !== 'apidiscovery.k8s.io') continue;
    if (params.as !== 'APIGroupDiscoveryList') continue;
    if (params.v === 'v2' || params.v === 'v2beta1') return params.v;
  }
  return undefined;
}
