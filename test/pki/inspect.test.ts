import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { normalizeAddress, parseCertificate, parsePrivateKey, verifyChain } from '../../src/pki/index.ts';
import { makeCertificate, testAuthority, testKey } from '../checks/certificates.ts';
import { nowMs } from '../checks/fake-context.ts';

describe('inspection', () => {
  it('reads every organization and kind of SAN', () => {
    const { pem } = makeCertificate({
      cn: 'x',
      o: ['a', 'b'],
      hosts: ['kubernetes', '10.32.0.1', 'fd00::1'],
    });
    const certificate = parseCertificate(pem);
    expect(certificate.subject.O).toEqual(['a', 'b']);
    expect(certificate.sans.dns).toEqual(['kubernetes']);
    expect(certificate.sans.ip.map(normalizeAddress)).toEqual(['10.32.0.1', normalizeAddress('fd00::1')]);
    expect(certificate).toMatchObject({
      modulusBits: 2048,
      keyAlgorithm: 'rsa',
      isCA: false,
      selfIssued: true,
    });
    expect(certificate.modulus).toHaveLength(512);
  });
  it('says what a file holds instead', () => {
    expect(() => parseCertificate('')).toThrow('the file is empty');
    expect(() => parseCertificate('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toThrow(
      'the certificate does not parse',
    );
    expect(() => parsePrivateKey('-----BEGIN ENCRYPTED PRIVATE KEY-----')).toThrow(
      'the private key is encrypted',
    );
  });
  it('says that a file is cut, and gives no number of OpenSSL for what it cannot read', () => {
    const { pem } = makeCertificate({ cn: 'x' });
    const key = testKey(0).export({ type: 'pkcs1', format: 'pem' }).toString();
    const cut = (text: string) => text.slice(0, text.length / 2);
    const told = (read: () => unknown): string => {
      try {
        read();
      } catch (error) {
        return String(error);
      }
      return 'nothing';
    };
    expect(told(() => parseCertificate(cut(pem)))).toBe(
      'the file holds a CERTIFICATE that is cut: its END line is missing',
    );
    expect(told(() => parsePrivateKey(cut(key)))).toBe(
      'the file holds a RSA PRIVATE KEY that is cut: its END line is missing',
    );
    expect(told(() => parsePrivateKey(pem))).toBe('the file holds a CERTIFICATE, not a PRIVATE KEY');
    const garbled = (text: string) => text.replace(/\n[\s\S]{200}/, '\n');
    expect(told(() => parseCertificate(garbled(pem)))).toMatch(
      /^the certificate does not parse: copy or make it/,
    );
    expect(told(() => parsePrivateKey(garbled(key)))).toMatch(
      /^the private key does not parse: copy or make it/,
    );
  });
  it.each([
    ['10.32.0.1', '10.32.0.1'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['FD00::00aB', 'fd00:0:0:0:0:0:0:ab'],
    ['fd00:0:0:0:0:0:0:1', 'fd00:0:0:0:0:0:0:1'],
  ])('spells the address %s in one way', (text, normal) => expect(normalizeAddress(text)).toBe(normal));
  it('tells why a chain does not hold', () => {
    const ca = testAuthority();
    const parsed = parseCertificate(ca.pem);
    const chain = (pem: string, at = nowMs) => verifyChain(parseCertificate(pem), parsed, at);
    expect(chain(makeCertificate({ cn: 'x', by: ca }).pem)).toBeUndefined();
    const other = makeCertificate({ cn: 'Other', ca: true, key: testKey(1) });
    expect(chain(makeCertificate({ cn: 'x', by: other }).pem)).toBe('issuer-name');
    const again = makeCertificate({ cn: 'Kubernetes', o: ['Kubernetes'], ca: true, key: testKey(1) });
    expect(chain(makeCertificate({ cn: 'x', by: again }).pem)).toBe('signature');
    expect(chain(makeCertificate({ cn: 'x', by: ca }).pem, nowMs + 9999 * 86_400_000)).toBe('ca-expired');
  });
  it('reads private keys in every form that has a name, and no other', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const type of ['pkcs8', 'sec1'] as const)
      expect(parsePrivateKey(privateKey.export({ type, format: 'pem' }).toString()).asymmetricKeyType).toBe(
        'ec',
      );
    for (const type of ['pkcs8', 'pkcs1'] as const)
      expect(parsePrivateKey(testKey(0).export({ type, format: 'pem' }).toString()).asymmetricKeyType).toBe(
        'rsa',
      );
    expect(() => parsePrivateKey('secret')).toThrow('the file is not PEM: it begins with "secret"');
  });
});
