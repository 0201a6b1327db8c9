import { parse } from 'yaml';
import { LabError } from '../../../lib/errors.ts';
import { isRecord } from '../../../lib/is-record.ts';
import {
  aesCbcTransformer,
  aesGcmTransformer,
  type EncryptionKey,
  identityTransformer,
  type PrefixTransformer,
  prefixTransformers,
  type Transformer,
} from './transformer.ts';

const plainTransformer = prefixTransformers([identityTransformer]);

/** The transformer of a resource, by group and plural name. */
export type TransformerFor = (group: string, resource: string) => Transformer;

export const noEncryption: TransformerFor = () => plainTransformer;

const remedy = 'correct the file given by --encryption-provider-config';

/**
 * Reads an EncryptionConfiguration (apiserver.config.k8s.io/v1; the old spelling kind EncryptionConfig, apiVersion v1
 * as well). Throws {@link LabError} that names the field. Models pkg/server/options/encryptionconfig.
 */
export function parseEncryptionConfig(text: string, file: string): TransformerFor {
  const fail = (field: string, what: string) => new LabError(`${field}: ${what}`, { where: file, remedy });
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new LabError('error decoding encryption provider configuration', {
      where: file,
      remedy: `the file must be YAML or JSON: ${String(error).split('\n')[0]}`,
    });
  }
  if (!isRecord(document)) throw fail('(root)', 'an object of kind EncryptionConfiguration is required');
  const { kind, apiVersion, resources } = document;
  const current = kind === 'EncryptionConfiguration' && apiVersion === 'apiserver.config.k8s.io/v1';
  const historical = kind === 'EncryptionConfig' && apiVersion === 'v1';
  if (!current && !historical) {
    throw fail(
      'kind',
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}; ` +
        'expected EncryptionConfiguration of apiserver.config.k8s.io/v1',
    );
  }
  if (!Array.isArray(resources) || resources.length === 0) {
    throw fail('resources', 'at least one resource and its providers are required');
  }

  const rules = resources.map((entry: unknown, index) => {
    const at = `resources[${index}]`;
    if (!isRecord(entry) || !Array.isArray(entry.resources) || entry.resources.length === 0) {
      throw fail(`${at}.resources`, 'a list of resource names is required');
    }
    if (!Array.isArray(entry.providers) || entry.providers.length === 0) {
      throw fail(`${at}.providers`, 'at least one provider is required');
    }
    const providers = entry.providers.flatMap((provider: unknown, place) =>
      parseProvider(provider, `${at}.providers[${place}]`, fail),
    );
    return { names: entry.resources.map(String), transformer: prefixTransformers(providers) };
  });

  return (group, resource) => {
    const name = group === '' ? resource : `${resource}.${group}`;
    const rule = rules.find(({ names }) =>
      names.some(
        (pattern) =>
          pattern === name || pattern === '*.*' || pattern === (group === '' ? '*.' : `*.${group}`),
      ),
    );
    return rule?.transformer ?? plainTransformer;
  };
}

function parseProvider(
  provider: unknown,
  at: string,
  fail: (field: string, what: string) => LabError,
): PrefixTransformer[] {
  if (!isRecord(provider)) throw fail(at, 'a provider is required');
  const kinds = Object.keys(provider);
  if (kinds.length !== 1) throw fail(at, 'provider has to contain exactly one of its kinds');
  const kind = kinds[0]!;
  switch (kind) {
    case 'identity':
      return [identityTransformer];
    case 'aescbc':
      // Upstream's CBC takes 32 bytes only; GCM takes every AES key size.
      return parseKeys(provider[kind], `${at}.aescbc`, [32], fail).map((key) => aesCbcTransformer(key));
    case 'aesgcm':
      return parseKeys(provider[kind], `${at}.aesgcm`, [16, 24, 32], fail).map((key) =>
        aesGcmTransformer(key),
      );
    case 'secretbox':
    case 'kms':
      throw fail(`${at}.${kind}`, 'this provider is not supported here; use aescbc, aesgcm or identity');
    default:
      throw fail(`${at}.${kind}`, 'unknown provider; there are aescbc, aesgcm and identity');
  }
}

function parseKeys(
  config: unknown,
  at: string,
  sizes: readonly number[],
  fail: (field: string, what: string) => LabError,
): EncryptionKey[] {
  if (!isRecord(config) || !Array.isArray(config.keys) || config.keys.length === 0) {
    throw fail(`${at}.keys`, 'at least one key is required');
  }
  return config.keys.map((key: unknown, index) => {
    const field = `${at}.keys[${index}]`;
    if (!isRecord(key)) throw fail(field, 'a name and a secret are required');
    if (typeof key.name !== 'string' || key.name === '') throw fail(`${field}.name`, 'a name is required');
    if (key.name.includes(':')) throw fail(`${field}.name`, "a name must not contain ':'");
    if (typeof key.secret !== 'string' || key.secret === '') {
      throw fail(`${field}.secret`, 'the secret is required: 32 random bytes in base64');
    }
    const secret = Buffer.from(key.secret, 'base64');
    if (!/^[A-Za-z0-9+/]+={0,2}\s*$/.test(key.secret)) {
      throw fail(`${field}.secret`, 'secret must be base64 encoded');
    }
    if (!sizes.includes(secret.length)) {
      throw fail(
        `${field}.secret`,
        `secret is not of the expected length, got ${secret.length}, expected one of ${sizes.join(', ')} bytes`,
      );
    }
    return { name: key.name, secret };
  });
}
