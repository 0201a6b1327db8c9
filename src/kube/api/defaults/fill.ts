/** Sets a field that is unset: absent, null, or the empty string that Go cannot tell from unset. */
export function fill<T extends object, K extends keyof T>(
  object: T,
  key: K,
  value: NonNullable<T[K]>,
): NonNullable<T[K]> {
  const present = object[key];
  if (present === undefined || present === null || present === '') object[key] = value;
  return object[key] as NonNullable<T[K]>;
}

/** As fill, where a zero means unset too: numbers that are no pointers in Go. */
export function fillZero<T extends object, K extends keyof T>(
  object: T,
  key: K,
  value: NonNullable<T[K]>,
): void {
  if ((object[key] as unknown) === 0) object[key] = value;
  else fill(object, key, value);
}
