import { LabError } from '../../lib/errors.ts';
import type { SessionTls } from '../../lib/grpc/session.ts';
import { checkKeyPair, openErrorText, readCertificate } from '../../lib/key-pair.ts';
import type { ServerConfig, TlsFiles } from './config.ts';
import type { ListenTls } from './listener.ts';

/** What a member proves itself with; undefined where it serves, or is spoken to, without TLS. */
export interface MemberTls {
  readonly client: ListenTls | undefined;
  readonly peer: ListenTls | undefined;
  /** The same pair, when this member is the one that calls. */
  readonly toPeers: SessionTls | undefined;
}

/** Reads the files that the flags name. Throws LabError for one that is not right, or that an https URL lacks. */
export function readMemberTls(config: ServerConfig, readFile: (path: string) => Buffer): MemberTls {
  const client = readTls(config.clientTls, readFile);
  const peer = readTls(config.peerTls, readFile);
  requireTls(config.listenClientUrls, client, '--cert-file and --key-file');
  requireTls(config.listenPeerUrls, peer, '--peer-cert-file and --peer-key-file');
  return { client, peer, toPeers: peer && { cert: peer.cert, key: peer.key, ca: peer.ca } };
}

function readTls(files: TlsFiles | undefined, readFile: (path: string) => Buffer): ListenTls | undefined {
  if (files === undefined) return undefined;
  const read = (path: string) => {
    try {
      return readFile(path);
    } catch (error) {
      throw new LabError(openErrorText(path, error), {
        remedy: 'copy the file there, or correct the path in the unit file',
        cause: error,
      });
    }
  };
  const { certFile, keyFile, trustedCaFile } = files;
  const cert = read(certFile);
  const key = read(keyFile);
  checkKeyPair({ cert, certFrom: certFile, key, keyFrom: keyFile });
  const ca = trustedCaFile === undefined ? undefined : read(trustedCaFile);
  if (ca !== undefined)
    readCertificate(ca, 'the file of trusted CAs holds no certificate', trustedCaFile as string);
  return { cert, key, ca, requireClientCert: files.clientCertAuth };
}

function requireTls(urls: readonly URL[], tls: ListenTls | undefined, flags: string): void {
  const secure = urls.find((url) => url.protocol === 'https:');
  if (secure === undefined || tls !== undefined) return;
  throw new LabError(`cannot listen on TLS for ${secure.host}: KeyFile and CertFile are not presented`, {
    remedy: `give ${flags}`,
  });
}
