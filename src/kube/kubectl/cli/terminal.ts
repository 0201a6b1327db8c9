import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../../lib/clock.ts';

/** The world as a command sees it: tests hand in their own. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}
