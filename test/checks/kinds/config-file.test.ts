import { describe, expect, it } from 'vitest';
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

  it('tells a file that was not written', async () => {
    await fails(spec, { files: { 'k.yaml': ' \n' } }, 'not-yaml', /^k\.yaml is empty: a copy broke off/);
    await fails(spec, { folders: ['k.yaml'] }, 'missing', 'k.yaml is a folder, and a file is wanted.');
    await fails(spec, { files: { 'k.yaml': '\x00\x01' } }, 'missing-field', 'k.yaml lacks .kind.');
    await fails(
      spec,
      { files: { 'k.yaml': 'a: 1\na: 2\n' } },
      'not-yaml',
      /^k\.yaml does not parse: Map keys must be unique/,
    );
  });
  it('tells a field that is misspelt, and a value in the place of a list', async () => {
    const lacks = (content: string, field: string, message: string) =>
      fails(
        { ...spec, fields: { [field]: 'x' } },
        { files: { 'k.yaml': content } },
        'missing-field',
        message,
      );
    await lacks('clusterDomian: x\n', 'clusterDomain', 'k.yaml lacks clusterDomain, but has clusterDomian.');
    await lacks(
      'a:\n  leaderElected: x\n',
      'a.leaderElect',
      'k.yaml lacks a.leaderElect, but has leaderElected.',
    );
    await lacks(
      'clusterDNS: x\n',
      'clusterDNS[0]',
      'k.yaml lacks clusterDNS[0]: clusterDNS is x, and a list is wanted.',
    );
    await lacks('clusterDNS: []\n', 'clusterDNS[0]', 'k.yaml lacks clusterDNS[0].');
    await lacks('other: x\n', '.a.b.c', 'k.yaml lacks .a.b.c.');
  });
  it('reads JSON as strictly as the programs that know nothing else', async () => {
    await fails(
      spec,
      { files: { 'k.yaml': '{\n  "type": "bridge"\n  "bridge": "cnio0"\n}\n' } },
      'not-yaml',
      /^k\.yaml does not parse: Expected ',' or '\}' after property value at line 3, column 3\.$/,
    );
    await fails(spec, { files: { 'k.yaml': '{ "type": "bridge", }' } }, 'not-yaml', /does not parse/);
  });
  it('reads JSON, and compares numbers and booleans as they are written', async () => {
    const fields = { 'ipam.ranges[0][0].subnet': '10.200.0.0/24', isGateway: true, mtu: 1500 };
    const json = JSON.stringify({
      ipam: { ranges: [[{ subnet: '10.200.0.0/24' }]] },
      isGateway: true,
      mtu: 1500,
    });
    await passes({ path: 'k.yaml', fields }, { files: { 'k.yaml': json } });
    await fails(
      { path: 'k.yaml', fields },
      { files: { 'k.yaml': json.replace('1500', '"1400"') } },
      'wrong-field',
      'k.yaml has mtu: 1400, and 1500 is wanted.',
    );
  });
  it('names every field that is wrong', async () => {
    const result = await fails(
      spec,
      { files: { 'k.yaml': 'kind: Pod\nclusterDNS: []\n' } },
      'wrong-field',
      'k.yaml has .kind: Pod, and KubeletConfiguration is wanted.',
    );
    expect(result.also.map(({ message }) => message)).toEqual([
      'k.yaml lacks .authentication.anonymous.enabled.',
      'k.yaml lacks .clusterDNS[0].',
    ]);
  });
});
