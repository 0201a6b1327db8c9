import { expect, test } from 'vitest';
import { explanation } from '../../../../../src/kube/kubectl/commands/about/explain.ts';

const schemas = {
  'io.k8s.api.core.v1.Thing': {
    description: 'A thing.',
    type: 'object',
    required: ['spec'],
    properties: {
      spec: {
        description: 'What is wanted.',
        allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Spec' }],
      },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
    },
  },
  'io.k8s.api.core.v1.Spec': {
    description: 'The spec of a thing.',
    type: 'object',
    properties: {
      mode: { type: 'string', description: 'How.', enum: ['Fast', 'Slow'] },
      parts: { type: 'array', items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Spec' } },
    },
  },
};
const kind = schemas['io.k8s.api.core.v1.Thing'];

test('a kind is told with its fields, their types, and which must be there', () => {
  expect(explanation(schemas, kind, [], false)).toBe(
    'DESCRIPTION:\n    A thing.\n    \nFIELDS:\n  labels\t<map[string]string>\n    <no description>\n\n  spec\t<Spec> -required-\n    What is wanted.\n\n\n',
  );
});

test('a field is told with what its type says, and its values when there are few', () => {
  expect(explanation(schemas, kind, ['spec', 'mode'], false)).toBe(
    'FIELD: mode <string>\n\n\nDESCRIPTION:\n    How.\n    \n\nENUM:\n    Fast\n    Slow\n\n',
  );
  expect(explanation(schemas, kind, ['spec', 'parts'], false)).toContain('FIELD: parts <[]Spec>');
  expect(explanation(schemas, kind, ['spec'], false)).toContain(
    '    What is wanted.\n    The spec of a thing.\n',
  );
});

test('a field that is not there is said', () => {
  expect(() => explanation(schemas, kind, ['spec', 'nope'], false)).toThrow('field "nope" does not exist');
});
