import { describe, expect, test } from 'vitest';
import {
  asIpv4,
  formatAddress,
  inCidr,
  isCidr,
  networkOf,
  parseAddress,
  parseCidr,
} from '../../src/lib/ipv4.ts';

describe('addresses', () => {
  test('are numbers of 32 bits, and back', () => {
    for (const text of ['0.0.0.0', '10.32.0.1', '127.0.0.1', '255.255.255.255']) {
      expect(formatAddress(parseAddress(text)!)).toBe(text);
    }
    expect(parseAddress('255.255.255.255')).toBe(2 ** 32 - 1);
  });

  test.each(['', '10.0.0', '10.0.0.256', '10.0.0.01', 'localhost', '::1', '10.0.0.1 '])(
    'are not %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  test('stand behind the literals of IPv6 that mean them', () => {
    expect(asIpv4('::1')).toBe('127.0.0.1');
    expect(asIpv4('::')).toBe('0.0.0.0');
    expect(asIpv4('::FFFF:10.0.0.1')).toBe('10.0.0.1');
    expect(asIpv4('fe80::1')).toBeUndefined();
  });
});

describe('networks', () => {
  test('hold what their prefix covers', () => {
    expect(inCidr('10.200.0.0/24', '10.200.0.255')).toBe(true);
    expect(inCidr('10.200.0.0/24', '10.200.1.0')).toBe(false);
    expect(inCidr('0.0.0.0/0', '203.0.113.9')).toBe(true);
    expect(networkOf('10.200.3.77', 24)).toBe('10.200.3.0/24');
  });

  test('of a route may be a bare address or the default, those of a flag need their length', () => {
    expect(parseCidr('10.0.0.7')).toEqual({ base: parseAddress('10.0.0.7'), prefixLength: 32 });
    expect(parseCidr('default')).toEqual({ base: 0, prefixLength: 0 });
    expect(['10.0.0.0/8', '10.0.0.7', 'default', '10.0.0.0/33', '10.0.0.0/8/8'].map(isCidr)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
