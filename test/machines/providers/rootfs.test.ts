import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Mount } from '../../../src/usernet/index.ts';
import { registeredProcesses } from '../../../src/usernet/index.ts';
import { buildDefaultNetwork, buildPreload, createLab, type TestLab } from '../../usernet/lab.ts';

let folder: string;
let lab: TestLab;
let root: string;
let volume: string;
let mounts: Mount[];
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rootfs-preload-'));
  lab = createLab(await buildPreload(folder));
  buildDefaultNetwork(lab.network);
});
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  root = join(lab.folder, `root-${count++}`);
  volume = join(lab.folder, `volume-${count}`);
  for (const path of ['etc', 'var/lib', 'run', 'tmp', 'config'])
    mkdirSync(join(root, path), { recursive: true });
  mkdirSync(volume);
  writeFileSync(join(root, 'etc/hostname'), 'worker-0\n');
  writeFileSync(join(volume, 'key'), 'value');
  mounts = [
    { at: '/', from: root },
    { at: '/config', from: volume, readOnly: true },
  ];
});

const run = async (source: string) =>
  JSON.parse(
    await lab.run(
      'worker-0',
      `import fs from 'node:fs'; import { readFileSync } from 'node:fs'; import fsp from 'node:fs/promises'; const attempt = async (f) => { try { return await f(); } catch (e) { return [e.message, e.path, e.errno, e.dest].filter((x) => x !== undefined); } }; const call = (f, ...a) => new Promise((d) => f(...a, (e, r) => d(e ? [e.message, e.path] : r)));
${source}`,
      { mounts },
    ),
  );

describe('files of a machine', () => {
  it('reads in every form, named import, callback, promise, stream and handle', async () => {
    const result = await run(`
const chunks = []; for await (const c of fs.createReadStream('/etc/hostname')) chunks.push(c);
const handle = await fsp.open('/etc/hostname'); const byHandle = await handle.readFile('utf8'); await handle.close();
console.log(JSON.stringify([fs.readFileSync('/etc/hostname','utf8'), readFileSync('/etc/hostname','utf8'),
  await call(fs.readFile, '/etc/hostname', 'utf8'), await fsp.readFile('/etc/hostname','utf8'),
  await fsp.readFile(new URL('file:///etc/hostname'),'utf8'), Buffer.concat(chunks).toString(), byHandle]));`);
    expect(result).toEqual(Array(7).fill('worker-0\n'));
  });

  it('tells errors in the paths that the program used', async () => {
    const result = await run(`
console.log(JSON.stringify([await attempt(() => fs.readFileSync('/etc/none')), await attempt(() => fsp.stat('/etc/none')),
  await call(fs.open, '/etc/none'), await attempt(() => fs.renameSync('/etc/a', '/etc/b')),
  await new Promise((d) => fs.createReadStream('/etc/none').on('error', (e) => d(e.message))), fs.existsSync('/etc/none'), fs.existsSync('/etc')]));`);
    expect(result).toEqual([
      ["ENOENT: no such file or directory, open '/etc/none'", '/etc/none', -2],
      ["ENOENT: no such file or directory, stat '/etc/none'", '/etc/none', -2],
      ["ENOENT: no such file or directory, open '/etc/none'", '/etc/none'],
      ["ENOENT: no such file or directory, rename '/etc/a' -> '/etc/b'", '/etc/a', -2, '/etc/b'],
      "ENOENT: no such file or directory, open '/etc/none'",
      false,
      true,
    ]);
  });

  it('writes, and refuses to on a read-only mount', async () => {
    const result = await run(`
fs.writeFileSync('/var/lib/a', '1'); await fsp.appendFile('/var/lib/a', '2');
await new Promise((d) => fs.createWriteStream('/var/lib/b').end('3', d));
console.log(JSON.stringify([fs.readFileSync('/config/key', 'utf8'), await attempt(() => fs.writeFileSync('/config/key', 'x')),
  await attempt(() => fsp.rm('/config/key')), await call(fs.open, '/config/new', 'w'), fs.mkdirSync('/var/lib/x/y/z', { recursive: true }),
  fs.mkdtempSync('/tmp/t-').slice(0, 7), fs.mkdtempSync('/tmp/').length]));`);
    expect(result).toEqual([
      'value',
      ["EROFS: read-only file system, writeFile '/config/key'", '/config/key', -30],
      ["EROFS: read-only file system, rm '/config/key'", '/config/key', -30],
      ["EROFS: read-only file system, open '/config/new'", '/config/new'],
      '/var/lib/x',
      '/tmp/t-',
      11,
    ]);
    expect(readFileSync(join(root, 'var/lib/a'), 'utf8')).toBe('12');
    expect(readFileSync(join(root, 'var/lib/b'), 'utf8')).toBe('3');
  });

  it('keeps symbolic links inside the root', async () => {
    symlinkSync('/etc', join(root, 'absolute'));
    symlinkSync('../../../../../../../../etc/hostname', join(root, 'climbing'));
    const result = await run(`
fs.symlinkSync('/etc/hostname', '/tmp/link');
console.log(JSON.stringify([fs.readFileSync('/absolute/hostname', 'utf8'), fs.readFileSync('/climbing', 'utf8'), fs.readFileSync('/tmp/link', 'utf8'),
  fs.readlinkSync('/tmp/link'), fs.realpathSync('/absolute/../absolute/hostname'), fs.realpathSync.native('/tmp/link'), fs.lstatSync('/tmp/link').isSymbolicLink(),
  await attempt(() => fs.realpathSync('/absolute/none'))]));`);
    expect(result.slice(0, 7)).toEqual([
      'worker-0\n',
      'worker-0\n',
      'worker-0\n',
      '/etc/hostname',
      '/etc/hostname',
      '/etc/hostname',
      true,
    ]);
    expect(result[7][0]).toContain("'/absolute/none'");
    expect(readlinkSync(join(root, 'tmp/link'))).toBe('/etc/hostname');
  });

  it('lists folders, copies, renames and removes', async () => {
    const result = await run(`
fs.mkdirSync('/var/lib/d'); fs.copyFileSync('/etc/hostname', '/var/lib/d/h'); fs.cpSync('/var/lib/d', '/var/lib/e', { recursive: true });
fs.renameSync('/var/lib/e/h', '/var/lib/e/i');
const entries = fs.readdirSync('/var/lib', { withFileTypes: true, recursive: true }).map((e) => e.parentPath + '/' + e.name).sort();
const dir = await fsp.opendir('/var/lib/e'); const names = []; for await (const e of dir) names.push(e.name);
fs.rmSync('/var/lib/d', { recursive: true });
console.log(JSON.stringify([entries, dir.path, names, fs.readdirSync('/var/lib'), fs.statfsSync('/').bsize > 0]));`);
    expect(result).toEqual([
      ['/var/lib/d', '/var/lib/d/h', '/var/lib/e', '/var/lib/e/i'],
      '/var/lib/e',
      ['i'],
      ['e'],
      true,
    ]);
  });

  it('has a working directory of its own', async () => {
    const result = await run(`
const before = process.cwd(); const relative = fs.readFileSync('etc/hostname', 'utf8'); process.chdir('/var'); process.chdir('lib');
fs.writeFileSync('here', '1');
console.log(JSON.stringify([before, relative, process.cwd(), fs.existsSync('/var/lib/here'), await attempt(() => process.chdir('/none')), fs.readFileSync('/dev/null', 'utf8')]));`);
    expect(result.slice(0, 4)).toEqual(['/', 'worker-0\n', '/var/lib', true]);
    expect(result[4][0]).toContain('ENOENT');
    expect(result[5]).toBe('');
  });

  it('puts unix sockets in the place of their path, and frees that of a killed process', async () => {
    const server = `import net from 'node:net'; import fs from 'node:fs';
const server = net.createServer((s) => s.end('hello')); server.on('error', (e) => { console.log(e.message); process.exit(0); });
server.listen('/run/containerd.sock', () => console.log(fs.statSync('/run/containerd.sock').isSocket(), server.address()));
process.stdin.on('data', () => server.close(() => process.exit(0)));`;
    const client = `import net from 'node:net';
const socket = net.connect('/run/containerd.sock'); socket.on('data', (d) => console.log(String(d))); socket.on('error', (e) => console.log(e.message));`;
    expect(await lab.run('worker-0', client, { mounts })).toBe('connect ENOENT /run/containerd.sock');
    const first = lab.start('worker-0', server, { mounts });
    expect(await first.line()).toBe('true /run/containerd.sock');
    expect(await lab.run('worker-0', client, { mounts })).toBe('hello');
    expect(await lab.run('worker-0', server, { mounts })).toBe(
      'listen EADDRINUSE: address already in use /run/containerd.sock',
    );
    expect(await lab.run('worker-0', server.replaceAll('/run/', '/none/'), { mounts })).toBe(
      'listen EACCES: permission denied /none/containerd.sock',
    );
    await first.kill('SIGKILL');
    expect(await lab.run('worker-0', client, { mounts })).toBe('connect ECONNREFUSED /run/containerd.sock');
    const second = lab.start('worker-0', server, { mounts });
    await second.line();
    second.stdin.write('stop');
    await second.exited;
    expect(existsSync(join(root, 'run/containerd.sock'))).toBe(false);
  });

  it('registers the process while it lives, and is found after kill -9 of others', async () => {
    const running = lab.start('worker-0', `console.log('up'); process.stdin.resume();`, { mounts });
    await running.line();
    const found = registeredProcesses(lab.runtimeDir).find((record) => record.pid === running.pid);
    expect(found).toMatchObject({ namespace: 'worker-0', machine: 'worker-0' });
    await running.kill('SIGKILL');
    expect(registeredProcesses(lab.runtimeDir).some((record) => record.pid === running.pid)).toBe(false);
    expect(existsSync(join(lab.runtimeDir, 'pids', String(running.pid)))).toBe(false);
  });
});
