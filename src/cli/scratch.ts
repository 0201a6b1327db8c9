import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, type Session } from '../course/session.ts';
import type { CliIo, CommonOptions } from './io.ts';

/** A lab of its own in a temporary folder, gone when it is disposed of. */
export async function openScratch(
  io: CliIo,
  options: CommonOptions & { readonly pack?: string },
): Promise<Session & AsyncDisposable> {
  const dir = await mkdtemp(join(tmpdir(), 'k8s-lab-dev-'));
  const session = await openSession({ ...options, env: io.env, workspace: dir });
  return {
    ...session,
    async [Symbol.asyncDispose]() {
      await (await session.client()).down();
      await rm(session.workspace.runtimeDir, { recursive: true, force: true });
      await rm(dir, { recursive: true, force: true });
    },
  };
}
