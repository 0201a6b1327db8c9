import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembleSecurity } from '../../../../src/kube/apiserver/assemble.ts';
import { type Instance, startInstance } from '../../../../src/kube/apiserver/instance.ts';
import { apiMachinery, servedResources } from '../../../../src/kube/apiserver/machinery-api.ts';
import { completeOptions, parseArguments } from '../../../../src/kube/apiserver/options.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { createLogger } from '../../../../src/lib/log.ts';
import { issueCertificate } from '../../../../src/pki/issue.ts';
import { generateRsaKey, privateKeyToPem } from '../../../../src/pki/keys.ts';
import { MemoryEtcd } from './memory-etcd.ts';

export interface Person {
  readonly cert: string;
  readonly key: string;
}

/** A CA and certificates in PEM; one RSA key serves all but the CA, since making keys is what takes time. */
export async function createCertificates() {
  const [caKey, key] = await Promise.all([generateRsaKey(2048), generateRsaKey(2048)]);
  const publicKey = createPublicKey(key);
  const dates = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) };
  const none = { dns: [], ip: [], email: [], uri: [] };
  const subject = (name: string, groups: readonly string[]) => [
    ...groups.map((value) => ({ shortName: 'O', value })),
    { shortName: 'CN', value: name },
  ];
  const ca = issueCertificate(
    {
      subject: subject('Kubernetes', ['Kubernetes']),
      publicKey: createPublicKey(caKey),
      ...dates,
      keyUsage: ['keyCertSign', 'cRLSign'],
      extKeyUsage: [],
      ca: {},
      names: none,
    },
    { certificatePem: undefined, key: caKey },
  );
  const issue = (name: string, groups: readonly string[] = []): Person => ({
    key: privateKeyToPem(key),
    cert: issueCertificate(
      {
        subject: subject(name, groups),
        publicKey,
        ...dates,
        keyUsage: ['digitalSignature', 'keyEncipherment'],
        extKeyUsage: ['serverAuth', 'clientAuth'],
        names: { ...none, dns: ['localhost'], ip: ['127.0.0.1'] },
      },
      { certificatePem: ca, key: caKey },
    ),
  });
  return { ca, key, issue };
}

export type Certificates = Awaited<ReturnType<typeof createCertificates>>;

interface AnswerSpec {
  readonly clusterIP: string;
  readonly clusterIPs: readonly string[];
  readonly ports: readonly { readonly port: number; readonly nodePort: number }[];
  readonly [field: string]: unknown;
}

/** The fields of answers that tests name; which of them are there depends on the kind that was asked for. */
export interface AnswerBody {
  readonly kind: string;
  readonly message: string;
  readonly reason: string;
  readonly gitVersion: string;
  readonly groupVersion: string;
  readonly versions: readonly string[];
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager: string; readonly fieldsV1: object }[];
  };
  readonly details: {
    readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
  };
  readonly data: Readonly<Record<string, string>>;
  readonly datta?: unknown;
  readonly spec: AnswerSpec;
  readonly status: {
    readonly token: string;
    readonly phase: string;
    readonly replicas?: number;
    readonly userInfo: object;
  };
  readonly subsets: readonly { readonly addresses: readonly { readonly ip: string }[] }[];
  readonly items: readonly AnswerBody[];
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly object: AnswerBody }[];
}

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  readonly body: AnswerBody;
}

export interface TestServer {
  readonly instance: Instance;
  readonly etcd: MemoryEtcd;
  readonly certificates: Certificates;
  readonly admin: Person;
  readonly port: number;
  call(
    method: string,
    path: string,
    body?: unknown,
    options?: { as?: Person | null; headers?: Record<string, string> },
  ): Promise<Answer>;
  stop(): Promise<void>;
}

const writePem = (folder: string, name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** The real server on a free port of 127.0.0.1, over etcd in memory. */
export async function startTestServer(
  parts: {
    etcd?: MemoryEtcd;
    certificates?: Certificates;
    advertise?: string;
    flags?: readonly string[];
  } = {},
): Promise<TestServer> {
  const certificates = parts.certificates ?? (await createCertificates());
  const etcd = parts.etcd ?? new MemoryEtcd();
  const folder = mkdtempSync(join(tmpdir(), 'apiserver-'));
  const server = certificates.issue('kubernetes', ['Kubernetes']);
  const admin = certificates.issue('admin', ['system:masters']);
  const serviceAccountKey: KeyObject = certificates.key;
  const publicPem = createPublicKey(serviceAccountKey).export({ type: 'spki', format: 'pem' }).toString();
  const flags = parseArguments([
    `--advertise-address=${parts.advertise ?? '127.0.0.1'}`,
    '--bind-address=127.0.0.1',
    '--secure-port=0',
    '--authorization-mode=Node,RBAC',
    '--etcd-servers=http://127.0.0.1:1',
    '--service-account-issuer=https://kubernetes.default',
    '--service-cluster-ip-range=10.32.0.0/24',
    `--client-ca-file=${writePem(folder, 'ca.pem', certificates.ca)}`,
    `--tls-cert-file=${writePem(folder, 'kubernetes.pem', server.cert)}`,
    `--tls-private-key-file=${writePem(folder, 'kubernetes-key.pem', server.key)}`,
    `--kubelet-client-certificate=${join(folder, 'kubernetes.pem')}`,
    `--kubelet-client-key=${join(folder, 'kubernetes-key.pem')}`,
    `--kubelet-certificate-authority=${join(folder, 'ca.pem')}`,
    `--service-account-key-file=${writePem(folder, 'sa.pub', publicPem)}`,
    `--service-account-signing-key-file=${writePem(folder, 'sa.key', privateKeyToPem(serviceAccountKey))}`,
    '--disable-admission-plugins=ServiceAccount',
    ...(parts.flags ?? []),
  ]);
  const instance = await startInstance({
    options: completeOptions(flags),
    etcd,
    machinery: apiMachinery(servedResources({})),
    security: (registry) => assembleSecurity(flags, registry),
    clock: systemClock,
    log: createLogger({ format: 'klog', caller: 'test', level: 'error' }),
  });
  await instance.started;
  const { port } = instance;

  return {
    instance,
    etcd,
    certificates,
    admin,
    port,
    call(method, path, body, { as = admin, headers = {} } = {}) {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      return new Promise((resolve, reject) => {
        const request = httpsRequest(
          {
            host: '127.0.0.1',
            port,
            path,
            method,
            ca: certificates.ca,
            agent: false,
            ...(as === null ? {} : { cert: as.cert, key: as.key }),
            headers: {
              ...(text === undefined
                ? {}
                : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
              ...headers,
            },
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('end', () => {
              const content = Buffer.concat(chunks).toString('utf8');
              // A watch is a line of JSON an event, and the answer to HEAD has no body.
              const type = String(response.headers['content-type']);
              const isJson = type.includes('json') && /^[{[]/.test(content) && !content.endsWith('}\n');
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                text: content,
                body: (isJson ? JSON.parse(content) : {}) as AnswerBody,
              });
            });
          },
        );
        request.on('error', reject);
        request.end(text);
      });
    },
    async stop() {
      await instance.stop(200);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
