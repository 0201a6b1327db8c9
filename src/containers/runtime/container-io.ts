import type { Readable } from 'node:stream';
import type { ContainerProcess } from './processes.ts';

export interface Streams {
  readonly stdin?: Readable | undefined;
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

/** The standard streams of a running container: they go to its log, and to whoever is attached. */
export class ContainerIo {
  readonly process: ContainerProcess;
  readonly #attached = new Set<Streams>();
  readonly #companions = new Set<ContainerProcess>();
  readonly #stdinOnce: boolean;

  constructor(
    process: ContainerProcess,
    options: {
      readonly stdinOnce: boolean;
      readonly log: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
    },
  ) {
    this.process = process;
    this.#stdinOnce = options.stdinOnce;
    for (const stream of ['stdout', 'stderr'] as const) {
      process[stream].on('data', (chunk: Buffer) => {
        options.log(stream, chunk);
        for (const peer of this.#attached) peer[stream](chunk);
      });
    }
    void process.exited.then(() => {
      for (const companion of this.#companions) companion.kill('SIGKILL', true);
    });
  }

  /** A command that runs in the container ends with it, as with the first process of a PID namespace. */
  accompany(companion: ContainerProcess): void {
    this.#companions.add(companion);
    void companion.exited.then(() => this.#companions.delete(companion));
  }

  /** From now on; returns how to let go. With stdinOnce the container's input ends with the first one's. */
  attach(streams: Streams): () => void {
    this.#attached.add(streams);
    const target = this.process.stdin;
    const { stdin } = streams;
    if (stdin !== undefined && target !== null) {
      stdin.pipe(target, { end: this.#stdinOnce });
    }
    return () => {
      this.#attached.delete(streams);
      if (stdin !== undefined && target !== null) stdin.unpipe(target);
    };
  }
}
