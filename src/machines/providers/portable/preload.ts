import { currentIdentity } from '../../../usernet/identity.ts';
import { installUsernet } from '../../../usernet/intercept/install.ts';
import { registerProcess } from '../../../usernet/processes.ts';
import { installHostname } from './hostname.ts';
import { installRootfs } from './rootfs.ts';

/*
 * Loaded by `node --import` before the code of every lab process. Without an identity in the environment the program
 * runs on the host as any other.
 */
const identity = currentIdentity();
if (identity !== undefined) {
  registerProcess(identity, process.argv[1] ?? '');
  installUsernet(identity);
  installRootfs(identity);
  if (identity.mounts.length > 0) installHostname();
}
