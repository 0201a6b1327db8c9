import { basename } from 'node:path';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { failureText } from '../../../lib/failure.ts';
import { currentIdentity, type Identity } from '../../../usernet/identity.ts';
import { installUsernet } from '../../../usernet/intercept/install.ts';
import { registerProcess } from '../../../usernet/processes.ts';
import { installChildProcesses } from './child-processes.ts';
import { endWhenForgotten } from './forgotten.ts';
import { installHostname } from './hostname.ts';
import { installRootfs } from './rootfs.ts';

/*
 * Loaded by `node --import` before the code of every lab process. Without an identity in the environment the program
 * runs on the host as any other.
 */
const identity = currentIdentity();
/** Its timers keep no program from ending. */
const idleClock: Clock = {
  ...systemClock,
  every(periodMs, fn) {
    const timer = setInterval(fn, periodMs).unref();
    return () => clearInterval(timer);
  },
};
if (identity !== undefined) {
  const program = basename(process.argv[1] ?? '', '.js');
  const record = registerOrEnd(identity, program);
  installUsernet(identity);
  installRootfs(identity);
  if (identity.mounts.length > 0) {
    endWhenForgotten(record, idleClock, () => process.exit(1));
    installHostname();
    installChildProcesses(program);
  }
}

/** A disk that is full is told in a line: nobody has caught anything yet this early. */
function registerOrEnd(self: Identity, program: string): string {
  try {
    return registerProcess(self, program);
  } catch (error) {
    process.stderr.write(`${program}: ${failureText(error)}\n`);
    process.exit(1);
  }
}
