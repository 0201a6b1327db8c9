import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Applet, AppletContext } from './applet.ts';
import { isUnknownName, reasonOf } from './network-errors.ts';

interface NcOptions {
  listen: boolean;
  zero: boolean;
  verbose: boolean;
  timeoutMs: number | undefined;
  port: number | undefined;
  rest: string[];
}

function ncOptions(args: readonly string[]): NcOptions | string {
  const options: NcOptions = {
    listen: false,
    zero: false,
    verbose: false,
    timeoutMs: undefined,
    port: undefined,
    rest: [],
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (!arg.startsWith('-')) {
      options.rest.push(arg);
      continue;
    }
    for (const [at, letter] of [...arg.slice(1)].entries()) {
      if (letter === 'l') options.listen = true;
      else if (letter === 'z') options.zero = true;
      else if (letter === 'v') options.verbose = true;
      else if (letter === 'n' || letter === 'N') continue;
      else if (letter === 'w' || letter === 'p') {
        const value = Number(arg.slice(at + 2) || args[++index]);
        if (!Number.isFinite(value)) return `nc: invalid number for -${letter}`;
        if (letter === 'w') options.timeoutMs = value * 1000;
        else options.port = value;
        break;
      } else return `nc: unrecognized option: ${letter}\nUsage: nc [-zvw SEC] HOST PORT | nc -l [-p] PORT`;
    }
  }
  return options;
}

/** Connects or listens once, as BusyBox's nc does. */
export const nc: Applet = (context) => {
  const options = ncOptions(context.args);
  if (typeof options === 'string') {
    context.err(`${options}\n`);
    return 1;
  }
  return options.listen ? ncListen(context, options) : ncConnect(context, options);
};

/** Both directions until the peer closes. */
function exchange(socket: Socket, context: AppletContext): Promise<void> {
  return new Promise((done) => {
    socket.on('data', (chunk) => context.out(chunk));
    context.stdin.pipe(socket);
    socket.once('close', () => {
      context.stdin.unpipe(socket);
      context.stdin.pause();
      done();
    });
    context.signal.addEventListener('abort', () => socket.destroy(), { once: true });
  });
}

function ncListen(context: AppletContext, options: NcOptions): Promise<number> {
  const port = options.port ?? Number(options.rest.at(-1));
  return new Promise((done) => {
    if (!Number.isInteger(port)) {
      context.err('nc: -l needs a port\n');
      return done(1);
    }
    const server: Server = createServer((socket) => {
      // One client, as nc does without -k.
      server.close();
      socket.on('error', () => undefined);
      void exchange(socket, context).then(() => done(0));
    });
    server.once('error', (error) => {
      context.err(`nc: bind: ${reasonOf(error)}\n`);
      done(1);
    });
    server.listen(
      port,
      '0.0.0.0',
      () => options.verbose && context.err(`listening on [0.0.0.0]:${port} ...\n`),
    );
    context.signal.addEventListener('abort', () => server.close(() => done(143)), { once: true });
  });
}

function ncConnect(context: AppletContext, options: NcOptions): Promise<number> {
  const [host, port] = options.rest;
  return new Promise((done) => {
    if (host === undefined || !/^\d+$/.test(port ?? '')) {
      context.err('Usage: nc [-zvw SEC] HOST PORT | nc -l [-p] PORT\n');
      return done(1);
    }
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    const fail = (text: string) => {
      context.err(`nc: ${text}\n`);
      socket.destroy();
      done(1);
    };
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => fail(`${host} (${host}:${port}): Connection timed out`), options.timeoutMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      fail(
        isUnknownName(error)
          ? `bad address '${host}'`
          : `${host} (${socket.remoteAddress ?? host}:${port}): ${reasonOf(error)}`,
      );
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      if (options.verbose) context.err(`${host} (${socket.remoteAddress}:${port}) open\n`);
      if (options.zero) {
        socket.destroy();
        return done(0);
      }
      socket.on('end', () => socket.end());
      void exchange(socket, context).then(() => done(0));
    });
  });
}
