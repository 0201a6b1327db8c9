import { basename } from 'node:path';
import { currentIdentity } from '../../../usernet/identity.ts';
import { installUsernet } from '../../../usernet/intercept/install.ts';
import { registerProcess } from '../../../usernet/processes.ts';
import { installChildProcesses } from './child-processes.ts';
import { installHostname } from './hostname.ts';
import { installRootfs } from './rootfs.ts';

/*
 * Loaded by `node --import` before the code of every lab process. Without an identity in the environment the program
 * runs on the host as any other.
 */
const identity = currentIdentity();
if (identity !== undefined) {
  const program = basename(process.argv[1] ?? '', '.js');
  registerProcess(identity, program);
  installUsernet(identity);
  installRootfs(identity);
  if (identity.mounts.length > 0) {
    installHostname();
    installChildProcesses(program);
  }
}
