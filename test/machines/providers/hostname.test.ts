import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identityEnvironment } from '../../../src/usernet/identity.ts';
import { openNetwork } from '../../../src/usernet/network.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hn-'));
  await build({
    entryPoints: ['src/machines/providers/portable/preload.ts'],
    outfile: join(folder, 'preload.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
  });
  mkdirSync(join(folder, 'root/etc'), { recursive: true });
  writeFileSync(join(folder, 'root/etc/hostname'), 'controller-0\n');
  openNetwork(folder).createNamespace('controller-0', { machine: 'controller-0' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a program on a machine sees the name of the machine, whichever way it asks', () => {
  writeFileSync(
    join(folder, 'program.mjs'),
    "import os, { hostname } from 'node:os'; console.log(hostname(), os.hostname(), String(hostname()));",
  );
  const identity = {
    runtimeDir: folder,
    namespace: 'controller-0',
    machine: 'controller-0',
    mounts: [
      { at: '/', from: join(folder, 'root') },
      { at: folder, from: folder },
    ],
  };
  const output = execFileSync(
    process.execPath,
    ['--import', join(folder, 'preload.mjs'), join(folder, 'program.mjs')],
    {
      env: { ...process.env, ...identityEnvironment(identity) },
      encoding: 'utf8',
    },
  );
  expect(output.trim().split(' ')).toEqual(['controller-0', 'controller-0', 'controller-0']);
});
