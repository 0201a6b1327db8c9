import { isNotFound } from '../../client/errors.ts';
import type { Session } from '../cli/command.ts';
import type { KubeObject } from './cluster.ts';
import { fetchTarget, type Target } from './targets.ts';

/**
 * The states of one object: as it is now, then after each change; undefined while there is none. Ends when the signal
 * aborts. Models client-go tools/watch UntilWithSync for a single object.
 */
export async function* followObject(
  session: Session,
  target: Target,
  signal: AbortSignal,
): AsyncGenerator<KubeObject | undefined> {
  // The server ends a watch now and then: look again.
  while (!signal.aborted) {
    const object = await fetchTarget(session, target).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    yield object;
    const events = session
      .cluster()
      .resource(target.resource, target.namespace)
      .watch({
        fieldSelector: `metadata.name=${target.name}`,
        ...(object?.metadata.resourceVersion !== undefined && {
          resourceVersion: object.metadata.resourceVersion,
        }),
        signal,
      });
    for await (const { type, object: next } of events) {
      if (type === 'BOOKMARK') continue;
      yield type === 'DELETED' ? undefined : next;
    }
  }
}

/** Resolves to true at the first state that passes, to false when the signal aborted before. */
export async function waitForObject(
  session: Session,
  target: Target,
  signal: AbortSignal,
  passes: (object: KubeObject | undefined) => boolean,
): Promise<boolean> {
  try {
    for await (const object of followObject(session, target, signal)) if (passes(object)) return true;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return false;
}

/** Aborts with the session, or after `timeoutMs`; 0 is no limit. */
export function withTimeout(session: Session, timeoutMs: number): AbortSignal {
  if (timeoutMs <= 0) return session.signal;
  return AbortSignal.any([session.signal, AbortSignal.timeout(timeoutMs)]);
}
