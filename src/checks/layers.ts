import type { Topology } from '../machines/topology.ts';
import { whySan } from './san-reasons.ts';
import type { Finding, HttpOutcome } from './types.ts';

/**
 * A request goes through layers, and each fails for its own reasons: is a process there, does TLS hold, does the server know
 * who asks, may they? Diagnosis asks in this order, so that the first layer that fails is the one that is shown.
 */
export const layerReasons = {
  refused: 'nothing listens at the address',
  timeout: 'no answer comes',
  unreachable: 'no route leads to the address',
  'name-unknown': 'the name does not resolve',
  'connection-lost': 'the server ends the connection',
  'tls-name': "the server's certificate does not name what was called",
  'tls-authority': "the server's certificate was signed by a CA that is not trusted",
  'tls-expired': "the server's certificate has run out, or is not valid yet",
  'tls-client-certificate': 'the server wants another client certificate',
  'tls-failed': 'TLS fails for another reason',
  unauthorized: 'the server does not know who asks (401)',
  forbidden: 'the server knows who asks, and does not allow it (403)',
} as const;
export type LayerReason = keyof typeof layerReasons;

type Draft = Pick<Finding<LayerReason>, 'reason' | 'message' | 'remedy'>;

/** `127.0.0.1:6443` and the machine that has the address, for messages. */
function target(url: string, topology: Topology): { readonly host: string; readonly name: string } {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const machine = topology.machines.find((candidate) => candidate.address === host);
  const number = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return { host, name: `${host}:${number}${machine === undefined ? '' : ` (${machine.name})`}` };
}

function connectTrouble(code: string, message: string, name: string): Draft {
  switch (code) {
    case 'ECONNREFUSED':
      return {
        reason: 'refused',
        message: `Nothing listens at ${name}: the process is not running, or listens elsewhere.`,
        remedy: 'look at the unit and its journal on that machine',
      };
    case 'ETIMEDOUT':
    case 'ESOCKETTIMEDOUT':
      return {
        reason: 'timeout',
        message: `No answer from ${name}: the machine is off, its link is cut, or the process hangs.`,
        remedy: 'look at the machine and at the unit on it',
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return {
        reason: 'unreachable',
        message: `No route leads to ${name}.`,
        remedy: 'look at the address, and at the routes',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        reason: 'name-unknown',
        message: `The name in ${name} does not resolve.`,
        remedy: 'look at the name, and at /etc/hosts',
      };
    default:
      return {
        reason: 'connection-lost',
        message: `${name} ended the connection (${code}): ${message}`,
        remedy: 'look at the journal of the server: it says why',
      };
  }
}

function tlsTrouble(code: string, message: string, host: string, name: string, topology: Topology): Draft {
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const why = whySan(host, topology);
      return {
        reason: 'tls-name',
        message: `The certificate of ${name} does not name ${host}${why === undefined ? '' : `: ${why}`}.`,
        remedy: `make the server's certificate again with ${host} among its hosts, copy it, and restart the server`,
      };
    }
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return {
        reason: 'tls-authority',
        message: `The certificate of ${name} was not signed by the CA that is trusted here: the CA was made again, or the server has an old certificate.`,
        remedy: "copy the server's current certificate to it and restart it, or use the current ca.pem",
      };
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return {
        reason: 'tls-expired',
        message: `The certificate of ${name} is not valid today (${code === 'CERT_HAS_EXPIRED' ? 'it has run out' : 'it begins later'}).`,
        remedy: "make the server's certificate again, copy it, and restart the server",
      };
    default:
      if (/ALERT|CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA/i.test(`${code} ${message}`))
        return {
          reason: 'tls-client-certificate',
          message: `${name} refuses the client's certificate: ${message}`,
          remedy: 'use a client certificate of the CA that the server trusts',
        };
      return {
        reason: 'tls-failed',
        message: `TLS with ${name} fails (${code}): ${message}`,
        remedy: 'look with openssl s_client, and at the journal of the server',
      };
  }
}

function httpTrouble(status: number, body: string, name: string): Draft | undefined {
  const said = statusMessage(body);
  if (status === 401)
    return {
      reason: 'unauthorized',
      message: `${name} does not know who asks (401 ${said}): the client's certificate is of another CA, or was not sent.`,
      remedy: "use a certificate of this cluster's CA, and look at --client-ca-file of the API server",
    };
  if (status === 403)
    return {
      reason: 'forbidden',
      message: `${name} knows who asks and does not allow it (403): ${said}`,
      remedy: 'look at CN and O of the certificate: they are user and groups; and at the RBAC rules',
    };
  return undefined;
}

/** The message of a Status object, or the beginning of the text. */
export function statusMessage(body: string): string {
  try {
    const parsed = JSON.parse(body) as { message?: unknown };
    if (typeof parsed.message === 'string') return parsed.message;
  } catch {
    // Plain text, as proxies answer.
  }
  return body.trim().split('\n')[0]?.slice(0, 300) ?? '';
}

/** A finding when a layer below the answer fails; undefined when there is an answer other than 401 and 403. */
export function diagnoseLayers(
  outcome: HttpOutcome,
  url: string,
  topology: Topology,
): Finding<LayerReason> | undefined {
  const { host, name } = target(url, topology);
  const base = { expected: 'an answer', where: url };
  switch (outcome.layer) {
    case 'connect':
      return { ...base, found: outcome.code, ...connectTrouble(outcome.code, outcome.message, name) };
    case 'tls':
      return {
        ...base,
        found: outcome.code,
        ...tlsTrouble(outcome.code, outcome.message, host, name, topology),
      };
    case 'http': {
      const trouble = httpTrouble(outcome.status, outcome.body, name);
      return trouble && { ...base, found: `status ${outcome.status}`, ...trouble };
    }
  }
}
