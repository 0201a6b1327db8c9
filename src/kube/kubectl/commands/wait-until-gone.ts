import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { waitForObject, withTimeout } from '../cluster/follow.ts';
import type { Target } from '../cluster/targets.ts';

/** Waits until the object (or its uid) is no longer there; `timeoutMs` 0 waits as long as it takes. */
export async function waitUntilGone(
  session: Session,
  target: Target,
  uid: string | undefined,
  timeoutMs: number,
): Promise<void> {
  const signal = withTimeout(session, timeoutMs);
  const isGone = await waitForObject(
    session,
    target,
    signal,
    (object) => object === undefined || (uid !== undefined && object.metadata.uid !== uid),
  );
  if (!isGone) throw timedOut(target);
}

export const timedOut = (target: Target) =>
  new KubectlError(`timed out waiting for the condition on ${target.resource.resource}/${target.name}`);
