import { createInterface } from 'node:readline';
import { readWorkspace } from '../workspace.ts';
import type { ShellReply, ShellRequest } from './protocol.ts';
import { runScript } from './run.ts';

type ExecRequest = Extract<ShellRequest, { type: 'exec' }>;

/** The warm shell process: requests on standard input, replies on standard output, many commands at once. */
export async function serve(): Promise<number> {
  const running = new Map<number, AbortController>();
  const reply = (value: ShellReply) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const exec = async (request: ExecRequest) => {
    const stop = new AbortController();
    running.set(request.id, stop);
    const exitCode = await runScript({
      workspace: readWorkspace(request.workspace),
      identity: request.identity,
      script: request.command,
      stdin: Buffer.from(request.stdin ?? '', 'base64'),
      env: request.env,
      cwd: request.cwd,
      signal: stop.signal,
      write: (stream, data) => reply({ id: request.id, stream, data: Buffer.from(data).toString('base64') }),
    });
    running.delete(request.id);
    reply({ id: request.id, exitCode });
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as ShellRequest;
    if (request.type === 'abort') running.get(request.id)?.abort();
    else {
      exec(request).catch((error: unknown) => {
        running.delete(request.id);
        const text = `bash: ${error instanceof Error ? error.message : String(error)}\n`;
        reply({ id: request.id, stream: 'stderr', data: Buffer.from(text).toString('base64') });
        reply({ id: request.id, exitCode: 1 });
      });
    }
  }
  // labd is gone: so are we, and what we run.
  for (const stop of running.values()) stop.abort();
  return 0;
}
