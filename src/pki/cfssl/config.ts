import { parseDuration } from '../../lib/flags.ts';
import type { KeyUsage } from '../issue.ts';
import { CfsslError, errorCodes } from './errors.ts';
import {
  asArray,
  asBool,
  asInt,
  asObject,
  asString,
  field,
  type JsonObject,
  JsonSyntaxError,
  parseGoJson,
} from './go-json.ts';

/** A signing profile of ca-config.json. Models config.SigningProfile of cfssl. */
export interface Profile {
  readonly usages: readonly string[];
  readonly expiryMs: number;
  readonly backdateMs: number;
  /** Undefined: not a CA. */
  readonly ca?: { readonly pathLength?: number };
}

export interface SigningConfig {
  readonly default: Profile;
  readonly profiles: Readonly<Record<string, Profile>>;
}

/** Models the tables KeyUsage and ExtKeyUsage in config/config.go of cfssl. */
const keyUsages: Readonly<Record<string, KeyUsage>> = {
  signing: 'digitalSignature',
  'digital signature': 'digitalSignature',
  'content commitment': 'nonRepudiation',
  'key encipherment': 'keyEncipherment',
  'key agreement': 'keyAgreement',
  'data encipherment': 'dataEncipherment',
  'cert sign': 'keyCertSign',
  'crl sign': 'cRLSign',
  'encipher only': 'encipherOnly',
  'decipher only': 'decipherOnly',
};

const extKeyUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': 'serverAuth',
  'client auth': 'clientAuth',
  'code signing': 'codeSigning',
  'email protection': 'emailProtection',
  's/mime': 'emailProtection',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: 'timeStamping',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

export function resolveUsages(usages: readonly string[]): {
  keyUsage: readonly KeyUsage[];
  extKeyUsage: readonly string[];
} {
  return {
    keyUsage: [...new Set(usages.flatMap((usage) => keyUsages[usage] ?? []))],
    extKeyUsage: [...new Set(usages.flatMap((usage) => extKeyUsages[usage] ?? []))],
  };
}

const hourMs = 3_600_000;
export const defaultProfile: Profile = {
  usages: ['signing', 'key encipherment', 'server auth', 'client auth'],
  expiryMs: 8760 * hourMs,
  backdateMs: 5 * 60_000,
};

/** Five years to sign certificates and revocation lists. Models initca.CAPolicy. */
export const caProfile: Profile = {
  usages: ['cert sign', 'crl sign'],
  expiryMs: 43_800 * hourMs,
  backdateMs: 5 * 60_000,
  ca: {},
};

/** Go's time.ParseDuration with its error texts. */
export function goDuration(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined) return value;
  const quoted = JSON.stringify(text);
  const unit = /^[+-]?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))*\d+(?:\.\d+)?([^\d.]*)/.exec(text)?.[1];
  if (unit === undefined) throw new CfsslError(`time: invalid duration ${quoted}`);
  if (unit === '') throw new CfsslError(`time: missing unit in duration ${quoted}`);
  throw new CfsslError(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
}

const invalidPolicy = (message: string) => new CfsslError(message, errorCodes.invalidPolicy);

/** Settings that change what is signed and that this cfssl does not have: refused by name rather than skipped. */
const unsupported = [
  'issuer_urls',
  'ocsp_url',
  'crl_url',
  'ocsp_no_check',
  'auth_key',
  'prev_auth_key',
  'remote',
  'auth_remote',
  'not_before',
  'not_after',
  'name_whitelist',
  'ct_log_servers',
  'allowed_extensions',
  'cert_store',
  'copy_extensions',
  'lint_error_level',
];

function parseProfile(value: unknown, isDefault: boolean): Profile {
  const profile: JsonObject = asObject(value, 'Signing.signing.profiles', 'config.SigningProfile');
  for (const name of unsupported) {
    if (field(profile, name) !== undefined) throw invalidPolicy(`${name} is not supported by this cfssl`);
  }
  const expiry = asString(field(profile, 'expiry'), 'SigningProfile.signing.profiles.expiry');
  if (expiry === '') throw invalidPolicy('empty expiry string');
  const usages = asArray(field(profile, 'usages'), 'SigningProfile.signing.profiles.usages', '[]string').map(
    (usage) => asString(usage, 'SigningProfile.signing.profiles.usages'),
  );
  const resolved = resolveUsages(usages);
  if (!isDefault && resolved.keyUsage.length === 0 && resolved.extKeyUsage.length === 0)
    throw invalidPolicy('invalid configuration');
  const backdate = asString(field(profile, 'backdate'), 'SigningProfile.signing.profiles.backdate');
  const constraint = asObject(
    field(profile, 'ca_constraint'),
    'SigningProfile.signing.profiles.ca_constraint',
    'config.CAConstraint',
  );
  const pathLength = asInt(field(constraint, 'max_path_len'), 'CAConstraint.max_path_len');
  const pathLengthZero = asBool(field(constraint, 'max_path_len_zero'), 'CAConstraint.max_path_len_zero');
  let expiryMs: number;
  try {
    expiryMs = goDuration(expiry);
  } catch (error) {
    throw error instanceof CfsslError ? invalidPolicy(error.message) : error;
  }
  return {
    usages,
    expiryMs,
    backdateMs: backdate === '' ? 5 * 60_000 : goDuration(backdate),
    ...(asBool(field(constraint, 'is_ca'), 'CAConstraint.is_ca')
      ? { ca: pathLength !== 0 || pathLengthZero ? { pathLength } : {} }
      : {}),
  };
}

/** Reads ca-config.json. Throws CfsslError. Models config.LoadConfig. */
export function parseConfig(text: string): SigningConfig {
  try {
    const signing = field(asObject(parseGoJson(text), '', 'config.Config'), 'signing');
    if (signing === undefined) throw new CfsslError('No "signing" field present');
    const object = asObject(signing, 'Config.signing', 'config.Signing');
    const fallback = field(object, 'default');
    const profiles = asObject(
      field(object, 'profiles'),
      'Signing.signing.profiles',
      'map[string]*config.SigningProfile',
    );
    return {
      default: fallback === undefined ? defaultProfile : parseProfile(fallback, true),
      profiles: Object.fromEntries(
        Object.entries(profiles).map(([name, profile]) => [name, parseProfile(profile, false)]),
      ),
    };
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw invalidPolicy(`failed to unmarshal configuration: ${error.message}`);
    throw error;
  }
}

/** A name that no profile has means the default profile, as upstream: which, without usages, then cannot sign. */
export const selectProfile = (config: SigningConfig, name: string): Profile =>
  Object.hasOwn(config.profiles, name) ? config.profiles[name]! : config.default;
