import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readIfThere, readTrouble, statIfThere } from '../../../src/checks/live/disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-disk-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

describe('files of the disk', () => {
  it('reads what is there, byte for byte', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 0]);
    writeFileSync(at('binary'), bytes);
    writeFileSync(at('empty'), '');
    expect(await readIfThere(at('binary'))).toEqual(bytes);
    expect(await readIfThere(at('empty'))).toEqual(Buffer.alloc(0));
  });
  it('has nothing to read where there is no file', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('file'), 'x');
    symlinkSync('/nowhere', at('dangling'));
    for (const name of ['none', 'none/deeper', 'file/deeper', 'folder', 'dangling'])
      expect(await readIfThere(at(name)), name).toBeUndefined();
    expect(await statIfThere(at('none'))).toBeUndefined();
    expect(await statIfThere(at('folder'))).toMatchObject({ type: 'directory' });
  });
  it('does not wait for a pipe, nor read a device', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    expect(await readIfThere(at('pipe'))).toBeUndefined();
    expect(await statIfThere(at('pipe'))).toMatchObject({ type: 'other' });
    expect(await readIfThere('/dev/zero')).toBeUndefined();
  });
  it('reads only the beginning of a huge file', async () => {
    writeFileSync(at('huge'), '#!/bin/sh\n');
    truncateSync(at('huge'), 3 * 1024 ** 3);
    const content = await readIfThere(at('huge'));
    expect(content).toHaveLength(1024 * 1024);
    expect(Buffer.from(content!.subarray(0, 9)).toString()).toBe('#!/bin/sh');
    expect(await statIfThere(at('huge'))).toMatchObject({ type: 'file', size: 3 * 1024 ** 3 });
    rmSync(at('huge'));
  });
  it('tells permission bits, not the bits of the type', async () => {
    writeFileSync(at('key'), 'x');
    for (const mode of [0o600, 0o644, 0o1755]) {
      chmodSync(at('key'), mode);
      expect(await statIfThere(at('key'))).toEqual({ type: 'file', mode, size: 1 });
    }
  });
  it('says what stands in the way of reading, with a remedy', async () => {
    symlinkSync('loop', at('loop'));
    const loop = await readIfThere(at('loop')).catch(String);
    expect(loop).toContain(`this file cannot be read: ELOOP`);
    expect(loop).toContain(`look at it: ls -l ${at('loop')}`);
  });
  it('names the right that is missing', () =>
    // Asked of an error itself: root, as which tests may run, reads everything.
    expect(String(readTrouble('admin-key.pem', Object.assign(new Error('EACCES'), { code: 'EACCES' })))).toBe(
      'this file cannot be read: permission denied (admin-key.pem): chmod u+r admin-key.pem',
    ));
});
