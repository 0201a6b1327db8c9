import { describe, expect, it } from 'vitest';
import { goDuration, parseConfig, resolveUsages, selectProfile } from '../../../src/pki/cfssl/config.ts';

const config = (profile: object, fallback?: object) =>
  JSON.stringify({ signing: { ...(fallback && { default: fallback }), profiles: { p: profile } } });
const usages = ['signing', 'server auth'];

describe('durations', () => {
  it.each([
    ['8760h', 8760 * 3_600_000],
    ['1h30m', 90 * 60_000],
    ['1.5h', 90 * 60_000],
    ['.5m', 30_000],
    ['+2s', 2000],
    ['-24h', -24 * 3_600_000],
    ['0', 0],
    ['100ms', 100],
  ])('%s', (text, ms) => expect(goDuration(text)).toBe(ms));
  it.each([
    ['8760', 'time: missing unit in duration "8760"'],
    ['1h30', 'time: missing unit in duration "1h30"'],
    ['1 year', 'time: unknown unit " year" in duration "1 year"'],
    ['365d', 'time: unknown unit "d" in duration "365d"'],
    ['h', 'time: invalid duration "h"'],
    ['forever', 'time: invalid duration "forever"'],
    ['', 'time: invalid duration ""'],
  ])('refuses %j in the words of Go', (text, message) => expect(() => goDuration(text)).toThrow(message));
});

describe('ca-config.json', () => {
  const said = (text: string) => {
    try {
      parseConfig(text);
      return 'nothing';
    } catch (error) {
      return String(error);
    }
  };
  it('gives a profile by its name, and the default for any other', () => {
    const parsed = parseConfig(config({ usages, expiry: '1h' }, { expiry: '2h' }));
    expect(selectProfile(parsed, 'p')).toMatchObject({ usages, expiryMs: 3_600_000, backdateMs: 300_000 });
    for (const name of ['', 'nope', 'toString']) expect(selectProfile(parsed, name).expiryMs).toBe(7_200_000);
  });
  it('has a default of a year for all when it has none', () =>
    expect(selectProfile(parseConfig('{"signing": {}}'), 'x')).toMatchObject({ expiryMs: 8760 * 3_600_000 }));
  it('makes a CA of a profile that says so', () => {
    const ca = (constraint: object) =>
      parseConfig(config({ usages, expiry: '1h', ca_constraint: constraint })).profiles.p!.ca;
    expect(ca({ is_ca: false })).toBeUndefined();
    expect(ca({ is_ca: true })).toEqual({});
    expect(ca({ is_ca: true, max_path_len: 2 })).toEqual({ pathLength: 2 });
    expect(ca({ is_ca: true, max_path_len: 0, max_path_len_zero: true })).toEqual({ pathLength: 0 });
  });
  it.each([
    [
      '{"signing": {"default": {"expiry": "8760h",}}}',
      `failed to unmarshal configuration: invalid character '}' looking for beginning of object key string (line 1, column 44)`,
    ],
    ['', 'failed to unmarshal configuration: unexpected end of JSON input'],
    ['{}', 'No "signing" field present'],
    ['[]', 'cannot unmarshal array into Go value of type config.Config'],
    [config({ usages }), 'empty expiry string'],
    [
      config({ usages, expiry: 8760 }),
      'cannot unmarshal number into Go struct field SigningProfile.signing.profiles.expiry of type string',
    ],
    [config({ usages, expiry: '8760' }), 'time: missing unit in duration \\"8760\\"'],
    [
      config({ usages: 'signing', expiry: '1h' }),
      'cannot unmarshal string into Go struct field SigningProfile.signing.profiles.usages of type []string',
    ],
    [config({ expiry: '1h' }), 'invalid configuration'],
    [config({ usages: ['sign'], expiry: '1h' }), 'invalid configuration'],
    [config({ usages, expiry: '1h', ocsp_url: 'http://x' }), 'ocsp_url is not supported by this cfssl'],
    [config({ usages, expiry: '1h', not_before: '2026-01-01' }), 'not_before is not supported by this cfssl'],
  ])('refuses %s', (text, message) => expect(said(text)).toContain(message));
  it('refuses a backdate that is no duration as a policy, not as a crash', () =>
    expect(said(config({ usages, expiry: '1h', backdate: 'soon' }))).toContain('time: invalid duration'));
});

describe('usages', () => {
  it('go to the two extensions, each once, and unknown ones to none', () =>
    expect(
      resolveUsages(['signing', 'digital signature', 'server auth', 'client auth', 'nonsense', 's/mime']),
    ).toEqual({
      keyUsage: ['digitalSignature'],
      extKeyUsage: ['serverAuth', 'clientAuth', 'emailProtection'],
    }));
});
