import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, readlink } from 'node:fs/promises';
import { basename, dirname, join, normalize, posix, relative } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KubectlError } from '../cli/errors.ts';
import { write } from './copy-lines.ts';
import { encodeHeader, endOfArchive, padding, type ReadEntry, type TarEntry } from './tar.ts';

/** Writes a file or a folder with all that is in it as a tar whose entries are called `name` and below. */
export async function packFiles(path: string, name: string, out: Writable): Promise<void> {
  await packEntry(path, name, out);
  await write(out, endOfArchive());
  out.end();
}

async function packEntry(path: string, name: string, out: Writable): Promise<void> {
  const stat = await lstat(path);
  const entry: TarEntry = {
    name,
    type: stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'file',
    mode: stat.mode & 0o7777,
    size: stat.isFile() ? stat.size : 0,
    mtime: Math.floor(stat.mtimeMs / 1000),
    linkName: stat.isSymbolicLink() ? await readlink(path) : '',
  };
  if (entry.type === 'directory') {
    const files = await readdir(path);
    // A folder that holds something comes to be with it.
    if (files.length === 0) await write(out, encodeHeader({ ...entry, name: `${name}/` }));
    for (const file of files.sort()) await packEntry(join(path, file), posix.join(name, file), out);
    return;
  }
  await write(out, encodeHeader(entry));
  if (entry.size === 0) return;
  let sent = 0;
  // A file that grows meanwhile is cut where its header says it ends.
  for await (const chunk of createReadStream(path, { end: entry.size - 1 })) {
    sent += (chunk as Buffer).length;
    await write(out, chunk as Buffer);
  }
  if (sent < entry.size) throw new KubectlError(`archive/tar: missed writing ${entry.size - sent} bytes`);
  await write(out, padding(entry.size));
}

/**
 * Unpacks below `destination`: what the archive calls `prefix` becomes the destination itself. Nothing is written outside
 * of it; links are left out, since they could lead there. Throws KubectlError for an archive of other things.
 */
export async function unpackFiles(
  entries: AsyncIterable<ReadEntry>,
  prefix: string,
  destination: string,
  warn: (text: string) => void,
  hint: string,
): Promise<void> {
  let hinted = false;
  for await (const entry of entries) {
    // Some tars keep the slash at the front of a name, others take it away.
    const name = entry.name.replace(/^\/+/, '');
    if (!name.startsWith(prefix)) throw new KubectlError('tar contents corrupted');
    const path = join(destination, name.slice(prefix.length));
    if (relative(destination, path).split('/')[0] === '..') {
      warn(`warning: file ${JSON.stringify(path)} is outside target destination, skipping`);
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    if (entry.type === 'directory') await mkdir(path, { recursive: true });
    else if (entry.type === 'symlink') {
      const what = `warning: skipping symlink: ${JSON.stringify(path)} -> ${JSON.stringify(entry.linkName)}`;
      warn(hinted ? what : `${what} (consider using "${hint}")`);
      hinted = true;
    } else await pipeline(entry.data, createWriteStream(path, { mode: 0o666 }));
  }
}

/** The name under which a tar of this path has it: without `./`, `../` and slashes at both ends. */
export function archivePrefix(path: string): string {
  const clean = posix.normalize(path.replace(/^\/+|\/+$/g, '') || '.');
  const parts = clean.split('/');
  while (parts[0] === '..' || parts[0] === '.') parts.shift();
  return parts.join('/');
}

/** Models kubectl/pkg/cmd/cp localPath.Base. */
export const localBase = (path: string) => basename(normalize(path));
