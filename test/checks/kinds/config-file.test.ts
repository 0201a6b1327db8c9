import { describe, it } from 'vitest';
import { testKind } from '../fake-context.ts';

describe('the config-file check', () => {
  const { passes, fails } = testKind('config-file');
  const text =
    'kind: KubeletConfiguration\nauthentication:\n  anonymous: { enabled: false }\nclusterDNS: ["10.32.0.10"]\n';
  const spec = {
    path: 'k.yaml',
    fields: {
      '.kind': 'KubeletConfiguration',
      '.authentication.anonymous.enabled': false,
      '.clusterDNS[0]': '10.32.0.10',
    },
  };
  it('passes fields of every type', () => passes(spec, { files: { 'k.yaml': text } }));
  it('tells what is wrong', async () => {
    await fails(spec, {}, 'missing', 'k.yaml does not exist.');
    await fails(spec, { files: { 'k.yaml': 'a: [' } }, 'not-yaml', /^k\.yaml does not parse: /);
    await fails(
      {
        ...spec,
        fields: { '.clusterDomain': 'cluster.local' },
        why: { '.clusterDomain': 'Pods search there.' },
      },
      { files: { 'k.yaml': text } },
      'missing-field',
      'k.yaml lacks .clusterDomain. Pods search there.',
    );
    await fails(
      { ...spec, fields: { '.authentication.anonymous.enabled': true } },
      { files: { 'k.yaml': text } },
      'wrong-field',
      'k.yaml has .authentication.anonymous.enabled: false, and true is wanted.',
    );
    await fails({ ...spec, on: 'worker-0' }, { states: { 'worker-0': 'off' } }, 'machine-off', /off/);
    await fails(
      { ...spec, on: 'worker-0' },
      { states: { 'worker-0': 'missing' } },
      'machine-missing',
      /does not exist yet/,
    );
  });
});
