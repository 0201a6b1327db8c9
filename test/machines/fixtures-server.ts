import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { notifyReady } from '../../src/lib/notify.ts';
import { runProgram } from '../../src/lib/program.ts';

/** A tiny program for units: `--port N` serves a file of its machine; `--exit N` ends at once; `--silent` is never ready. */
runProgram('test-server', async ({ args, env, signal }) => {
  const option = (name: string) => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  const exit = option('--exit');
  if (exit !== undefined) {
    process.stderr.write(`ending with ${exit}\n`);
    return Number(exit);
  }
  const server = createServer((_request, response) => {
    response.end(`${readFileSync('/etc/hostname', 'utf8').trim()} ${env.GREETING ?? hostname()}\n`);
  });
  await new Promise<void>((resolve) => server.listen(Number(option('--port') ?? 80), '0.0.0.0', resolve));
  process.stdout.write(`listening as ${process.pid}\n`);
  if (!args.includes('--silent')) notifyReady();
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  process.stdout.write('stopping\n');
  server.closeAllConnections();
  server.close();
  return 0;
});
