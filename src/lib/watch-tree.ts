import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

export interface WatchTreeOptions {
  /** Folders and files that are nobody's business: what changes in them is not told. Gets the path below the root. */
  readonly skip?: (path: string) => boolean;
  readonly onChange: () => void;
}

/**
 * Watches a folder and all folders in it, also those made later; returns the end of it. (fs.watch has a recursive mode, but
 * on Linux it cannot leave anything out, and a database's folder would be watched too.)
 */
export function watchTree(root: string, { skip = () => false, onChange }: WatchTreeOptions): () => void {
  const watchers = new Map<string, FSWatcher>();

  const close = (path: string) => {
    for (const [watched, watcher] of watchers) {
      if (watched !== path && !watched.startsWith(`${path}/`)) continue;
      watcher.close();
      watchers.delete(watched);
    }
  };

  const add = (path: string): void => {
    const full = join(root, path);
    let folders: string[];
    try {
      if (!watchers.has(path)) {
        const watcher = watch(full, { persistent: false }, (event, name) => changed(path, event, name));
        // A folder that is removed is no reason to stop.
        watcher.on('error', () => close(path));
        watchers.set(path, watcher);
      }
      const entries = readdirSync(full, { withFileTypes: true });
      folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
    } catch {
      // No folder, or not one any more.
      close(path);
      return;
    }
    for (const folder of folders) if (!skip(folder) && !watchers.has(folder)) add(folder);
  };

  const changed = (folder: string, event: string, name: string | null): void => {
    const path = name === null ? folder : join(folder, name);
    if (skip(path)) return;
    // Made, moved or removed: where it is a folder now, it may be another than the one that was watched.
    if (event === 'rename' && name !== null) {
      close(path);
      add(path);
    }
    onChange();
  };

  add('');
  return () => {
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
}
