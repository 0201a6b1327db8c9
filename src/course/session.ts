import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateChecks } from '../checks/index.ts';
import { createLiveContext } from '../checks/live/index.ts';
import { connectLab, type LabClient, runningLab } from '../machines/client.ts';
import { environment } from '../machines/learner-shell.ts';
import { loadTopology } from '../machines/topology.ts';
import {
  checkTopology,
  hasWorkspace,
  openWorkspace,
  readWorkspace,
  type Workspace,
  workspaceDir,
} from '../machines/workspace.ts';
import { createCommandRunner, type MachineCommands } from './commands.ts';
import { type Course, createCourse } from './course.ts';
import type { Pack } from './model.ts';
import { loadPack } from './pack.ts';
import { openProgress } from './progress.ts';

export interface SessionOptions {
  /** The workspace's folder; default: K8S_LAB_WORKSPACE, else ~/k8s-lab. */
  readonly workspace?: string;
  /** The topology of a new workspace; an existing one keeps its own, and another name is an error. */
  readonly topology?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Folder of the pack; default: the official course. */
  readonly pack?: string;
}

/** The pack rendered for the topology that was asked for, or that the workspace has, or its own. */
export function loadPackOf(options: SessionOptions): Pack {
  const dir = workspaceDir(options.workspace, options.env);
  const workspace = hasWorkspace(dir) ? readWorkspace(dir) : undefined;
  if (workspace !== undefined && options.topology !== undefined) {
    // A name that no topology has is the greater mistake, so it is told first.
    loadTopology(options.topology);
    checkTopology(workspace, options.topology);
  }
  const topology = workspace?.lab.topology ?? options.topology;
  return loadPack({
    ...(topology === undefined ? {} : { topology }),
    ...(options.pack === undefined ? {} : { folder: options.pack }),
  });
}

const progressFile = (dir: string) => join(dir, '.lab', 'progress.json');

/** The course as it was last seen; starts nothing and writes nothing. */
export function openForReading(options: SessionOptions): {
  readonly course: Course;
  readonly workspace: string;
  readonly begun: boolean;
} {
  const pack = loadPackOf(options);
  const dir = workspaceDir(options.workspace, options.env);
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

export interface Session {
  readonly course: Course;
  readonly workspace: Workspace;
  /** Starts labd when it is not running. */
  client(): Promise<LabClient>;
}

/** Opens the workspace, making it when it is not there, with a course that can check and run. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const base = options.env ?? process.env;
  const workspace = await openWorkspace(workspaceDir(options.workspace, base), {
    create: true,
    ...(options.topology !== undefined && { topology: options.topology }),
  });
  const pack = loadPackOf({ ...options, workspace: workspace.dir });
  const client = () => connectLab(workspace);
  const env: NodeJS.ProcessEnv = {};
  const refreshEnv = () => Object.assign(env, base, environment(workspace, base));
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
      // Only commands start the lab: a check that did could never find it gone.
      const lab = await runningLab(workspace);
      const context = createLiveContext({ workspace, lab, env, ...(signal === undefined ? {} : { signal }) });
      return evaluateChecks(specs, context);
    },
  });
  await course.prepare();
  return { course, workspace, client };
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
