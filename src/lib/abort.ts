/**
 * Runs something when the signal aborts, at once when it has aborted already: an `abort` listener that comes late is never
 * called, and a program that is stopped while it starts would wait for ever.
 */
export function onAbort(signal: AbortSignal, stop: () => void): void {
  if (signal.aborted) stop();
  // Without the event: a promise's resolve would take it for its value.
  else signal.addEventListener('abort', () => stop(), { once: true });
}

/** Resolves when the signal aborts, at once when it has. */
export const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => onAbort(signal, resolve));
