import { type Clock, sleep } from '../../../lib/clock.ts';
import type { Container, LifecycleHandler } from '../../api/types/core-v1.ts';
import type { CriClient } from '../../cri/index.ts';
import { execProbe, httpGetProbe, resolvePort } from '../probes/probe.ts';

/** Runs a postStart or preStop handler; throws with what went wrong. Models pkg/kubelet/lifecycle/handlers.go. */
export async function runHook(
  { cri, clock }: { readonly cri: CriClient; readonly clock: Clock },
  hook: LifecycleHandler,
  container: Container,
  containerId: string,
  podIP: string,
  timeoutMs: number,
): Promise<void> {
  if (hook.sleep !== undefined) {
    await sleep(clock, Math.min(hook.sleep.seconds * 1000, timeoutMs));
    return;
  }
  if (hook.exec !== undefined) {
    const { command = [] } = hook.exec;
    const result = await execProbe(cri, containerId, command, timeoutMs);
    if (!result.ok) throw new Error(`command '${command.join(' ')}' failed: ${result.output}`);
    return;
  }
  if (hook.httpGet !== undefined) {
    const host = hook.httpGet.host || podIP;
    const port = resolvePort(hook.httpGet.port, container);
    const result = await httpGetProbe(hook.httpGet, host, port, timeoutMs);
    if (!result.ok) throw new Error(result.output);
    return;
  }
  throw new Error('invalid handler: it names no action');
}
