import { describe, expect, it } from 'vitest';
import { readObjectIdentifier } from '../../src/pki/der.ts';
import { normalizeAddress, parseCertificate, parsePrivateKey } from '../../src/pki/index.ts';
import { makeCertificate } from '../checks/certificates.ts';

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
  it('reads object identifiers with long arcs', () =>
    expect(readObjectIdentifier(Buffer.from('2a864886f70d01010b', 'hex'))).toBe('1.2.840.113549.1.1.11'));
});
