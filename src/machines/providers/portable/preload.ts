import { basename } from 'node:path';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { currentIdentity } from '../../../usernet/identity.ts';
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
  const record = registerProcess(identity, program);
  installUsernet(identity);
  installRootfs(identity);
  if (identity.mounts.length > 0) {
    endWhenForgotten(record, idleClock, () => process.exit(1));
    installHostname();
    installChildProcesses(program);
  }
}
