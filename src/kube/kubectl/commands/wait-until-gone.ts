import { isNotFound } from '../../client/errors.ts';
import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { fetchTarget, fullName, type Target } from '../cluster/targets.ts';

/** Waits until the object (or its uid) is no longer there; `timeoutMs` 0 waits as long as it takes. */
export async function waitUntilGone(
  session: Session,
  target: Target,
  uid: string | undefined,
  timeoutMs: number,
): Promise<void> {
  const limit = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined;
  const signal = limit === undefined ? session.signal : AbortSignal.any([session.signal, limit]);
  try {
    while (!(await isGone(session, target, uid, signal)));
  } catch (error) {
    if (limit?.aborted)
      throw new KubectlError(
        `timed out waiting for the condition on ${target.resource.resource}/${target.name}`,
      );
    throw error;
  }
}

async function isGone(
  session: Session,
  target: Target,
  uid: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  let object: KubeObject;
  try {
    object = await fetchTarget(session, target);
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
  if (uid !== undefined && object.metadata.uid !== uid) return true;
  const events = session
    .cluster()
    .resource(target.resource, target.namespace)
    .watch({
      fieldSelector: `metadata.name=${target.name}`,
      ...(object.metadata.resourceVersion !== undefined && {
        resourceVersion: object.metadata.resourceVersion,
      }),
      signal,
    });
  for await (const event of events) if (event.type === 'DELETED') return true;
  if (signal.aborted) throw new Error(`gave up waiting for ${fullName(target)}`);
  // The server ends a watch now and then: look again.
  return false;
}
