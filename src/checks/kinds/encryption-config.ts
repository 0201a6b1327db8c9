import { parse } from 'yaml';
import { absence } from '../absence.ts';
import {
  expandHosts,
  type MachineReason,
  machineReasons,
  machineTrouble,
  place,
  readHostText,
} from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec, Finding } from '../types.ts';
import { jumpbox } from '../types.ts';

type ContentReason =
  | 'not-yaml'
  | 'wrong-kind'
  | 'no-secrets'
  | 'no-providers'
  | 'wrong-first-provider'
  | 'wrong-key-name'
  | 'not-base64'
  | 'wrong-key-length'
  | 'no-identity'
  | 'identity-not-last';
type Reason = MachineReason | ContentReason | 'missing' | 'copies-differ';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  missing: 'the file is not there',
  'not-yaml': 'the file is not YAML',
  'wrong-kind': 'the file is of another kind',
  'no-secrets': 'secrets are not among the resources to encrypt',
  'no-providers': 'there is no list of providers',
  'wrong-first-provider': 'the first provider, which encrypts, is not aescbc',
  'wrong-key-name': 'the key has another name',
  'not-base64': 'the key is not base64',
  'wrong-key-length': 'the key does not have 32 bytes',
  'no-identity': 'the provider identity is missing',
  'identity-not-last': 'the provider identity does not come last',
  'copies-differ': 'the controllers do not have the same configuration',
};

/** Fields as somebody wrote them: nothing is known of their types. */
type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What is wrong in the text of an encryption configuration. Models apiserver's encryptionconfig and its kinds. */
function examine(text: string, where: string, keyName: string): Finding<ContentReason>[] {
  const remedy = 'write the file again with the commands of this step';
  const finding = (
    reason: ContentReason,
    message: string,
    expected: string,
    found: string,
  ): Finding<ContentReason>[] => [
    { reason, message: `${where}: ${message}`, expected, found, where, remedy },
  ];
  if (text.trim() === '')
    return finding(
      'not-yaml',
      'it is empty: the command that should have written it failed.',
      'YAML',
      'nothing',
    );
  let data: Fields;
  try {
    data = fieldsOf(parse(text));
  } catch (error) {
    const found = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
    return finding('not-yaml', `it is not YAML: ${found}`, 'YAML', found);
  }
  if (data.kind !== 'EncryptionConfig' && data.kind !== 'EncryptionConfiguration')
    return finding(
      'wrong-kind',
      `the kind is ${String(data.kind ?? '(none)')}; the API server reads EncryptionConfig or EncryptionConfiguration only.`,
      'kind: EncryptionConfig',
      `kind: ${String(data.kind ?? '(none)')}`,
    );
  const rules = listOf(data.resources).map(fieldsOf);
  const rule = rules.find((candidate) => listOf(candidate.resources).includes('secrets'));
  if (rule === undefined)
    return finding(
      'no-secrets',
      'secrets are not among the resources, so they would stand in etcd as plain text.',
      'resources: [secrets]',
      JSON.stringify(rules.flatMap((candidate) => listOf(candidate.resources))),
    );
  const providers = listOf(rule.providers).map(fieldsOf);
  const names = providers.map((provider) => Object.keys(provider)[0] ?? '(none)');
  if (providers.length === 0)
    return finding('no-providers', 'there is no list of providers.', 'aescbc, identity', 'none');
  const found = names.join(', ');
  if (names[0] !== 'aescbc')
    return finding(
      'wrong-first-provider',
      `the first provider is ${names[0]}: the API server writes with the first, ${
        names[0] === 'identity' ? 'and identity writes plain text.' : 'and aescbc is wanted here.'
      }`,
      'aescbc first',
      found,
    );
  const key = fieldsOf(listOf(fieldsOf(providers[0]!.aescbc).keys)[0]);
  if (key.name !== keyName)
    return finding(
      'wrong-key-name',
      `the first key is named ${String(key.name ?? '(none)')}: the name stands before every value in etcd, and ${keyName} is looked for there.`,
      `name: ${keyName}`,
      `name: ${String(key.name ?? '(none)')}`,
    );
  const secret = String(key.secret ?? '');
  if (secret === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(secret) || secret.length % 4 !== 0)
    return finding(
      'not-base64',
      `the secret of ${keyName} is not base64: the variable with the key was empty, or the text is damaged.`,
      '32 bytes in base64',
      secret === '' ? 'nothing' : `${secret.length} characters`,
    );
  const bytes = Buffer.from(secret, 'base64').length;
  if (bytes !== 32)
    return finding(
      'wrong-key-length',
      `the secret of ${keyName} has ${bytes} bytes, and 32 are wanted: that is AES-256.`,
      '32 bytes',
      `${bytes} bytes`,
    );
  const identity = names.indexOf('identity');
  if (identity === -1)
    return finding(
      'no-identity',
      'the provider identity is missing: what was written before encryption was on could not be read any more.',
      'aescbc, identity',
      found,
    );
  if (identity !== names.length - 1)
    return finding('identity-not-last', 'identity must come last.', 'identity last', found);
  return [];
}

/** Hosts whose file means something else than that of most, with one of those; comments and spaces do not count. */
function oddOnes(texts: ReadonlyMap<string, string>): { readonly host: string; readonly other: string }[] {
  const groups = new Map<string, string[]>();
  for (const [host, text] of texts) {
    const meaning = meaningOf(text);
    groups.set(meaning, [...(groups.get(meaning) ?? []), host]);
  }
  const [most, ...rest] = [...groups.values()].sort((a, b) => b.length - a.length);
  return rest.flat().map((host) => ({ host, other: most![0]! }));
}

function meaningOf(text: string): string {
  try {
    return JSON.stringify(parse(text)) ?? text;
  } catch {
    return text;
  }
}

/** The file that encrypts secrets at rest. Parameters: `path`; `on` (hosts, default the jumpbox; `controllers` for all); `keyName` (default key1). */
export const encryptionConfigKind: CheckKind<Reason> = {
  kind: 'encryption-config',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const path = parameters.string('path');
    const on = parameters.optionalList('on') ?? [jumpbox];
    const keyName = parameters.optionalString('keyName') ?? 'key1';
    parameters.finish();
    return async (context) => {
      const findings: Finding<Reason>[] = [];
      const texts = new Map<string, string>();
      for (const host of expandHosts(on, context.topology)) {
        const trouble = await machineTrouble(context, host);
        if (trouble !== undefined) {
          findings.push(trouble);
          continue;
        }
        const text = await readHostText(context, host, path);
        const where = place(host, path);
        if (text === undefined) {
          const again = host === jumpbox ? 'write it with the commands of this step' : `copy it to ${host}`;
          const { says, found, remedy } = await absence(context, host, path, again);
          findings.push({
            reason: 'missing',
            message: `${where} ${says}: an API server that is given it does not start.`,
            expected: path,
            found,
            where,
            remedy,
          });
          continue;
        }
        texts.set(host, text);
        findings.push(...examine(text, where, keyName));
      }
      for (const { host, other } of oddOnes(texts)) {
        findings.push({
          reason: 'copies-differ',
          message: `${place(host, path)} says something else than ${place(other, path)}: what one API server encrypts the other could not read.`,
          expected: `what ${other} has`,
          found: 'other content',
          where: place(host, path),
          remedy: 'make the file once and copy that one to every controller',
        });
      }
      return findings;
    };
  },
};
