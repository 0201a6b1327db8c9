import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../lib/clock.ts';
import type { CfsslIo } from './io.ts';

/** The commands' world as this process has it. */
export const processIo: CfsslIo = {
  clock: systemClock,
  stdout: (data) => process.stdout.write(data),
  stderr: (data) => process.stderr.write(data),
  readFile: (path) => readFileSync(path, 'utf8'),
  readStdin: () => text(process.stdin),
};
