import { createWriteStream } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { basename, resolve } from 'node:path';
import { errorCode } from '../../../lib/errors.ts';
import type { Applet, AppletContext } from './applet.ts';
import { isUnknownName, reasonOf } from './network-errors.ts';

interface WgetOptions {
  output: string | undefined;
  quiet: boolean;
  spider: boolean;
  headers: boolean;
  timeoutMs: number | undefined;
  insecure: boolean;
  extra: Record<string, string>;
  url: string | undefined;
}

function wgetOptions(args: readonly string[]): WgetOptions | string {
  const options: WgetOptions = {
    output: undefined,
    quiet: false,
    spider: false,
    headers: false,
    timeoutMs: undefined,
    insecure: false,
    extra: {},
    url: undefined,
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    const header = /^--header(?:=(.*))?$/.exec(arg);
    if (header !== null) {
      const [name, ...value] = (header[1] ?? args[++index] ?? '').split(':');
      options.extra[name!] = value.join(':').trim();
    } else if (arg === '--spider') options.spider = true;
    else if (arg === '--no-check-certificate') options.insecure = true;
    else if (arg.startsWith('--timeout=')) options.timeoutMs = Number(arg.slice(10)) * 1000;
    else if (/^-[qScT].*|^-O.*/.test(arg)) {
      for (let at = 1; at < arg.length; at++) {
        const letter = arg[at];
        if (letter === 'q') options.quiet = true;
        else if (letter === 'S') options.headers = true;
        else if (letter === 'O' || letter === 'T') {
          const value = arg.slice(at + 1) || args[++index] || '';
          if (letter === 'O') options.output = value;
          else options.timeoutMs = Number(value) * 1000;
          break;
        } else return `wget: unrecognized option: ${letter}`;
      }
    } else if (arg.startsWith('-')) return `wget: unrecognized option: ${arg}`;
    else options.url = arg;
  }
  return options;
}

export const wget: Applet = (context) => {
  const options = wgetOptions(context.args);
  if (typeof options === 'string' || options.url === undefined) {
    context.err(
      `${typeof options === 'string' ? options : 'wget: missing URL'}\nUsage: wget [-qS] [--spider] [-O FILE] [-T SEC] [--header STR] URL\n`,
    );
    return 1;
  }
  const url = /^https?:\/\//.test(options.url) ? options.url : `http://${options.url}`;
  return fetchUrl(context, options, url, 0);
};

function fetchUrl(
  context: AppletContext,
  options: WgetOptions,
  text: string,
  redirects: number,
): Promise<number> {
  return new Promise((done) => {
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      context.err(`wget: bad address '${text}'\n`);
      return done(1);
    }
    const fail = (message: string) => {
      context.err(`wget: ${message}\n`);
      done(1);
    };
    if (!options.quiet) context.err(`Connecting to ${url.host}\n`);
    const client = url.protocol === 'https:' ? https : http;
    const request = client.request(
      url,
      {
        method: options.spider ? 'HEAD' : 'GET',
        headers: { 'user-agent': 'Wget', ...options.extra },
        agent: false,
        ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
        rejectUnauthorized: !options.insecure,
        signal: context.signal,
      },
      (response) => {
        const status = response.statusCode ?? 0;
        if (options.headers) {
          context.err(`  HTTP/${response.httpVersion} ${status} ${response.statusMessage}\n`);
          for (const [name, value] of Object.entries(response.headers))
            context.err(`  ${name}: ${String(value)}\n`);
        }
        if (status >= 300 && status < 400 && response.headers.location !== undefined && redirects < 5) {
          response.resume();
          void fetchUrl(context, options, new URL(response.headers.location, url).href, redirects + 1).then(
            done,
          );
          return;
        }
        if (status >= 400) {
          response.resume();
          fail(`server returned error: HTTP/${response.httpVersion} ${status} ${response.statusMessage}`);
          return;
        }
        if (options.output === '-') response.on('data', (chunk: Buffer) => context.out(chunk));
        else if (options.spider) response.resume();
        else {
          const name = options.output ?? (basename(url.pathname) || 'index.html');
          response.pipe(createWriteStream(resolve(context.cwd, name)));
          if (!options.quiet) context.err(`saving to '${name}'\n`);
        }
        response.once('end', () => done(0));
        response.once('error', (error) => fail(reasonOf(error)));
      },
    );
    request.once('timeout', () => request.destroy(new Error('download timed out')));
    request.once('error', (error) =>
      fail(
        isUnknownName(error)
          ? `bad address '${url.hostname}'`
          : errorCode(error) === undefined
            ? error.message
            : `can't connect to remote host (${url.hostname}): ${reasonOf(error)}`,
      ),
    );
    request.end();
  });
}
