import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../lib/errors.ts';
import { writeFileAtomicSync } from '../../lib/files.ts';
import { type ConnectProxy, startConnectProxy } from '../../usernet/connect-proxy.ts';
import { jumpboxIdentity } from '../identity.ts';
import type { Workspace } from '../workspace.ts';

const runtimeFile = (workspace: Pick<Workspace, 'labDir'>) => join(workspace.labDir, 'runtime.json');

/** The proxy's port as labd chose it last; undefined before its first run. */
export function rememberedProxyPort(workspace: Pick<Workspace, 'labDir'>): number | undefined {
  try {
    return (JSON.parse(readFileSync(runtimeFile(workspace), 'utf8')) as { proxyPort?: number }).proxyPort;
  } catch {
    return undefined;
  }
}

/** Starts the CONNECT proxy on the port of last time, so that shells opened then still work; else on a free one. */
export async function startProxy(workspace: Workspace): Promise<ConnectProxy> {
  const start = (port: number) =>
    startConnectProxy({ identity: jumpboxIdentity(workspace), host: '127.0.0.1', port });
  const remembered = rememberedProxyPort(workspace);
  let proxy: ConnectProxy;
  try {
    proxy = await start(remembered ?? 0);
  } catch (error) {
    if (remembered === undefined || errorCode(error) !== 'EADDRINUSE') throw error;
    proxy = await start(0);
  }
  writeFileAtomicSync(runtimeFile(workspace), `${JSON.stringify({ proxyPort: proxy.port })}\n`, 0o600);
  return proxy;
}
