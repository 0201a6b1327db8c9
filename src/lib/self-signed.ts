import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/**
 * A certificate that nobody vouches for, made in a moment: what a Kubernetes component serves its health endpoint with
 * when it is given no other. EC P-256, so that no time goes into primes; written by hand in DER, so that no PKI library
 * must be loaded for it.
 */
export function selfSignedCertificate(
  commonName: string,
  days = 365,
): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const name = sequence(set(sequence(oid('550403'), utf8(commonName))));
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const body = sequence(
    tag(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(time(now - 60_000), time(now + days * 86_400_000)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(subjectAltName(commonName))),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, ecdsaWithSha256, tag(0x03, Buffer.from([0]), signature));
  const base64 = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function tag(type: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length =
    content.length < 128
      ? Buffer.from([content.length])
      : content.length < 256
        ? Buffer.from([0x81, content.length])
        : Buffer.from([0x82, content.length >> 8, content.length & 255]);
  return Buffer.concat([Buffer.from([type]), length, content]);
}

const sequence = (...parts: readonly Buffer[]) => tag(0x30, ...parts);
const set = (...parts: readonly Buffer[]) => tag(0x31, ...parts);
const integer = (bytes: Buffer) => tag(0x02, bytes);
const utf8 = (text: string) => tag(0x0c, Buffer.from(text));
const oid = (hex: string) => tag(0x06, Buffer.from(hex, 'hex'));

/** UTCTime: YYMMDDHHMMSSZ. */
const time = (epochMs: number) => {
  const digits = new Date(epochMs).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return tag(0x17, Buffer.from(`${digits}Z`));
};

/** The name, localhost and 127.0.0.1. */
const subjectAltName = (name: string) => {
  const names = sequence(
    tag(0x82, Buffer.from(name)),
    tag(0x82, Buffer.from('localhost')),
    tag(0x87, Buffer.from([127, 0, 0, 1])),
  );
  return sequence(oid('551d11'), tag(0x04, names));
};
