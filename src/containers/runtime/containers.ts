import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  ContainerEventType,
  ContainerState,
  type CriRequest,
  containerStateName,
} from '../../kube/cri/index.ts';
import { errorMessage } from '../../lib/errors.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import { findMount, hostPath, translate } from '../../usernet/mounts.ts';
import { ContainerIo } from './container-io.ts';
import {
  commandLine,
  containerIdentity,
  containerMounts,
  environment,
  makeMountPoints,
} from './container-spec.ts';
import type { RuntimeContext } from './context.ts';
import { findExecutable, startFailure } from './executable.ts';
import { LogFile } from './log-file.ts';
import type { ContainerProcess } from './processes.ts';
import { type ContainerRecord, containerStatus, matchesLabels, sandboxStatus } from './records.ts';
import { unpackRootfs } from './rootfs.ts';
import { adoptShim, type StdinMode, startShim } from './shim.ts';

const findContainer = 'an error occurred when try to find container';
const findSandbox = 'failed to find sandbox id';

interface Running {
  readonly io: ContainerIo;
  readonly log: LogFile;
  /** After the record says that it exited. */
  readonly done: Promise<void>;
}

const stdinMode = ({ config }: ContainerRecord): StdinMode =>
  !config.stdin ? 'none' : config.stdinOnce ? 'once' : 'kept';

/** Containers: each is one process, started with the network of its sandbox and files of its own. */
export class Containers {
  readonly #context: RuntimeContext;
  readonly #running = new Map<string, Running>();

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  create({ podSandboxId, config, sandboxConfig }: CriRequest<'createContainer'>): string {
    const { sandboxes, containers, images, identity, runDir, machine, now } = this.#context;
    const sandbox = sandboxes.get(podSandboxId, findSandbox);
    if (config?.metadata === undefined) {
      throw new GrpcError(GrpcCode.InvalidArgument, 'container config must include metadata');
    }
    const { name, attempt } = config.metadata;
    const same = containers
      .all()
      .find(
        ({ sandboxId, config: { metadata } }) =>
          sandboxId === sandbox.id && metadata?.name === name && metadata.attempt === attempt,
      );
    if (same !== undefined) {
      throw new GrpcError(
        GrpcCode.Unknown,
        `failed to reserve container name ${JSON.stringify(`${name}_${attempt}`)}: name is reserved for ${JSON.stringify(same.id)}`,
      );
    }
    const wanted = config.image?.image ?? '';
    const found = images.find(wanted);
    if (found === undefined) {
      throw new GrpcError(GrpcCode.NotFound, `failed to resolve image ${JSON.stringify(wanted)}: not found`);
    }
    const { image } = found;
    const id = randomBytes(32).toString('hex');
    const rootfs = join(runDir, 'io.containerd.runtime.v2.task/k8s.io', id, 'rootfs');
    // By the host's own path: sixty links through the machine's mounts would take a tenth of a second.
    unpackRootfs(translate(identity.mounts, rootfs), image);
    const mounts = containerMounts(this.#context, sandbox, config, rootfs);
    makeMountPoints(mounts);
    const logDirectory = sandboxConfig?.logDirectory || sandbox.config.logDirectory;
    containers.put({
      id,
      sandboxId: sandbox.id,
      config,
      imageId: image.id,
      imageRef: `${image.repository}@${image.digest}`,
      logPath: config.logPath === '' || logDirectory === '' ? '' : join(logDirectory, config.logPath),
      mounts,
      env: environment(image, config, sandbox.config.hostname || machine),
      command: commandLine(image.definition, config),
      cwd: config.workingDir || '/',
      state: ContainerState.CREATED,
      createdAt: Number(now()),
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: '',
    });
    this.#publish(id, ContainerEventType.CREATED);
    return id;
  }

  /** Throws GrpcError in the words of containerd; the record then says StartError and exit code 128. */
  async start(id: string): Promise<void> {
    const { containers, sandboxes, now } = this.#context;
    const record = containers.get(id, findContainer);
    if (record.state !== ContainerState.CREATED) {
      throw new GrpcError(
        GrpcCode.Unknown,
        `failed to set starting state for container ${JSON.stringify(record.id)}: container is in ${containerStateName(record.state)} state`,
      );
    }
    const sandbox = sandboxes.get(record.sandboxId, findSandbox);
    if (!sandbox.ready) {
      throw new GrpcError(GrpcCode.Unknown, `sandbox container ${JSON.stringify(sandbox.id)} is not running`);
    }
    try {
      const executable = findExecutable(record.command, {
        mounts: record.mounts,
        cwd: record.cwd,
        path: record.env.PATH ?? '',
      });
      mkdirSync(hostPath(findMount(record.mounts, record.cwd)!, record.cwd), { recursive: true });
      const process = await startShim(this.#shimFolder(record.id), {
        executable,
        identity: containerIdentity(this.#context, sandbox, record.mounts),
        env: { ...record.env, ...(record.config.tty ? { K8S_LAB_TTY: '1' } : {}) },
        cwd: record.cwd,
        stdin: stdinMode(record),
      });
      containers.change(record.id, { state: ContainerState.RUNNING, startedAt: Number(now()) });
      this.#follow(record, process);
      this.#publish(record.id, ContainerEventType.STARTED);
    } catch (error) {
      const message = `${startFailure(errorMessage(error))}: unknown`;
      const at = Number(now());
      containers.change(record.id, {
        state: ContainerState.EXITED,
        startedAt: at,
        finishedAt: at,
        exitCode: 128,
        reason: 'StartError',
        message,
      });
      this.#publish(record.id, ContainerEventType.STOPPED);
      throw new GrpcError(GrpcCode.Unknown, message, { cause: error });
    }
  }

  /** Takes a container's output to its log, and notes its end. */
  #follow(record: ContainerRecord, process: ContainerProcess): void {
    const { containers, now } = this.#context;
    const log = new LogFile(record.logPath === '' ? undefined : record.logPath, now);
    const io = new ContainerIo(process, {
      stdinOnce: record.config.stdinOnce,
      log: (stream, chunk) => log.write(record.config.tty ? 'stdout' : stream, chunk),
    });
    const done = process.exited.then((exitCode = 255) => {
      log.close();
      this.#running.delete(record.id);
      containers.change(record.id, {
        state: ContainerState.EXITED,
        finishedAt: Number(now()),
        exitCode,
        reason: exitCode === 0 ? 'Completed' : exitCode === 255 ? 'Unknown' : 'Error',
      });
      this.#publish(record.id, ContainerEventType.STOPPED);
    });
    this.#running.set(record.id, { io, log, done });
  }

  /** SIGTERM, and SIGKILL when it has not ended after so many seconds; 0 kills at once. */
  async stop(id: string, timeoutSeconds: number): Promise<void> {
    const record = this.#context.containers.find(id);
    const running = record === undefined ? undefined : this.#running.get(record.id);
    if (running === undefined) return;
    const { process } = running.io;
    if (timeoutSeconds > 0) {
      process.kill('SIGTERM');
      let timer: NodeJS.Timeout | undefined;
      const waited = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeoutSeconds * 1000);
      });
      await Promise.race([running.done, waited]);
      clearTimeout(timer);
    }
    process.kill('SIGKILL');
    await running.done;
  }

  /** A running container is killed first. No error when there is none of that id. */
  async remove(id: string): Promise<void> {
    const { containers, runDir } = this.#context;
    const record = containers.find(id);
    if (record === undefined) return;
    await this.stop(record.id, 0);
    rmSync(join(runDir, 'io.containerd.runtime.v2.task/k8s.io', record.id), { recursive: true, force: true });
    containers.remove(record.id);
    this.#publish(record.id, ContainerEventType.DELETED, record.sandboxId);
  }

  /** Throws GrpcError NotFound. */
  get(id: string): ContainerRecord {
    return this.#context.containers.get(id, findContainer);
  }

  /** The streams of a running container; throws GrpcError when it does not run. */
  io(id: string): ContainerIo {
    const record = this.get(id);
    const running = this.#running.get(record.id);
    if (running === undefined) {
      throw new GrpcError(GrpcCode.Unknown, `container is in ${containerStateName(record.state)} state`);
    }
    return running.io;
  }

  /** Undefined when it does not run. */
  pid(id: string): number | undefined {
    return this.#running.get(id)?.io.process.pid;
  }

  list({ filter }: CriRequest<'listContainers'>): ContainerRecord[] {
    return this.#context.containers
      .all()
      .filter(
        (record) =>
          (!filter?.id || record.id.startsWith(filter.id)) &&
          (filter?.state === undefined || filter.state.state === record.state) &&
          (!filter?.podSandboxId || record.sandboxId.startsWith(filter.podSandboxId)) &&
          matchesLabels(record.config.labels, filter?.labelSelector),
      );
  }

  /** After its log file was moved away. */
  reopenLog(id: string): void {
    this.io(id);
    this.#running.get(this.get(id).id)?.log.reopen();
  }

  of(sandboxId: string): ContainerRecord[] {
    return this.#context.containers.all().filter((record) => record.sandboxId === sandboxId);
  }

  /** Takes over what an earlier runtime left: containers that run go on; what ended meanwhile is noted now. */
  recover(): void {
    const { containers, now } = this.#context;
    for (const record of containers.all()) {
      // One that was killed on the way from "created" to "running" may have left a process.
      if (record.state !== ContainerState.RUNNING && record.state !== ContainerState.CREATED) continue;
      const process = adoptShim(this.#shimFolder(record.id), stdinMode(record));
      if (process !== undefined) {
        if (record.state === ContainerState.CREATED)
          containers.change(record.id, { state: ContainerState.RUNNING, startedAt: Number(now()) });
        this.#follow(record, process);
      } else if (record.state === ContainerState.RUNNING) {
        containers.change(record.id, {
          state: ContainerState.EXITED,
          finishedAt: Number(now()),
          exitCode: 255,
          reason: 'Unknown',
          message: 'the machine was switched off',
        });
      }
    }
  }

  /** In paths of the host: the shim is no program of the lab, and sees no machine. */
  #shimFolder(id: string): string {
    const { identity, runDir } = this.#context;
    return join(translate(identity.mounts, join(runDir, 'io.containerd.runtime.v2.task/k8s.io')), id);
  }

  #publish(id: string, type: number, removedFrom?: string): void {
    const record = this.#context.containers.find(id);
    const sandbox = this.#context.sandboxes.find(removedFrom ?? record?.sandboxId ?? '');
    this.#context.events.publish({
      containerId: id,
      containerEventType: type,
      createdAt: Number(this.#context.now()),
      ...(sandbox === undefined ? {} : { podSandboxStatus: sandboxStatus(sandbox) }),
      containersStatuses: sandbox === undefined ? [] : this.of(sandbox.id).map(containerStatus),
    });
  }
}
