import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as netConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';

export interface SessionTls {
  readonly ca?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  readonly servername?: string | undefined;
  /** Takes any certificate (--insecure-skip-tls-verify). */
  readonly insecureSkipVerify?: boolean | undefined;
}

const windowBytes = 4 << 20;

/**
 * An HTTP/2 session with the origin of the URL (`https://host:port`, `http://host:port` or `unix:///path`), once it
 * stands. Rejects with the error of the socket, TLS, or a timeout.
 */
export function openSession(
  url: URL,
  tls: SessionTls,
  timeoutMs: number,
  onGone: (session: ClientHttp2Session) => void,
): Promise<ClientHttp2Session> {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (secure ? 443 : 80));
  const isAddress = /^[\d.]+$|:/.test(host);
  const servername = tls.servername ?? (isAddress ? undefined : host);
  const isUnix = url.protocol === 'unix:';
  const createConnection = () => {
    if (isUnix) return netConnect({ path: decodeURIComponent(url.pathname) });
    return secure
      ? tlsConnect({
          host,
          port,
          ALPNProtocols: ['h2'],
          ca: tls.ca,
          cert: tls.cert,
          key: tls.key,
          ...(servername === undefined ? {} : { servername }),
          rejectUnauthorized: tls.insecureSkipVerify !== true,
        })
      : netConnect({ host, port });
  };
  const target = isUnix ? `unix ${url.pathname}` : `tcp ${host}:${port}`;
  return new Promise((resolve, reject) => {
    const session = connect(isUnix ? 'http://localhost' : url, {
      settings: { initialWindowSize: windowBytes, enablePush: false },
      createConnection,
    });
    const timer = setTimeout(() => {
      reject(new Error(`dial ${target}: i/o timeout`));
      session.destroy();
    }, timeoutMs);
    const gone = (error?: Error) => {
      clearTimeout(timer);
      reject(error ?? new Error('connection closed'));
      onGone(session);
    };
    session.on('error', gone);
    session.on('close', () => gone());
    // No new calls on a session that the server is about to leave.
    session.on('goaway', () => onGone(session));
    session.on('connect', () => {
      clearTimeout(timer);
      session.setLocalWindowSize(windowBytes);
      resolve(session);
    });
  });
}

/** Asks for a sign of life so often; a peer that stays silent loses the session. */
export function keepSessionAlive(session: ClientHttp2Session, everyMs: number, timeoutMs: number): void {
  const timer = setInterval(() => {
    const dead = setTimeout(() => session.destroy(), timeoutMs);
    if (session.destroyed || !session.ping(() => clearTimeout(dead))) clearTimeout(dead);
  }, everyMs);
  timer.unref();
  session.on('close', () => clearInterval(timer));
}
