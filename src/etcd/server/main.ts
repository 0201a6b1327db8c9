/**
 * etcd: the store that remembers everything the cluster knows, and agrees with its peers about it.
 *
 *   client ──gRPC over TLS :2379──▶ listener ──▶ services (KV, Watch, Lease, Cluster, Maintenance)
 *                                                   │ a write                        │ a read
 *                                                   ▼                                ▼
 *                              ../raft: propose ──▶ Ready                     ReadIndex: is the leader
 *                                                   │                         still the leader?
 *          ┌────────────────────────────────────────┤                                │
 *          ▼                         ▼              ▼ committed                      ▼
 *   ../wal: one fdatasync     peers :2380      ../mvcc: apply at a new revision ──▶ answer, and watchers
 *   for many entries          (mutual TLS)     ../lease: keys that end with a lease
 *
 * A write is acknowledged only when a majority has it on disk, so that killing all members at once loses nothing that
 * was promised. Raft and the store are pure state machines: this folder gives them sockets, files and time. Read
 * in this order: run-member.ts (what is started), serve-urls.ts (who is listened to), server.ts (the loop around Raft's
 * Ready), services (a request becomes a proposal), peers.ts (messages between members).
 */
import { readFileSync } from 'node:fs';
import { whenAborted } from '../../lib/abort.ts';
import { errorCode, errorMessage, LabError } from '../../lib/errors.ts';
import { describeFlags } from '../../lib/flags.ts';
import { createLogger } from '../../lib/log.ts';
import { notifyReady } from '../../lib/notify.ts';
import { type ProgramContext, runProgram } from '../../lib/program.ts';
import { etcdVersion } from '../proto/version.ts';
import { parseConfig } from './config.ts';
import { etcdFlags } from './flags.ts';
import { runMember } from './run-member.ts';

/** The program `etcd`. */
async function main({ args, env, signal }: ProgramContext): Promise<number> {
  const parsed = parseConfig(args, env);
  if (parsed.kind === 'version') {
    process.stdout.write(
      `etcd Version: ${etcdVersion}\nGit SHA: k8s-lab\nGo Version: node ${process.version}\nGo OS/Arch: ${process.platform}/${process.arch}\n`,
    );
    return 0;
  }
  if (parsed.kind === 'help') {
    process.stdout.write(
      `Usage:\n  etcd [flags]\n    Start an etcd server.\n\nFlags:\n${describeFlags(etcdFlags)}\n`,
    );
    return 0;
  }
  const { config } = parsed;
  const stream = config.logOutput === 'stdout' ? process.stdout : process.stderr;
  const logger = createLogger({
    format: 'zap',
    caller: 'etcdserver/server.go',
    level: config.logLevel,
    write: (line) => stream.write(`${line}\n`),
  });
  try {
    const member = await runMember({
      config,
      logger,
      readFile: (path) => readFileSync(path),
      onReady: () => notifyReady(env),
    });
    const failure = await Promise.race([member.failed, whenAborted(signal)]);
    if (failure === undefined) logger.info('received terminated signal; shutting down');
    else if (!failure.isRemoval) logger.error('stopping after a failure', { error: describe(failure.error) });
    await member.stop();
    return failure === undefined || failure.isRemoval ? 0 : 1;
  } catch (error) {
    // What the system refuses, such as a folder that may not be written, says enough without a stack.
    if (!(error instanceof LabError) && errorCode(error) === undefined) throw error;
    logger.error('discovery failed', { error: describe(error) });
    return 1;
  }
}

const describe = (error: unknown) => (error instanceof LabError ? error.toString() : errorMessage(error));

runProgram('etcd', main);
