import { describe, expect, it } from 'vitest';
import { applyDefaults } from '../../../src/kube/api/defaults/defaults.ts';
import { findKind, gvkOf } from '../../../src/kube/api/resources.ts';
import { duplicateFields } from '../../../src/kube/api/validation/duplicates.ts';
import { type FieldError, fieldErrorBody } from '../../../src/kube/api/validation/field-error.ts';
import {
  canonicalizeQuantities,
  pruneUnknownFields,
  typeError,
  unknownFields,
} from '../../../src/kube/api/validation/schema.ts';
import {
  type ValidatableObject,
  validateCreate,
  validateUpdate,
} from '../../../src/kube/api/validation/validate.ts';

type Body = ValidatableObject & Record<string, unknown>;

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'nginx' }] },
};

function deployment(spec: object = {}): Body {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'web' } }, template, ...spec },
  };
}

function pod(spec: object = {}, metadata: object = {}): Body {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec: { containers: [{ name: 'web', image: 'nginx' }], ...spec },
  };
}

function service(spec: object): Body {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec };
}

function defaulted(object: Body): Body {
  const copy = structuredClone(object);
  applyDefaults(gvkOf(copy), copy);
  return copy;
}

function joined(errors: readonly FieldError[]): string {
  return errors.map((error) => `${error.field}: ${fieldErrorBody(error)}`).join(', ');
}

function messageOf(object: Body): string {
  return joined(validateCreate(findKind(gvkOf(object))!, defaulted(object)));
}

function updateMessage(object: Body, old: Body): string {
  return joined(validateUpdate(findKind(gvkOf(object))!, defaulted(object), defaulted(old)));
}

describe('validateCreate', () => {
  it.each<[string, Body]>([
    ['deployment', deployment()],
    ['pod', pod()],
    ['service', service({ ports: [{ port: 80 }] })],
    ['headless service', service({ clusterIP: 'None' })],
    [
      'role',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'system:node' },
        rules: [],
      } as Body,
    ],
  ])('takes a good %s', (_, object) => {
    expect(validateCreate(findKind(gvkOf(object))!, defaulted(object))).toEqual([]);
  });

  it.each<[Body, string]>([
    [
      pod({}, { name: 'Web_1' }),
      `metadata.name: Invalid value: "Web_1": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [pod({}, { name: undefined }), 'metadata.name: Required value: name or generateName is required'],
    [pod({ containers: [] }), 'spec.containers: Required value'],
    [pod({ containers: [{ name: 'a' }] }), 'spec.containers[0].image: Required value'],
    [
      pod({
        containers: [
          { name: 'a', image: 'i' },
          { name: 'a', image: 'i' },
        ],
      }),
      'spec.containers[1].name: Duplicate value: "a"',
    ],
    [
      pod({ containers: [{ name: 'a', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      pod({ containers: [{ name: 'a', image: 'i', ports: [{ containerPort: 70000 }] }] }),
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      pod({
        containers: [{ name: 'a', image: 'i', resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }],
      }),
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      pod({ restartPolicy: 'Sometimes' }),
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"',
    ],
    [deployment({ replicas: -1 }), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [
      deployment({ selector: { matchLabels: { app: 'other' } } }),
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
    [deployment({ selector: undefined }), 'spec.selector: Required value'],
    [service({}), 'spec.ports: Required value'],
    [service({ ports: [{ port: 1 }, { port: 2, name: 'b' }] }), 'spec.ports[0].name: Required value'],
  ])('%#', (object, want) => {
    expect(messageOf(object)).toBe(want);
  });

  it('tells several errors', () => {
    expect(messageOf(pod({ containers: [{ name: 'a' }, { name: 'b' }] }))).toBe(
      'spec.containers[0].image: Required value, spec.containers[1].image: Required value',
    );
  });
});

describe('validateUpdate', () => {
  it('lets a pod change its image and nothing else', () => {
    expect(
      updateMessage(
        pod({ containers: [{ name: 'web', image: 'nginx:2', imagePullPolicy: 'Always' }] }),
        pod(),
      ),
    ).toBe('');
    expect(updateMessage(pod({ nodeName: 'other' }), pod())).toMatch(
      /^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`/,
    );
  });

  it.each<[Body, Body, string]>([
    [
      deployment({
        selector: { matchLabels: { app: 'web', a: 'b' } },
        template: { ...template, metadata: { labels: { app: 'web', a: 'b' } } },
      }),
      deployment(),
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","a":"b"}}: field is immutable',
    ],
    [
      service({ clusterIP: '10.32.0.9', ports: [{ port: 80 }] }),
      service({ clusterIP: '10.32.0.8', ports: [{ port: 80 }] }),
      'spec.clusterIPs[0]: Invalid value: "10.32.0.9": may not change once set',
    ],
  ])('%#', (object, old, want) => {
    expect(updateMessage(object, old)).toBe(want);
  });

  it('freezes immutable data', () => {
    const map = (data: object, immutable: boolean): Body => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'default' },
      data,
      immutable,
    });
    expect(updateMessage(map({ a: '2' }, true), map({ a: '1' }, true))).toBe(
      'data: Forbidden: field is immutable when `immutable` is set',
    );
  });
});

describe('schemas', () => {
  const wrong = deployment({
    replica: 1,
    template: { spec: { containers: [{ name: 'a', image: 'i', imagee: 'x' }] } },
  });

  it('names unknown fields and takes them out', () => {
    expect(unknownFields(wrong)).toEqual([
      'unknown field "spec.template.spec.containers[0].imagee"',
      'unknown field "spec.replica"',
    ]);
    const copy = structuredClone(wrong);
    pruneUnknownFields(copy);
    expect(unknownFields(copy)).toEqual([]);
  });

  it('says a wrong type as the decoder does', () => {
    const object = deployment({ replicas: 'two' });
    expect(typeError(object)).toBe(
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
    expect(typeError(deployment())).toBeUndefined();
  });

  it('writes quantities as Go does, and refuses what is none', () => {
    const object = pod({
      containers: [
        {
          name: 'a',
          image: 'i',
          resources: { limits: { cpu: 0.5, memory: '1024Mi' }, requests: { cpu: 1 } },
        },
      ],
      volumes: [{ name: 'v', emptyDir: { sizeLimit: '1000k' } }],
    });
    expect(typeError(object)).toBeUndefined();
    canonicalizeQuantities(object);
    expect(object.spec).toMatchObject({
      containers: [{ resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '1' } } }],
      volumes: [{ emptyDir: { sizeLimit: '1M' } }],
    });
    const wrong = pod({ containers: [{ name: 'a', image: 'i', resources: { limits: { cpu: 'lots' } } }] });
    expect(typeError(wrong)).toMatch(/^quantities must match the regular expression/);
  });

  it('finds keys that stand twice', () => {
    expect(duplicateFields('{"a":1,"b":{"c":"x,}","c":[{"d":1,"d":2}]},"a":"\\""}')).toEqual([
      'duplicate field "b.c"',
      'duplicate field "b.c[0].d"',
      'duplicate field "a"',
    ]);
    expect(duplicateFields('{"a":[{"b":1},{"b":2}], "c":{}}')).toEqual([]);
    expect(duplicateFields('{"\\u0061": 1, "a" : "\\\\", "a": ["a", ":", {"x" : []}]}')).toEqual([
      'duplicate field "a"',
    ]);
  });
});
