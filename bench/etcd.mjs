import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processFigures, root, run } from './lab.mjs';

const memberCount = 3;
/** Asks for 8,000 writes a second from 500 clients, more than either gives on two cores: so it shows the ceiling. */
const load = 'l';
/** As a lab starts it, see src/machines/labd/node-flags.ts. */
const nodeFlags = ['--max-semi-space-size=4', '--max-old-space-size=512'];

/**
 * `etcdctl check perf` against three members with mutual TLS on 127.0.0.1: ours, and Debian's etcd where it is
 * installed, one after the other with the same client, certificates, disk and load.
 */
export async function etcd() {
  if (!hasProgram('etcdctl')) throw new Error('etcdctl is not installed (Debian: etcd-client)');
  const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-bench-etcd-'));
  try {
    await makeCertificates(folder);
    const program = join(root, 'dist/programs/etcd.js');
    const ours = await measure(folder, 'ours', process.execPath, [...nodeFlags, program]);
    const rows = [
      {
        what: `etcdctl check perf --load=${load}, ${memberCount} members with TLS: ours`,
        budget: '',
        figure: figures(ours),
      },
    ];
    if (!hasProgram('etcd')) {
      rows.push({ what: 'the same, real etcd', budget: '', figure: 'not measured: etcd is not installed' });
      return rows;
    }
    const real = await measure(folder, 'real', 'etcd', []);
    rows.push(
      { what: 'the same, real etcd', budget: '', figure: figures(real) },
      {
        what: 'ours / real: throughput, memory under that load, CPU a write',
        budget: '≥ 1.0, ≤ 0.33',
        figure: [ours.writes / real.writes, ours.pssKb / real.pssKb, ours.cpuPerWriteMs / real.cpuPerWriteMs]
          .map((ratio) => ratio.toFixed(2))
          .join(', '),
      },
    );
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const figures = ({ writes, slowest, pssKb, cpuPerWriteMs }) =>
  `${writes} writes/s, slowest ${slowest} s, ${Math.round(pssKb / 1024)} MB, ${cpuPerWriteMs.toFixed(2)} ms of CPU a write`;
const hasProgram = (name) => spawnSync(name, ['--help'], { stdio: 'ignore' }).error === undefined;

/** ca.pem, etcd.pem and etcd-key.pem in `folder`, by our own cfssl. */
async function makeCertificates(folder) {
  const csr = (name) => JSON.stringify({ CN: name, key: { algo: 'rsa', size: 2048 } });
  writeFileSync(join(folder, 'ca-csr.json'), csr('bench-ca'));
  writeFileSync(join(folder, 'etcd-csr.json'), csr('etcd'));
  const program = (name) => `'${process.execPath}' '${join(root, `dist/programs/${name}.js`)}'`;
  const make = (args, name) =>
    run('sh', ['-c', `${program('cfssl')} gencert ${args} | ${program('cfssljson')} -bare ${name}`], {
      cwd: folder,
    });
  await make('-initca ca-csr.json', 'ca');
  const profile = `-config='${join(root, 'certs/ca-config.json')}' -profile=kubernetes`;
  await make(`-ca=ca.pem -ca-key=ca-key.pem ${profile} -hostname=127.0.0.1 etcd-csr.json`, 'etcd');
}

/** Starts three members, asks for their throughput, looks at their memory, ends them. */
async function measure(folder, name, command, args) {
  const ports = await freePorts(2 * memberCount);
  const members = Array.from({ length: memberCount }, (_, index) => ({
    name: `${name}-${index}`,
    client: `https://127.0.0.1:${ports[2 * index]}`,
    peer: `https://127.0.0.1:${ports[2 * index + 1]}`,
  }));
  const cluster = members.map((member) => `${member.name}=${member.peer}`).join(',');
  const children = members.map((member) => startMember(folder, member, cluster, command, args));
  try {
    const flags = [
      `--endpoints=${members.map((member) => member.client).join(',')}`,
      '--cacert=ca.pem',
      '--cert=etcd.pem',
      '--key=etcd-key.pem',
      // Five hundred handshakes at once take longer than the usual 2 s where the machine does other things, too.
      '--dial-timeout=30s',
    ];
    const options = { cwd: folder, env: { ...process.env, ETCDCTL_API: '3' } };
    await healthy(() => run('etcdctl', [...flags, 'endpoint', 'health'], options));
    const cpuSeconds = () => children.reduce((sum, child) => sum + processFigures(child.pid).cpuSeconds, 0);
    const before = cpuSeconds();
    const output = await run('etcdctl', [...flags, 'check', 'perf', `--load=${load}`], options).then(
      (result) => result.output,
      // It ends with 1 when the throughput is lower than asked, as is meant here.
      (error) => error.output ?? error.message,
    );
    const writes = /Throughput (?:is |too low: )(\d+) writes\/s/.exec(output)?.[1];
    if (writes === undefined) throw new Error(output.trim().split('\n').at(-1));
    const slowest = /Slowest request took(?: too long:)? ([\d.]+)s/.exec(output)?.[1];
    const used = cpuSeconds() - before;
    const pssKb = children.reduce((sum, child) => sum + processFigures(child.pid).pssKb, 0);
    return {
      writes: Number(writes),
      slowest: slowest === undefined ? '?' : Number(slowest).toFixed(2),
      pssKb,
      // The check lasts a minute, and deletes its keys in one request afterwards.
      cpuPerWriteMs: (used * 1000) / (Number(writes) * 60),
    };
  } finally {
    await Promise.all(children.map(endMember));
  }
}

function startMember(folder, member, cluster, command, args) {
  mkdirSync(join(folder, member.name), { mode: 0o700 });
  const log = createWriteStream(join(folder, `${member.name}.log`));
  const flags = [
    ['--name', member.name],
    ['--data-dir', join(folder, member.name)],
    ['--listen-client-urls', member.client],
    ['--advertise-client-urls', member.client],
    ['--listen-peer-urls', member.peer],
    ['--initial-advertise-peer-urls', member.peer],
    ['--initial-cluster', cluster],
    ['--initial-cluster-token', 'bench'],
    ['--initial-cluster-state', 'new'],
    ['--cert-file', 'etcd.pem'],
    ['--key-file', 'etcd-key.pem'],
    ['--trusted-ca-file', 'ca.pem'],
    ['--peer-cert-file', 'etcd.pem'],
    ['--peer-key-file', 'etcd-key.pem'],
    ['--peer-trusted-ca-file', 'ca.pem'],
  ].map(([flag, value]) => `${flag}=${value}`);
  const child = spawn(command, [...args, ...flags, '--client-cert-auth', '--peer-client-cert-auth'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  child.on('error', () => {});
  return child;
}

function endMember(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return undefined;
  return new Promise((resolve) => {
    child.on('exit', resolve);
    child.kill('SIGKILL');
  });
}

async function healthy(ask) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function freePorts(count) {
  const listen = () =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.on('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    });
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
