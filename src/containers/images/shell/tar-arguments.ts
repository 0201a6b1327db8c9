/**
 * Every tar takes the slash off the front of the names that it packs, so that an archive unpacks below any folder, and
 * `kubectl cp` counts on it; the one of just-bash keeps it. Packed from the root, the same files have names without it.
 * Options and names that it does not understand stay as they are. Pure.
 */
export function withRelativeNames(args: readonly string[]): { args: readonly string[]; changed: boolean } {
  const [options = '', archive, ...names] = args;
  const packs = /^-?[a-z]*c[a-z]*f$/.test(options) && archive !== undefined;
  if (!packs || names.length === 0 || !names.every((name) => name.startsWith('/')))
    return { args, changed: false };
  const relative = names.map((name) => name.replace(/^\/+/, '') || '.');
  return { args: [options, archive, '-C', '/', ...relative], changed: true };
}
