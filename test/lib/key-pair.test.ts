import { describe, expect, test } from 'vitest';
import { LabError } from '../../src/lib/errors.ts';
import { checkKeyPair, openErrorText } from '../../src/lib/key-pair.ts';
import { selfSignedCertificate } from '../../src/lib/self-signed.ts';

const one = selfSignedCertificate('one');
const other = selfSignedCertificate('other');

function complaint(cert: string, key: string): string {
  try {
    checkKeyPair({ cert, certFrom: 'a.pem', key, keyFrom: 'a-key.pem' });
  } catch (error) {
    if (error instanceof LabError) return error.toString();
    throw error;
  }
  return 'none';
}

describe('a certificate and its key', () => {
  test('that belong together are taken, with the line ends of any system', () => {
    expect(complaint(one.cert, one.key)).toBe('none');
    expect(complaint(one.cert.replaceAll('\n', '\r\n'), one.key.replaceAll('\n', '\r\n'))).toBe('none');
  });
  test.each([
    [
      'a key of another',
      one.cert,
      other.key,
      /^tls: private key does not match public key \(a\.pem, a-key\.pem\)/,
    ],
    [
      'a key that is cut off',
      one.cert,
      one.key.slice(0, 90),
      /^tls: failed to parse private key \(a-key\.pem\)/,
    ],
    ['an empty key', one.cert, '', /^tls: failed to find any PEM data in key input \(a-key\.pem\)/],
    ['a certificate that is cut off', one.cert.slice(0, 90), one.key, /certificate input \(a\.pem\)/],
    [
      'the halves in each other’s place',
      one.key,
      one.cert,
      /^tls: failed to find any PEM data in certificate/,
    ],
  ])('are refused in Go’s words: %s', (_, cert, key, words) => expect(complaint(cert, key)).toMatch(words));
});

test('a file that cannot be opened is told as Go tells it', () => {
  const failed = (code: string) => Object.assign(new Error(`${code}: Node's words`), { code });
  expect(openErrorText('/etc/a', failed('ENOENT'))).toBe('open /etc/a: no such file or directory');
  expect(openErrorText('/etc/a', failed('EACCES'))).toBe('open /etc/a: permission denied');
  expect(openErrorText('/etc/a', failed('EIO'))).toBe("open /etc/a: EIO: Node's words");
});
