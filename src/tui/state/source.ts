import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root.ts';
import { line } from '../text/line.ts';
import type { SourceView } from './ui-state.ts';

/** A source file of ours; undefined where only the built programs are installed. */
export async function readSource(file: string): Promise<SourceView | undefined> {
  const text = await readFile(join(packageRoot(), file), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return { file, lines: text.split('\n').map((row) => line(row.replaceAll('\t', '  '))) };
}
