import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateChecks } from '../checks/index.ts';
import { createLiveContext } from '../checks/live/index.ts';
import { createCommandRunner, type MachineCommands } from '../course/commands.ts';
import { type Course, createCourse } from '../course/course.ts';
import type { Pack } from '../course/model.ts';
import { loadPack } from '../course/pack.ts';
import { openProgress } from '../course/progress.ts';
import { connectLab, type LabClient } from '../machines/client.ts';
import { labdAnswers } from '../machines/ensure-labd.ts';
import { environment } from '../machines/learner-shell.ts';
import {
  hasWorkspace,
  openWorkspace,
  readWorkspace,
  type Workspace,
  workspaceDir,
} from '../machines/workspace.ts';
import type { CliIo, CommonOptions } from './io.ts';

/** The pack rendered for the topology that was asked for, or that the workspace has, or its own. */
export async function loadPackOf(io: CliIo, options: CommonOptions): Promise<Pack> {
  const dir = workspaceDir(options.workspace, io.env);
  const topology = options.topology ?? (hasWorkspace(dir) ? readWorkspace(dir).lab.topology : undefined);
  return loadPack(topology === undefined ? {} : { topology });
}

const progressFile = (dir: string) => join(dir, '.lab', 'progress.json');

/** The course as it was last seen; starts nothing and writes nothing. */
export async function openForReading(
  io: CliIo,
  options: CommonOptions,
): Promise<{ course: Course; workspace: string; begun: boolean }> {
  const pack = await loadPackOf(io, options);
  const dir = workspaceDir(options.workspace, io.env);
  const refuse = () => Promise.reject(new Error('this course is only read'));
  const course = createCourse({
    pack,
    workspace: dir,
    progress: openProgress(progressFile(dir), pack.id),
    commands: { run: refuse },
    evaluate: refuse,
  });
  return { course, workspace: dir, begun: existsSync(progressFile(dir)) };
}

export interface Session extends AsyncDisposable {
  readonly course: Course;
  readonly workspace: Workspace;
  /** Starts labd when it is not running. */
  client(): Promise<LabClient>;
}

/** Opens the workspace, making it when it is not there, with a course that can check and run. */
export async function openSession(io: CliIo, options: CommonOptions): Promise<Session> {
  const workspace = await openWorkspace(workspaceDir(options.workspace, io.env), {
    create: true,
    ...(options.topology !== undefined && { topology: options.topology }),
  });
  const pack = loadPack({ topology: workspace.lab.topology });
  const client = () => connectLab(workspace);
  // Only commands start the lab: a check that did could never find it gone.
  const running = async () =>
    (await labdAnswers(workspace)) ? connectLab(workspace, { start: false }) : undefined;
  const env: NodeJS.ProcessEnv = {};
  const refreshEnv = () => Object.assign(env, io.env, environment(workspace, io.env));
  const course = createCourse({
    pack,
    workspace: workspace.dir,
    progress: openProgress(progressFile(workspace.dir), pack.id),
    commands: createCommandRunner({ workspace: workspace.dir, env }, machineCommands(client)),
    async wake() {
      await client();
      // The proxy's port is known once labd runs.
      refreshEnv();
    },
    async evaluate(specs, signal) {
      refreshEnv();
      const lab = await running();
      const context = createLiveContext({ workspace, lab, env, ...(signal === undefined ? {} : { signal }) });
      return evaluateChecks(specs, context);
    },
  });
  await course.prepare();
  return { course, workspace, client, [Symbol.asyncDispose]: async () => undefined };
}

function machineCommands(client: () => Promise<LabClient>): MachineCommands {
  return {
    async exec(machine, script, { onOutput, signal }) {
      const forward = (stream: 'stdout' | 'stderr') => {
        const decoder = new TextDecoder();
        return (data: Buffer) =>
          onOutput({ host: machine, stream, text: decoder.decode(data, { stream: true }) });
      };
      return (await client()).exec(machine, script, {
        onStdout: forward('stdout'),
        onStderr: forward('stderr'),
        ...(signal === undefined ? {} : { signal }),
      });
    },
  };
}
