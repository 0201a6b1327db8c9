import { WebSocket } from 'ws';
import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { commandError } from './exit-status.ts';
import { inRawMode, isTerminal, watchSize } from './tty.ts';
import { keepAlive, openWebSocket } from './websocket.ts';

/** Each message carries its channel in the first byte. Models apimachinery pkg/util/remotecommand. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

const v5 = 'v5.channel.k8s.io';
/** v4 cannot say that the input has ended; a server that is older than v5 still runs commands that take none. */
const protocols = [v5, 'v4.channel.k8s.io'];

/** Input that waits for a slow connection before its source is held back. */
const highWaterBytes = 1 << 20;

export interface RemoteStreams {
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** -i and -t as they can be had here: without a terminal on standard input there is none at the far end either. */
export function usableStreams(session: Session, wanted: RemoteStreams, quiet = false): RemoteStreams {
  if (!wanted.stdin) return { stdin: false, tty: false };
  if (!wanted.tty || isTerminal(session.stdin)) return wanted;
  if (!quiet) session.warn('Unable to use a TTY - input is not a terminal or the right kind of file');
  return { stdin: true, tty: false };
}

/**
 * Joins our streams with those of a command in a container (exec) or of the container's own process (attach), until it
 * ends. Throws KubectlError with the command's exit code when that is not 0, StatusError when the server refuses.
 */
export async function remoteCommand(
  session: Session,
  path: string,
  query: URLSearchParams,
  streams: RemoteStreams,
): Promise<void> {
  const options = new URLSearchParams(query);
  if (streams.stdin) options.set('stdin', 'true');
  options.set('stdout', 'true');
  // On a terminal there is one output only.
  options.set(streams.tty ? 'tty' : 'stderr', 'true');
  const { config } = session.cluster();
  const { webSocket, protocol } = await openWebSocket(config, `${path}?${options}`, protocols);
  keepAlive(webSocket, session.clock);
  const work = () => converse(session, webSocket, protocol, streams);
  const error = await (streams.tty ? inRawMode(session.stdin, work) : work());
  if (error !== undefined) throw error;
}

function converse(
  session: Session,
  webSocket: WebSocket,
  protocol: string,
  streams: RemoteStreams,
): Promise<KubectlError | undefined> {
  const { stdin, stdout, stderr, signal } = session;
  const send = (number: number, data: Buffer, sent?: () => void) => {
    if (webSocket.readyState === WebSocket.OPEN)
      webSocket.send(Buffer.concat([Buffer.from([number]), data]), () => sent?.());
  };
  const onInput = (chunk: Buffer | string) => {
    send(channel.stdin, Buffer.from(chunk as Buffer), () => {
      if (webSocket.bufferedAmount < highWaterBytes) stdin.resume();
    });
    if (webSocket.bufferedAmount >= highWaterBytes) stdin.pause();
  };
  const onInputEnd = () => {
    if (protocol === v5) send(channel.close, Buffer.from([channel.stdin]));
  };
  const show = (output: NodeJS.WritableStream, data: Buffer) => {
    if (output.write(data)) return;
    webSocket.pause();
    output.once('drain', () => webSocket.resume());
  };
  const stop = () => webSocket.terminate();
  let verdict: string | undefined;
  let stopWatching: () => void = () => undefined;
  return new Promise<KubectlError | undefined>((resolve, reject) => {
    webSocket.on('message', (message: Buffer) => {
      const data = message.subarray(1);
      if (message[0] === channel.stdout) show(stdout, data);
      else if (message[0] === channel.stderr) show(stderr, data);
      else if (message[0] === channel.error) verdict = (verdict ?? '') + data.toString('utf8');
    });
    webSocket.once('close', (code) => {
      if (signal.aborted) return reject(new Error('interrupted'));
      if (verdict !== undefined) return resolve(commandError(verdict));
      resolve(code === 1000 ? undefined : new KubectlError(lost(code)));
    });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    if (streams.tty)
      stopWatching = watchSize(stdout, (size) => send(channel.resize, Buffer.from(JSON.stringify(size))));
    webSocket.resume();
    if (!streams.stdin) return;
    stdin.on('data', onInput);
    stdin.once('end', onInputEnd);
  }).finally(() => {
    stopWatching();
    signal.removeEventListener('abort', stop);
    stdin.off('data', onInput);
    stdin.off('end', onInputEnd);
    stdin.pause();
  });
}

const lost = (code: number) =>
  `error reading from error stream: next reader: websocket: close ${code}${code === 1006 ? ' (abnormal closure): unexpected EOF' : ''}`;
