import type { KeyObject } from 'node:crypto';
import { LabError } from '../../lib/errors.ts';
import { type Certificate, keyMatches, parseCertificate, parsePrivateKey } from '../../pki/inspect.ts';
import { absence } from '../absence.ts';
import {
  type MachineReason,
  machineReasons,
  machineTrouble,
  octal,
  place,
  readHostText,
  statHostFile,
} from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec, Finding, Host } from '../types.ts';
import { jumpbox } from '../types.ts';
import {
  type ContentReason,
  contentReasons,
  examineContent,
  type WantedCertificate,
} from './x509-content.ts';

type Reason =
  | MachineReason
  | ContentReason
  | 'missing-certificate'
  | 'not-a-certificate'
  | 'missing-key'
  | 'not-a-key'
  | 'key-mismatch'
  | 'missing-ca'
  | 'not-a-ca-certificate'
  | 'key-mode';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  'missing-certificate': 'there is no certificate file',
  'not-a-certificate': 'the file is not a certificate in PEM',
  'missing-key': 'there is no private key beside the certificate',
  'not-a-key': 'the key file is not a private key in PEM',
  'key-mismatch': 'certificate and private key do not belong together',
  'missing-ca': "the CA's certificate is not there",
  'not-a-ca-certificate': "the CA's file is not a certificate in PEM",
  ...contentReasons,
  'key-mode': 'others can read the private key',
};

/** Certificates are made on the jumpbox; what a machine has is a copy. */
const again = (host: Host) =>
  host === jumpbox
    ? 'make the certificate again with the commands of this step'
    : `copy it to ${host} again with the commands of this step`;

/**
 * A certificate and its key. Parameters: `cert`; `key`; `ca`; `on` (host, default the jumpbox); `cn`; `o` (every organization, exactly);
 * `usages` (RFC 5280 names that must be there: digitalSignature, keyEncipherment, serverAuth, clientAuth, keyCertSign);
 * `sans` (exact) with `extraSans: allow` to tolerate more; `isCA`; `minBits` (RSA, default 2048); `keyMode` (default '0600').
 */
export const x509Kind: CheckKind<Reason> = {
  kind: 'x509',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const certPath = parameters.string('cert');
    const keyPath = parameters.optionalString('key');
    const caPath = parameters.optionalString('ca');
    const host = parameters.optionalString('on') ?? jumpbox;
    const keyMode = parameters.mode('keyMode') ?? 0o600;
    const wanted: WantedCertificate = {
      where: place(host, certPath),
      caWhere: caPath === undefined ? '' : place(host, caPath),
      cn: parameters.optionalString('cn'),
      organizations: parameters.optionalList('o'),
      usages: parameters.optionalWords('usages') ?? [],
      sans: parameters.optionalWords('sans'),
      allowExtraSans: parameters.oneOf('extraSans', ['allow', 'refuse'], 'refuse') === 'allow',
      isCA: parameters.boolean('isCA', false),
      minBits: parameters.optionalNumber('minBits') ?? 2048,
    };
    parameters.finish();

    return async (context) => {
      const trouble = await machineTrouble(context, host);
      if (trouble !== undefined) return [trouble];
      const text = await readHostText(context, host, certPath);
      const missing = async (reason: Reason, path: string, what: string, otherwise = again(host)) => {
        const { says, found, remedy } = await absence(context, host, path, otherwise);
        const where = place(host, path);
        const message = `${where} ${says}: ${what} is missing.`;
        return { reason, message, expected: `${what} in ${path}`, found, where, remedy };
      };
      if (text === undefined) return [await missing('missing-certificate', certPath, 'the certificate')];
      const unreadable = (reason: Reason, path: string, error: unknown, what: string): Finding<Reason> => {
        if (!(error instanceof LabError)) throw error;
        return {
          reason,
          message: `${place(host, path)} is not ${what}: ${error.message}.`,
          expected: `${what} in PEM`,
          found: error.message,
          where: place(host, path),
          remedy: again(host),
        };
      };

      let certificate: Certificate;
      try {
        certificate = parseCertificate(text);
      } catch (error) {
        return [unreadable('not-a-certificate', certPath, error, 'a certificate')];
      }

      const findings: Finding<Reason>[] = [];
      if (keyPath !== undefined) {
        const keyText = await readHostText(context, host, keyPath);
        if (keyText === undefined) findings.push(await missing('missing-key', keyPath, 'the private key'));
        else {
          let key: KeyObject | undefined;
          try {
            key = parsePrivateKey(keyText);
          } catch (error) {
            findings.push(unreadable('not-a-key', keyPath, error, 'a private key'));
          }
          if (key !== undefined && !keyMatches(certificate, key))
            findings.push({
              reason: 'key-mismatch',
              message: `${place(host, keyPath)} is not the key of ${place(host, certPath)}: they come from different runs, and no server starts with such a pair.`,
              expected: 'the private key of the public key in the certificate',
              found: 'another key',
              where: place(host, keyPath),
              remedy: 'make both again in one run, and copy both',
            });
        }
      }
      let ca: Certificate | undefined;
      if (caPath !== undefined) {
        const caText = caPath === certPath ? text : await readHostText(context, host, caPath);
        if (caText === undefined)
          findings.push(
            await missing(
              'missing-ca',
              caPath,
              "the CA's certificate",
              host === jumpbox ? 'make the CA first' : undefined,
            ),
          );
        else
          try {
            ca = parseCertificate(caText);
          } catch (error) {
            findings.push(unreadable('not-a-ca-certificate', caPath, error, "a CA's certificate"));
          }
      }
      findings.push(...examineContent(certificate, ca, wanted, context.topology, context.clock.now()));
      if (keyPath !== undefined) {
        const stat = await statHostFile(context, host, keyPath);
        // Stricter than asked is fine: what matters is that nobody else can read it.
        if (stat !== undefined && (stat.mode & ~keyMode) !== 0)
          findings.push({
            reason: 'key-mode',
            message: `${place(host, keyPath)} has mode ${octal(stat.mode)}: whoever can read a private key can act in its name.`,
            expected: octal(keyMode),
            found: octal(stat.mode),
            where: place(host, keyPath),
            remedy: `chmod ${octal(keyMode)} ${keyPath}`,
          });
      }
      return findings;
    };
  },
};
