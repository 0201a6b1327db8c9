/** Nanoseconds since 1970; the microseconds come from the process's own monotonic clock. */
export function nowNanoseconds(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}
