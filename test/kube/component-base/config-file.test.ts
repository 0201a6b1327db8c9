import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeConfig, readConfigFile } from '../../../src/kube/component-base/config-file.ts';
import { LabError } from '../../../src/lib/errors.ts';

const kind = {
  apiVersion: 'example.config.k8s.io/v1',
  kind: 'ExampleConfiguration',
  fields: {
    port: 'int',
    name: 'string',
    hosts: 'strings',
    taints: 'list',
    webhook: { enabled: 'boolean', cacheTTL: 'duration' },
  },
  unsupported: ['featureGates'],
} as const;

const decode = (lines: string) =>
  decodeConfig(`apiVersion: ${kind.apiVersion}\nkind: ${kind.kind}\n${lines}`, 'example.yaml', kind);

test('values come in the shape of the table, durations as milliseconds', () => {
  const { port, hosts, taints, webhook } = decode(
    'port: 10250\nhosts: [a, b]\ntaints: [{ key: k }]\nwebhook: { enabled: true, cacheTTL: 1m30s }',
  );
  expect({ port, hosts, taints, webhook }).toEqual({
    port: 10250,
    hosts: ['a', 'b'],
    taints: [{ key: 'k' }],
    webhook: { enabled: true, cacheTTL: 90_000 },
  });
});

test('what is left out or null is undefined, so that the default applies', () => {
  const { port, webhook } = decode('port:\nwebhook:\n  enabled: null\n');
  expect(port).toBeUndefined();
  expect(webhook?.enabled).toBeUndefined();
});

test.each([
  ['prot: 1', 'strict decoding error: unknown field "prot"'],
  ['webhook: { cacheTLT: 1s }', 'unknown field "webhook.cacheTLT"'],
  ['webhook: { featureGates: {} }', 'unknown field "webhook.featureGates"'],
  ['featureGates: {}', 'field "featureGates" is not supported'],
  ['constructor: {}', 'unknown field "constructor"'],
  ['port: "10250"', 'port: Invalid value: "10250": must be a whole number'],
  ['webhook: { enabled: "false" }', 'webhook.enabled: Invalid value: "false": must be true or false'],
  ['webhook: { cacheTTL: 90 }', 'webhook.cacheTTL: Invalid value: 90: must be a duration'],
  ['webhook: [1]', 'webhook: Invalid value: must be a map of fields'],
  ['hosts: [1]', 'hosts: Invalid value: [1]: must be a list of strings'],
  ['name: [', 'invalid YAML'],
])('%j is refused: %s', (lines, message) => {
  expect(() => decode(lines)).toThrow(message);
});

test('a misspelt field comes with the nearest one', () => {
  expect(() => decode('prot: 1')).toThrow(
    expect.objectContaining({ where: 'example.yaml', remedy: 'did you mean "port"?' }),
  );
});

test.each(['', 'a list', '- 1'])('%j holds no configuration', (text) => {
  expect(() => decodeConfig(text, 'example.yaml', kind)).toThrow('it should hold a ExampleConfiguration');
});

test('another kind or version is refused as upstream refuses what is not registered', () => {
  expect(() => decodeConfig('apiVersion: v1\nkind: Pod\n', 'example.yaml', kind)).toThrow(
    'no kind "Pod" is registered for version "v1"',
  );
});

test('a file that is not there is a LabError that says what to copy', () => {
  const file = join(import.meta.dirname, 'not-there', 'kubelet-config.yaml');
  expect(() => readConfigFile(file)).toThrow(LabError);
  expect(() => readConfigFile(file)).toThrow(
    expect.objectContaining({ remedy: 'copy kubelet-config.yaml to this machine' }),
  );
});
