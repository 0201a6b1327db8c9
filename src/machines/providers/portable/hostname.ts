import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/**
 * The name of the host is the kernel's to tell, one a UTS namespace; here it is what the machine's (or the pod's)
 * /etc/hostname says, read through the process's own view of files.
 */
export function installHostname(): void {
  const real = os.hostname;
  const hostname = (): string => {
    try {
      return readFileSync('/etc/hostname', 'utf8').trim() || real();
    } catch {
      return real();
    }
  };
  os.hostname = Object.assign(hostname, { [Symbol.toPrimitive]: hostname });
  syncBuiltinESMExports();
}
