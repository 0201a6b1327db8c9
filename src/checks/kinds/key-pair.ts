import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { LabError } from '../../lib/errors.ts';
import { parseCertificate, parsePrivateKey } from '../../pki/inspect.ts';
import { absence } from '../absence.ts';
import { type MachineReason, machineReasons, machineTrouble, place, readHostText } from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec, Finding } from '../types.ts';
import { jumpbox } from '../types.ts';

type Reason = MachineReason | 'missing' | 'not-a-public-key' | 'not-a-private-key' | 'mismatch' | 'not-rsa';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  missing: 'one of the two files is not there',
  'not-a-public-key': 'the public half is neither a certificate nor a public key',
  'not-a-private-key': 'the private half is not a private key',
  mismatch: 'the two halves do not belong together',
  'not-rsa': 'the key is not RSA',
};

function publicKeyOf(text: string): KeyObject {
  if (text.includes('-----BEGIN CERTIFICATE-----')) return parseCertificate(text).x509.publicKey;
  if (!text.includes('PUBLIC KEY-----'))
    throw new LabError('the file holds neither a certificate nor a public key');
  return createPublicKey(text);
}

/**
 * A pair that signs and verifies tokens: the API server and the controller manager may hold their halves on different hosts.
 * Parameters: `public` (certificate or public key), `private`, `on` (host, default the jumpbox).
 */
export const keyPairKind: CheckKind<Reason> = {
  kind: 'key-pair',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const publicPath = parameters.string('public');
    const privatePath = parameters.string('private');
    const host = parameters.optionalString('on') ?? jumpbox;
    parameters.finish();
    return async (context) => {
      const trouble = await machineTrouble(context, host);
      if (trouble !== undefined) return [trouble];
      const read = async <T>(
        path: string,
        reason: Reason,
        what: string,
        parse: (text: string) => T,
      ): Promise<{ value: T } | { finding: Finding<Reason> }> => {
        const where = place(host, path);
        const again =
          host === jumpbox
            ? 'make the pair again with the commands of this step'
            : `copy it to ${host} again with the commands of this step`;
        const text = await readHostText(context, host, path);
        if (text === undefined) {
          const { says, found, remedy } = await absence(context, host, path, again);
          return {
            finding: {
              reason: 'missing',
              message: `${where} ${says}: service account tokens need both halves, one to sign and one to verify.`,
              expected: `${what} in ${path}`,
              found,
              where,
              remedy,
            },
          };
        }
        try {
          return { value: parse(text) };
        } catch (error) {
          const found = error instanceof Error ? error.message : String(error);
          return {
            finding: {
              reason,
              message: `${where} is not ${what}: ${found}.`,
              expected: what,
              found,
              where,
              remedy: again,
            },
          };
        }
      };
      const publicHalf = await read(
        publicPath,
        'not-a-public-key',
        'a certificate or public key',
        publicKeyOf,
      );
      const privateHalf = await read(privatePath, 'not-a-private-key', 'a private key', parsePrivateKey);
      if ('finding' in publicHalf || 'finding' in privateHalf)
        return [publicHalf, privateHalf].flatMap((half) => ('finding' in half ? [half.finding] : []));
      const derived = createPublicKey(privateHalf.value);
      if (derived.asymmetricKeyType !== 'rsa')
        return [
          {
            reason: 'not-rsa',
            message: `${place(host, privatePath)} is a key of type ${derived.asymmetricKeyType}: tokens are signed with RS256 here.`,
            expected: 'an RSA key',
            found: String(derived.asymmetricKeyType),
            where: place(host, privatePath),
            remedy: 'make the pair again with algo rsa',
          },
        ];
      if (derived.equals(publicHalf.value)) return [];
      return [
        {
          reason: 'mismatch',
          message: `${place(host, privatePath)} does not belong to ${place(host, publicPath)}: tokens signed with the one would be refused by the other, and every pod would get 401.`,
          expected: 'two halves of one pair',
          found: 'halves of different pairs',
          where: place(host, privatePath),
          remedy: 'make both again in one run, and copy both',
        },
      ];
    };
  },
};
