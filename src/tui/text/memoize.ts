/** Remembers the last results by the identity of the arguments: wrapping a long text again for every key would be felt. */
export function memoize<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  size: number,
): (...args: A) => R {
  const remembered: { readonly args: A; readonly result: R }[] = [];
  return (...args) => {
    const found = remembered.findIndex((entry) =>
      entry.args.every((arg, index) => Object.is(arg, args[index])),
    );
    if (found !== -1) {
      const [entry] = remembered.splice(found, 1);
      remembered.unshift(entry!);
      return entry!.result;
    }
    const result = fn(...args);
    remembered.unshift({ args, result });
    remembered.length = Math.min(remembered.length, size);
    return result;
  };
}
