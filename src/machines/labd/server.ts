/**
 * labd's API: HTTP with JSON bodies on `<runtimeDir>/labd.sock` (mode 0600). An error is `{error, remedy?}` with status
 * 400 (a mistake of the caller), 409 (the machine is off) or 500.
 *
 *   GET  /v1/info                                LabInfo
 *   GET  /v1/machines                            MachineStatus[]
 *   POST /v1/machines/NAME/systemctl  {args}     CommandResult
 *   POST /v1/machines/NAME/exec  ExecRequest     lines of ExecFrame; closing the request ends the command
 *   GET  /v1/machines/NAME/journal?query=JSON    lines of JournalEntry; with follow until the client goes away
 *   GET  /v1/machines/NAME/file?path=P           {data: base64, mode} or {data: null}
 *   POST /v1/machines/NAME/power {action}        on, off, reset
 *   POST /v1/machines/NAME/link  {state}         up, down
 *   POST /v1/up   POST /v1/down                  down answers, then labd exits
 *   GET  /v1/events                              lines of LabEvent until the client goes away
 */
import { readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LabError, UsageError } from '../../lib/errors.ts';
import type { ExecFrame, ExecRequest, JournalQuery, LinkState } from '../api.ts';
import { machineIdentity } from '../identity.ts';
import type { Lab } from './lab.ts';
import type { Machine } from './machine.ts';
import { machineFile } from './service-process.ts';
import { systemctl } from './systemctl.ts';

class PoweredOffError extends LabError {}

export interface ServerOptions {
  readonly lab: Lab;
  /** Called once `down` has been answered. */
  onDown(): void;
}

export function createLabServer(options: ServerOptions): Server {
  return createServer((request, response) => {
    route(options, request, response).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const status = error instanceof PoweredOffError ? 409 : error instanceof LabError ? 400 : 500;
      const body =
        error instanceof LabError
          ? { error: error.message, where: error.where, remedy: error.remedy, exitCode: error.exitCode }
          : { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
}

async function route(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { lab } = options;
  const url = new URL(request.url ?? '/', 'http://labd');
  const [version, area, name, action] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const operation = `${request.method} ${area}${name === undefined ? '' : `/${action ?? ''}`}`;
  if (version !== 'v1') throw new UsageError(`labd has no ${url.pathname}`);
  const answer = (value: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));

  switch (operation) {
    case 'GET info':
      answer(lab.info());
      return;
    case 'GET machines':
      answer(lab.machines.map((machine) => machine.status()));
      return;
    case 'GET events':
      streamEvents(lab, response);
      return;
    case 'POST up':
      await lab.up();
      answer({});
      return;
    case 'POST down':
      await lab.down();
      answer({});
      response.once('finish', () => options.onDown());
      return;
    case 'POST machines/systemctl': {
      const { args } = await readBody<{ args: readonly string[] }>(request);
      answer(await systemctl(poweredOn(lab, name!), args));
      return;
    }
    case 'POST machines/exec':
      await exec(lab, poweredOn(lab, name!), request, response);
      return;
    case 'GET machines/journal':
      streamJournal(lab.machine(name!), JSON.parse(url.searchParams.get('query') ?? '{}'), response);
      return;
    case 'GET machines/file':
      answer(readMachineFile(lab.machine(name!), url.searchParams.get('path') ?? '/'));
      return;
    case 'POST machines/power': {
      const { action: power } = await readBody<{ action: 'on' | 'off' | 'reset' }>(request);
      lab.machine(name!);
      if (power === 'reset') await lab.reset(name!);
      else await lab.setPower(name!, power);
      answer({});
      return;
    }
    case 'POST machines/link': {
      const { state } = await readBody<{ state: LinkState }>(request);
      lab.setLink(name!, state);
      answer({});
      return;
    }
    default:
      throw new UsageError(`labd has no ${request.method} ${url.pathname}`);
  }
}

function poweredOn(lab: Lab, name: string): Machine {
  const machine = lab.machine(name);
  if (machine.power === 'on') return machine;
  throw new PoweredOffError(`${name} is switched off`, { remedy: 'run "k8s-lab up"' });
}

async function readBody<T>(request: IncomingMessage): Promise<T> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T;
}

/** An endless answer of JSON lines; `onClose` runs when the client goes away. */
function lines(response: ServerResponse, onClose: () => void): (value: unknown) => void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  response.once('close', onClose);
  return (value) => {
    response.write(`${JSON.stringify(value)}\n`);
  };
}

function streamEvents(lab: Lab, response: ServerResponse): void {
  const write = lines(response, () => stop());
  const stop = lab.onEvent(write);
}

function streamJournal(machine: Machine, query: JournalQuery, response: ServerResponse): void {
  let stop = () => {};
  const write = lines(response, () => stop());
  // First what is there, then what comes: both in one turn of the loop, so no entry falls between.
  for (const entry of machine.journal.read(query, machine.bootId)) write(entry);
  if (query.follow === true) stop = machine.journal.follow(query, write);
  else response.end();
}

async function exec(
  lab: Lab,
  machine: Machine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody<ExecRequest>(request);
  const stop = new AbortController();
  const write: (frame: ExecFrame) => void = lines(response, () => stop.abort());
  const exitCode = await lab.shells.exec(machine.name, machineIdentity(lab.workspace, machine.name), body, {
    onOutput: (stream, data) => write({ stream, data: data.toString('base64') }),
    signal: stop.signal,
  });
  lab.saveSoon();
  write({ exitCode });
  response.end();
}

function readMachineFile(machine: Machine, path: string): { data: string | null; mode?: number } {
  const file = machineFile(machine.root, path);
  if (file === undefined || !statSync(file).isFile()) return { data: null };
  return { data: readFileSync(file).toString('base64'), mode: statSync(file).mode & 0o7777 };
}
