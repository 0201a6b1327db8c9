/** A tiny API server of discovery and OpenAPI alone, for real clients to read. */
import { execFile, execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  aggregatedDiscovery,
  apiGroupList,
  apiResourceList,
  apiVersions,
} from '../../../src/kube/api/discovery.ts';
import {
  createOpenApi,
  OPENAPI_V2_PROTOBUF_TYPE,
  openApiIndex,
} from '../../../src/kube/api/openapi/openapi.ts';
import { resources } from '../../../src/kube/api/resources.ts';

export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
}

export interface DiscoveryServer {
  readonly url: string;
  readonly requests: Recorded[];
  close(): Promise<void>;
}

/** `aggregated: false` answers plain documents only, as servers before 1.26 did. Other paths go to `answer`. */
export async function startDiscoveryServer(options: {
  aggregated: boolean;
  answer?: (request: Recorded) => { status: number; body: object };
}): Promise<DiscoveryServer> {
  const openapi = createOpenApi(resources, 'v1.34.2+k8s-lab');
  const requests: Recorded[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url!, 'http://lab');
      const accept = request.headers.accept ?? '';
      const recorded: Recorded = {
        method: request.method!,
        url: request.url!,
        contentType: request.headers['content-type'] ?? '',
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(recorded);
      const json = (body: unknown, type = 'application/json', status = 200) => {
        response.writeHead(status, { 'content-type': type });
        response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
      };
      const path = url.pathname;
      const version = /g=apidiscovery\.k8s\.io;v=(v2beta1|v2)\b/.exec(accept)?.[1] as
        | 'v2'
        | 'v2beta1'
        | undefined;
      const group = /^\/apis\/([^/]+)\/([^/]+)$/.exec(path);
      if (path === '/version') json({ major: '1', minor: '34', gitVersion: 'v1.34.2+k8s-lab' });
      else if ((path === '/api' || path === '/apis') && options.aggregated && version !== undefined) {
        const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
        json(aggregatedDiscovery(resources, path, version), type);
      } else if (path === '/api') json(apiVersions('127.0.0.1:6443'));
      else if (path === '/apis') json(apiGroupList(resources));
      else if (path === '/api/v1') json(apiResourceList(resources, '', 'v1'));
      else if (group !== null) json(apiResourceList(resources, group[1]!, group[2]!));
      else if (path === '/openapi/v2') {
        if (accept.includes('protobuf')) json(openapi.v2Protobuf(), OPENAPI_V2_PROTOBUF_TYPE);
        else json(openapi.v2());
      } else if (path === '/openapi/v3') json(openApiIndex(openapi));
      else if (path.startsWith('/openapi/v3/')) json(openapi.v3(path.slice('/openapi/v3/'.length)) ?? '{}');
      else {
        const notFound = {
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          reason: 'NotFound',
          code: 404,
          message: 'not found',
        };
        const { status, body } = options.answer?.(recorded) ?? { status: 404, body: notFound };
        json(body, 'application/json', status);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The kubectl of K8S_LAB_TEST_KUBECTL or the PATH and its minor version, or undefined. */
export function findKubectl(): { command: string; minor: number } | undefined {
  const command = process.env.K8S_LAB_TEST_KUBECTL ?? 'kubectl';
  try {
    const text = execFileSync(command, ['version', '--client', '-o', 'json'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const { clientVersion } = JSON.parse(text) as { clientVersion: { minor: string } };
    return { command, minor: Number.parseInt(clientVersion.minor, 10) };
  } catch {
    return undefined;
  }
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl against `url` with an empty home and no proxy. */
export function runKubectl(
  command: string,
  home: string,
  url: string,
  args: readonly string[],
  input = '',
): Promise<Output> {
  const env = { ...process.env, HOME: home, KUBECONFIG: '/dev/null', no_proxy: '*', NO_PROXY: '*' };
  return new Promise((resolve) => {
    const child = execFile(
      command,
      ['--server', url, '--cache-dir', `${home}/cache`, ...args],
      { env, timeout: 30_000, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}
