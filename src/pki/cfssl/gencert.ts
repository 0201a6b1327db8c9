import { createRequest } from '../issue.ts';
import type { CertificateRequest } from '../request.ts';
import { caProfile, defaultProfile, goDuration, type SigningConfig, selectProfile } from './config.ts';
import { CfsslError, errorCodes } from './errors.ts';
import { type CfsslIo, createCfsslLog, goFileError } from './io.ts';
import {
  generateKeyAndRequest,
  type Issued,
  parseAuthority,
  parseAuthorityKey,
  signCertificate,
} from './sign.ts';

export interface GencertOptions {
  readonly initca: boolean;
  readonly ca: string;
  readonly caKey: string;
  readonly config: SigningConfig | undefined;
  readonly profile: string;
  readonly hostname: string;
  readonly cn: string;
}

/** Models CSRNoHostMessage of cfssl in meaning; the wording is ours. */
const noHostsMessage =
  'This certificate lacks a "hosts" field: it names no host, so it can show who a client is, but no client would accept it from a server.';

function readFile(io: CfsslIo, path: string, code?: number): string {
  try {
    return io.readFile(path);
  } catch (error) {
    throw new CfsslError(goFileError(path, error), code);
  }
}

const isNameEmpty = (request: CertificateRequest) =>
  request.CN === '' &&
  (request.names.length === 0 ||
    request.names.some((name) => Object.values(name).every((value) => (value ?? '').trim() === '')));

/** `-initca`: a CA that signs itself. With a key given, that key is used again. Models initca.New and NewFromPEM. */
async function generateAuthority(
  request: CertificateRequest,
  options: GencertOptions,
  io: CfsslIo,
): Promise<Issued> {
  const log = createCfsslLog(io);
  const expiry = request.ca?.expiry ?? '';
  const backdate = request.ca?.backdate ?? '';
  const pathLength = request.ca?.pathlen ?? 0;
  const pathLengthZero = request.ca?.pathlenzero ?? false;
  const profile = {
    ...caProfile,
    expiryMs: expiry === '' ? caProfile.expiryMs : goDuration(expiry),
    backdateMs: backdate === '' ? caProfile.backdateMs : goDuration(backdate),
    ca: pathLength !== 0 || pathLengthZero ? { pathLength } : {},
  };
  const given = options.caKey === '' ? undefined : parseAuthorityKey(readFile(io, options.caKey));
  log(
    'INFO',
    given === undefined
      ? 'generating a new CA key and certificate from CSR'
      : 're-generate a CA certificate from CSR and CA key',
  );
  log('INFO', 'generate received request');
  if (isNameEmpty(request)) {
    const error = new CfsslError('missing subject information', errorCodes.invalidRequest);
    log('WARNING', `invalid request: ${error}`);
    log('ERROR', `failed to process request: ${error}`);
    throw error;
  }
  if (given !== undefined) {
    const csr = createRequest(request, given);
    log('INFO', 'encoded CSR');
    const issuer = { certificate: undefined, key: given };
    const cert = signCertificate(request, given, request.hosts, profile, 0, issuer, io.clock.now(), log);
    return { cert, csr };
  }
  const { key, keyPem, csr } = await generateKeyAndRequest(request, log);
  const issuer = { certificate: undefined, key };
  const cert = signCertificate(request, key, request.hosts, profile, 0, issuer, io.clock.now(), log);
  return { cert, csr, key: keyPem };
}

/** `cfssl gencert`. Without -ca or -ca-key upstream logs that and ends with exit code 0; we fail, so that scripts notice. */
export async function gencert(
  parsed: CertificateRequest,
  options: GencertOptions,
  io: CfsslIo,
): Promise<Issued> {
  const log = createCfsslLog(io);
  const request = options.cn === '' ? parsed : { ...parsed, CN: options.cn };
  if (options.initca) return await generateAuthority(request, options, io);
  if (request.ca !== undefined) throw new CfsslError('ca section only permitted in initca');
  if (options.ca === '') {
    log('ERROR', 'need a CA certificate (provide one with -ca)');
    throw new CfsslError('no certificate was made');
  }
  if (options.caKey === '') {
    log('ERROR', 'need a CA key (provide one with -ca-key)');
    throw new CfsslError('no certificate was made');
  }
  // -hostname replaces the hosts of the request, also in the CSR that is written.
  const hosts = options.hostname === '' ? request.hosts : options.hostname.split(',');
  log('INFO', 'generate received request');
  const { key, keyPem, csr } = await generateKeyAndRequest({ ...request, hosts }, log);
  const authority = parseAuthority(
    readFile(io, options.ca),
    readFile(io, options.caKey, errorCodes.certificateRead),
  );
  const config = options.config ?? { default: defaultProfile, profiles: {} };
  const profile = selectProfile(config, options.profile);
  const cert = signCertificate(
    request,
    key,
    hosts,
    profile,
    config.default.expiryMs,
    authority,
    io.clock.now(),
    log,
  );
  if (hosts.length === 0) log('WARNING', noHostsMessage);
  return { cert, csr, key: keyPem };
}

/** `cfssl genkey`: a key and a request, unsigned. */
export async function genkey(request: CertificateRequest, initca: boolean, io: CfsslIo): Promise<Issued> {
  if (initca) {
    const options = { initca, ca: '', caKey: '', config: undefined, profile: '', hostname: '', cn: '' };
    return await generateAuthority(request, options, io);
  }
  if (request.ca !== undefined) throw new CfsslError('ca section only permitted in initca');
  const log = createCfsslLog(io);
  log('INFO', 'generate received request');
  const { keyPem, csr } = await generateKeyAndRequest(request, log);
  return { csr, key: keyPem };
}
