import type { KeyObject } from 'node:crypto';
import {
  type Certificate,
  keyMatches,
  parseCertificate,
  parsePrivateKey,
  verifyChain,
} from '../../pki/inspect.ts';
import { decodeData, type KubeconfigFile } from '../kubeconfig-file.ts';
import type { Finding } from '../types.ts';

export const contentReasons = {
  'no-current-context': 'no context is chosen',
  'wrong-context': 'the context has another name, or joins other things',
  'wrong-cluster-name': 'the cluster has another name',
  'wrong-server': 'the server is another address',
  'ca-not-embedded': "the CA's certificate is not embedded",
  'wrong-ca': 'the embedded CA is not the one of this cluster',
  'wrong-user-name': 'the user entry has another name',
  'certificate-not-embedded': 'the client certificate or its key is not embedded',
  'not-a-certificate': 'what is embedded as a certificate or key does not parse',
  'key-mismatch': 'the embedded key does not belong to the embedded certificate',
  untrusted: 'the embedded certificate was not signed by the CA of this cluster',
  expired: 'the embedded certificate has run out, or begins in the future',
  'wrong-cn': 'the certificate is that of another user',
  'wrong-o': 'the certificate does not give the group',
} as const;
export type ContentReason = keyof typeof contentReasons;

export interface WantedKubeconfig {
  readonly path: string;
  /** Each undefined: not looked at. */
  readonly cluster: string | undefined;
  readonly server: string | undefined;
  readonly user: string | undefined;
  readonly cn: string | undefined;
  /** The path and text of the CA in the workspace; no text: it is not there. */
  readonly ca: { readonly path: string; readonly text: string | undefined } | undefined;
  /** Groups that must be there. */
  readonly organizations: readonly string[];
  readonly context: string;
}

/** A finding without the file's name, and mostly without a remedy: the caller adds both. */
type Draft = Pick<Finding<ContentReason>, 'reason' | 'message' | 'expected' | 'found'> & {
  readonly remedy?: string;
};
type Chosen = { readonly cluster: string; readonly user: string } | undefined;

const keys = (entries: ReadonlyMap<string, unknown>) => [...entries.keys()].join(', ') || 'none';

function examineContext(
  { currentContext: current, contexts }: KubeconfigFile,
  { context, path }: WantedKubeconfig,
): Draft[] {
  const expected = `current-context: ${context}`;
  if (current === '')
    return [
      {
        reason: 'no-current-context',
        message: 'no context is chosen, so kubectl would talk to localhost:8080.',
        expected,
        found: 'none',
        remedy: `kubectl config use-context ${context} --kubeconfig=${path}`,
      },
    ];
  const message = !contexts.has(current)
    ? `the current context ${current} is not defined in the file.`
    : current === context
      ? undefined
      : `the current context is ${current}, and ${context} is wanted.`;
  return message === undefined
    ? []
    : [{ reason: 'wrong-context', message, expected, found: `current-context: ${current}` }];
}

function examineCa(data: string, path: string, { ca }: WantedKubeconfig): Draft[] {
  const embedded = decodeData(data);
  if (embedded === undefined)
    return [
      {
        reason: 'ca-not-embedded',
        message: "the CA's certificate is not embedded: on another machine the path would lead nowhere.",
        expected: 'certificate-authority-data',
        found: path === '' ? 'nothing' : `certificate-authority: ${path}`,
        remedy: 'set the cluster again with --embed-certs=true',
      },
    ];
  if (readCa(embedded) === undefined) {
    const message = 'the CA that is embedded is no certificate: the server could not be verified.';
    return [
      {
        reason: 'not-a-certificate',
        message,
        expected: 'PEM in base64',
        found: JSON.stringify(data.slice(0, 24)),
      },
    ];
  }
  if (ca === undefined || ca.text?.trim() === embedded.trim()) return [];
  return [
    ca.text === undefined
      ? {
          reason: 'wrong-ca',
          message: `whether the embedded CA is the right one cannot be told: ${ca.path} is not in the workspace any more.`,
          expected: ca.path,
          found: 'no file',
          remedy: `make or fetch ${ca.path} again`,
        }
      : {
          reason: 'wrong-ca',
          message: `the embedded CA is not ${ca.path}: the CA was made again after this file, and the server's certificate would be refused.`,
          expected: ca.path,
          found: 'another certificate',
        },
  ];
}

function examineCluster({ clusters }: KubeconfigFile, chosen: Chosen, wanted: WantedKubeconfig): Draft[] {
  const { cluster, server } = wanted;
  const name = chosen?.cluster ?? cluster ?? [...clusters.keys()][0] ?? '';
  const entry = clusters.get(name);
  const drafts: Draft[] = [];
  if (entry === undefined || (cluster !== undefined && name !== cluster))
    drafts.push({
      reason: 'wrong-cluster-name',
      message:
        entry === undefined
          ? `the context names the cluster ${name || '(none)'}, which the file does not define.`
          : `the cluster is named ${name}, and ${cluster} is wanted.`,
      expected: cluster ?? 'a cluster that is defined',
      found: keys(clusters),
    });
  if (entry === undefined) return drafts;
  if (server !== undefined && entry.server !== server) {
    const hint = entry.server.includes('127.0.0.1')
      ? ': 127.0.0.1 is right only on a controller, where an API server listens.'
      : '.';
    drafts.push({
      reason: 'wrong-server',
      message: `the server is ${entry.server || '(none)'}, and ${server} is wanted${hint}`,
      expected: server,
      found: entry.server || 'none',
    });
  }
  return [...drafts, ...examineCa(entry.caData, entry.caPath, wanted)];
}

/** Whether the API server would believe the certificate, and the user and groups that it would take from it. */
function examineCertificate(certificate: Certificate, wanted: WantedKubeconfig, nowMs: number): Draft[] {
  const drafts: Draft[] = [];
  const ca = wanted.ca?.text === undefined ? undefined : readCa(wanted.ca.text);
  if (ca !== undefined && ['issuer-name', 'signature'].includes(verifyChain(certificate, ca, nowMs) ?? ''))
    drafts.push({
      reason: 'untrusted',
      message: `the certificate in it was not signed by ${wanted.ca!.path}: the API server does not believe it, and takes whoever shows it for nobody.`,
      expected: `signed by ${wanted.ca!.path}`,
      found: `signed by ${certificate.issuer.CN ?? 'a CA without a name'}, with another key`,
      remedy: 'make the certificate again with this CA, then set the credentials again',
    });
  const { notBefore, notAfter } = certificate;
  const early = notBefore.getTime() > nowMs;
  if (early || notAfter.getTime() < nowMs) {
    const limit = (early ? notBefore : notAfter).toISOString().slice(0, 16).replace('T', ' ');
    drafts.push({
      reason: 'expired',
      message: `the certificate in it ${early ? `is valid only from ${limit}` : `ran out on ${limit}`}: a certificate that was made anew must be set here again.`,
      expected: 'a certificate that is valid today',
      found: `valid ${early ? 'from' : 'until'} ${limit}`,
      remedy: 'set the credentials again with the current certificate and --embed-certs=true',
    });
  }
  const { CN, O } = certificate.subject;
  if (wanted.cn !== undefined && CN !== wanted.cn)
    drafts.push({
      reason: 'wrong-cn',
      message: `the certificate says ${CN ?? '(no CN)'}, and ${wanted.cn} is wanted: the API server goes by the certificate, not by the name in the file.`,
      expected: `CN=${wanted.cn}`,
      found: `CN=${CN ?? ''}`,
    });
  for (const group of wanted.organizations.filter((candidate) => !O.includes(candidate)))
    drafts.push({
      reason: 'wrong-o',
      message: `the certificate does not put ${CN ?? 'its user'} into the group ${group}.`,
      expected: `O=${group}`,
      found: `O=${O.join(', ')}`,
    });
  return drafts;
}

/** Undefined for a CA that does not parse. */
function readCa(text: string): Certificate | undefined {
  try {
    return parseCertificate(text);
  } catch {
    return undefined;
  }
}

function examineUser(
  { users }: KubeconfigFile,
  chosen: Chosen,
  wanted: WantedKubeconfig,
  nowMs: number,
): Draft[] {
  const { user } = wanted;
  const name = chosen?.user ?? user ?? [...users.keys()][0] ?? '';
  const entry = users.get(name);
  const drafts: Draft[] = [];
  if (entry === undefined || (user !== undefined && name !== user))
    drafts.push({
      reason: 'wrong-user-name',
      message:
        entry === undefined
          ? `the context names the user ${name || '(none)'}, which the file does not define.`
          : `the user is named ${name}, and ${user} is wanted.`,
      expected: user ?? 'a user that is defined',
      found: keys(users),
    });
  if (entry === undefined) return drafts;
  const certificateText = decodeData(entry.certificateData);
  const keyText = decodeData(entry.keyData);
  if (certificateText === undefined || keyText === undefined)
    return [
      ...drafts,
      {
        reason: 'certificate-not-embedded',
        message: `the client ${certificateText === undefined ? 'certificate' : 'key'} is not embedded: on another machine the path would lead nowhere.`,
        expected: 'client-certificate-data and client-key-data',
        found: entry.certificatePath === '' ? 'nothing' : `client-certificate: ${entry.certificatePath}`,
        remedy: 'set the credentials again with --embed-certs=true',
      },
    ];
  let certificate: Certificate;
  let key: KeyObject;
  try {
    certificate = parseCertificate(certificateText);
    key = parsePrivateKey(keyText);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const message = `what is embedded does not parse: ${found}.`;
    return [...drafts, { reason: 'not-a-certificate', message, expected: 'PEM in base64', found }];
  }
  if (!keyMatches(certificate, key))
    drafts.push({
      reason: 'key-mismatch',
      message: 'the embedded key does not belong to the embedded certificate.',
      expected: 'a pair',
      found: 'halves of different pairs',
    });
  return [...drafts, ...examineCertificate(certificate, wanted, nowMs)];
}

/** All that is wrong in a kubeconfig that parses: the choice, where it leads, and as whom. */
export function examineKubeconfig(config: KubeconfigFile, wanted: WantedKubeconfig, nowMs: number): Draft[] {
  const { currentContext: current } = config;
  const chosen = config.contexts.get(current === '' ? wanted.context : current);
  return [
    ...examineContext(config, wanted),
    ...examineCluster(config, chosen, wanted),
    ...examineUser(config, chosen, wanted, nowMs),
  ];
}
