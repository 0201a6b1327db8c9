import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeMessage,
  decodeProtobuf,
  isProtobuf,
  type JsonObject,
} from '../../../src/kube/api/protobuf/decode.ts';
import { tables } from '../../../src/kube/api/protobuf/generated/index.ts';
import { findMessage, messageOf } from '../../../src/kube/api/protobuf/messages.ts';
import { formatGoDuration, parseGoDuration } from '../../../src/kube/api/protobuf/time.ts';
import { findKubectl, runKubectl } from './discovery-server.ts';
import { encodeMessage, encodeProtobuf } from './protobuf-encoder.ts';

/** Typed clients send protobuf from kubectl 1.32 on. */
const found = findKubectl();
const kubectl = found !== undefined && found.minor >= 32 ? found.command : undefined;

const messageIds = Object.entries(tables).flatMap(([table, messages]) =>
  Object.keys(messages).map((name) => `${table}.${name}`),
);

describe('tables', () => {
  it('names only messages that exist', () => {
    for (const id of messageIds) {
      for (const field of messageOf(id).fields) {
        const type = field.type.kind === 'list' || field.type.kind === 'map' ? field.type.item : field.type;
        if (type.kind === 'message') expect(findMessage(type.id), `${id}.${field.name}`).toBeDefined();
      }
    }
  });

  it('uses each number once in a message', () => {
    for (const id of messageIds) expect(messageOf(id).byNumber.size).toBe(messageOf(id).fields.length);
  });
});

describe('decode and encode', () => {
  const pod: JsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      labels: { app: 'web' },
      creationTimestamp: '2025-01-31T08:00:00Z',
    },
    spec: {
      terminationGracePeriodSeconds: 0,
      volumes: [
        { name: 'empty', emptyDir: {} },
        { name: 'config', configMap: { name: 'settings', defaultMode: 420 } },
      ],
      containers: [
        {
          name: 'web',
          image: 'k8s-lab/web',
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '500m' } },
          livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
          readinessProbe: { httpGet: { port: 80 } },
          env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
        },
      ],
    },
  };

  it('brings a pod back, embedded messages and all', () => {
    expect(decodeProtobuf(encodeProtobuf(pod)!)).toEqual(pod);
  });

  it('keeps a zero that a pointer holds and drops one that is merely unset', () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { replicas: 0, minReadySeconds: 0 },
    };
    const decoded = decodeProtobuf(encodeProtobuf(deployment)!) as { spec: JsonObject };
    expect(decoded.spec.replicas).toBe(0);
    expect(decoded.spec).not.toHaveProperty('minReadySeconds');
  });

  it('finds the meta/v1 kinds in every group', () => {
    const options = {
      apiVersion: 'apps/v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Background',
    };
    expect(decodeProtobuf(encodeProtobuf(options)!)).toEqual(options);
  });

  it('carries micro times, extras and raw objects', () => {
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'n', managedFields: [{ manager: 'm', fieldsV1: { 'f:spec': {} } }] },
      spec: { holderIdentity: 'a', renewTime: '2025-01-31T08:00:00.123456Z' },
    };
    expect(decodeProtobuf(encodeProtobuf(lease)!)).toEqual(lease);
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: 'u', extra: { scopes: ['a', 'b'] } },
    };
    expect(decodeProtobuf(encodeProtobuf(review)!)).toMatchObject(review);
  });

  it('skips numbers it does not know', () => {
    // Field 1000 (a varint), then name = "a".
    const bytes = Buffer.from([0xc0, 0x3e, 0x07, 0x0a, 0x01, 0x61]);
    expect(decodeMessage(messageOf('core-v1.LocalObjectReference'), bytes)).toEqual({ name: 'a' });
  });

  it('answers a cut message with an error, never with half an object', () => {
    const body = encodeProtobuf(pod)!;
    expect(() => decodeProtobuf(body.subarray(0, body.length - 10))).toThrow('unexpected EOF');
    expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow('does not appear to be a protobuf message');
  });

  it('survives any JSON strings and numbers (property)', () => {
    const message = messageOf('core-v1.ConfigMap');
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.string()),
        fc.dictionary(
          fc.string(),
          fc.uint8Array().map((b) => Buffer.from(b).toString('base64')),
        ),
        fc.boolean(),
        (data, binaryData, immutable) => {
          const object = { data, binaryData, immutable };
          const back = decodeMessage(message, encodeMessage(message, object)) as typeof object;
          expect(back.data ?? {}).toEqual(Object.fromEntries(Object.entries(data)));
          expect(back.binaryData ?? {}).toEqual(Object.fromEntries(Object.entries(binaryData)));
          expect(back.immutable).toBe(immutable);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads what it writes of any int64 (property)', () => {
    const message = messageOf('meta-v1.DeleteOptions');
    fc.assert(
      fc.property(fc.maxSafeInteger(), (gracePeriodSeconds) => {
        expect(decodeMessage(message, encodeMessage(message, { gracePeriodSeconds }))).toEqual({
          gracePeriodSeconds,
        });
      }),
    );
  });
});

describe('durations', () => {
  it.each([
    ['0s', 0n],
    ['1m0s', 60_000_000_000n],
    ['1h15m30.918s', 4_530_918_000_000n],
    ['1.5ms', 1_500_000n],
    ['-2s', -2_000_000_000n],
  ])('%s', (text, nanoseconds) => {
    expect(parseGoDuration(text)).toBe(nanoseconds);
    expect(formatGoDuration(nanoseconds)).toBe(text);
  });
});

describe.skipIf(kubectl === undefined)('what a real kubectl sends', () => {
  const bodies: { path: string; body: Buffer }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      bodies.push({ path: request.url!.split('?')[0]!, body });
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isProtobuf(body) ? decodeProtobuf(body) : {}));
    });
  });
  let home = '';

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'k8s-lab-protobuf-'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
    rmSync(home, { recursive: true, force: true });
  });

  it.each([
    [
      'create deployment web --image=nginx --replicas=2 --port=80',
      '/apis/apps/v1/namespaces/default/deployments',
      'Deployment',
    ],
    ['create namespace team', '/api/v1/namespaces', 'Namespace'],
    ['create secret generic s --from-literal=k=v', '/api/v1/namespaces/default/secrets', 'Secret'],
    ['create configmap c --from-literal=k=v', '/api/v1/namespaces/default/configmaps', 'ConfigMap'],
    ['create service nodeport n --tcp=80:8080', '/api/v1/namespaces/default/services', 'Service'],
    [
      'create token default --duration=10m',
      '/api/v1/namespaces/default/serviceaccounts/default/token',
      'TokenRequest',
    ],
  ])('%s', async (command, path, kind) => {
    const { port } = server.address() as AddressInfo;
    bodies.length = 0;
    await runKubectl(kubectl!, home, `http://127.0.0.1:${port}`, command.split(' '));
    const sent = bodies.find((b) => b.path === path);
    expect(sent, `paths: ${bodies.map((b) => b.path).join(' ')}`).toBeDefined();
    expect(isProtobuf(sent!.body)).toBe(true);
    const object = decodeProtobuf(sent!.body);
    expect(object.kind).toBe(kind);
    expect(object).toMatchSnapshot();
    // Go writes what our encoder writes: the same bytes.
    expect(encodeProtobuf(object)!.toString('hex')).toBe(sent!.body.toString('hex'));
  });
});
