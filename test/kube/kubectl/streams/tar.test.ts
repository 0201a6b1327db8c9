import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archivePrefix, packFiles, unpackFiles } from '../../../../src/kube/kubectl/streams/local-files.ts';
import { encodeHeader, endOfArchive, padding, readTar } from '../../../../src/kube/kubectl/streams/tar.ts';

const long = `${'n'.repeat(90)}/${'m'.repeat(90)}.txt`;
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tar-'));
  mkdirSync(join(dir, 'in', 'empty'), { recursive: true });
  mkdirSync(join(dir, 'in', 'n'.repeat(90)));
  writeFileSync(join(dir, 'in', 'small'), 'hello\n');
  writeFileSync(join(dir, 'in', 'big'), Buffer.alloc(100_000, 'x'));
  writeFileSync(join(dir, 'in', long), 'deep');
  symlinkSync('small', join(dir, 'in', 'link'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function pack(): Promise<Buffer> {
  const out = new PassThrough();
  const [bytes] = await Promise.all([buffer(out), packFiles(join(dir, 'in'), 'top', out)]);
  return bytes;
}

/** In small pieces, as they come from a network. */
const inPieces = (bytes: Buffer, size = 333) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    ),
  );

test('the system tar reads what we pack', async () => {
  const list = execFileSync('tar', ['tf', '-'], { input: await pack() })
    .toString()
    .trim()
    .split('\n');
  expect(list.sort()).toEqual(['top/big', 'top/empty/', 'top/link', `top/${long}`, 'top/small'].sort());
});

test('we unpack what the system tar packs, but no links', async () => {
  const bytes = execFileSync('tar', ['cf', '-', '-C', dir, 'in']);
  const warnings: string[] = [];
  const out = join(dir, 'out');
  await unpackFiles(readTar(inPieces(bytes)), 'in', out, (text) => warnings.push(text), 'tar it yourself');
  expect(readFileSync(join(out, 'big'))).toHaveLength(100_000);
  expect(readFileSync(join(out, long), 'utf8')).toBe('deep');
  expect(warnings).toEqual([
    `warning: skipping symlink: "${join(out, 'link')}" -> "small" (consider using "tar it yourself")`,
  ]);
});

test('our own archives come back, also in pax spelling', async () => {
  const names: string[] = [];
  for await (const { name, type } of readTar(inPieces(await pack()))) names.push(`${type} ${name}`);
  expect(names).toContain(`file top/${long}`);
  expect(names).toContain('symlink top/link');
  const pax = execFileSync('tar', ['--format=pax', '-cf', '-', '-C', dir, 'in']);
  const paxNames: string[] = [];
  for await (const { name } of readTar(inPieces(pax))) paxNames.push(name);
  expect(paxNames).toContain(`in/${long}`);
});

const entry = (name: string, text: string) => {
  const data = Buffer.from(text);
  const header = { name, type: 'file', mode: 0o644, size: data.length, mtime: 0, linkName: '' } as const;
  return Buffer.concat([encodeHeader(header), data, padding(data.length)]);
};

test('nothing is written outside of the destination', async () => {
  const bytes = Buffer.concat([entry('in/../../evil', 'x'), entry('in/good', 'y'), endOfArchive()]);
  const warnings: string[] = [];
  const out = join(dir, 'a', 'b');
  await unpackFiles(readTar(inPieces(bytes)), 'in', out, (text) => warnings.push(text), '');
  expect(warnings[0]).toContain('is outside target destination, skipping');
  expect(readFileSync(join(out, 'good'), 'utf8')).toBe('y');
  const other = Buffer.concat([entry('elsewhere', 'x'), endOfArchive()]);
  await expect(unpackFiles(readTar(inPieces(other)), 'in', out, () => undefined, '')).rejects.toThrow(
    'tar contents corrupted',
  );
});

test('damaged and cut archives are refused', async () => {
  const names = async (bytes: Buffer) => {
    const found: string[] = [];
    for await (const { name } of readTar(inPieces(bytes))) found.push(name);
    return found;
  };
  const whole = Buffer.concat([entry('a', 'some text'), endOfArchive()]);
  expect(await names(whole)).toEqual(['a']);
  expect(await names(Buffer.alloc(0))).toEqual([]);
  await expect(names(whole.subarray(0, 700))).rejects.toThrow('unexpected EOF');
  const damaged = Buffer.from(whole);
  damaged[0] = 0x62;
  await expect(names(damaged)).rejects.toThrow('invalid tar header');
});

test('the prefix of a path is what tar calls it', () => {
  expect(['/tmp/x/', './a/../b', '../../c', '/'].map(archivePrefix)).toEqual(['tmp/x', 'b', 'c', '']);
});
