/** One timer of Node cannot wait longer than 24.8 days. */
const longestMs = 2 ** 31 - 1;

/** `sleep` of a shell: resolves after the time, or soon after the signal aborts. */
export function shellSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, Math.min(ms, longestMs));
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    // Not at once: a loop of sleeps that end immediately would let nothing else have its turn.
    if (signal.aborted) setImmediate(done);
    else signal.addEventListener('abort', done, { once: true });
  });
}
