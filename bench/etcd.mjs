import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './lab.mjs';

/** `etcdctl check perf` of Debian's etcdctl, or ours, against the lab's three members with TLS. */
export async function etcd(lab) {
  await lab.solved();
  const endpoints = ['10', '11', '12'].map((last) => `https://10.240.0.${last}:2379`).join(',');
  const { proxyPort } = JSON.parse(readFileSync(join(lab.folder, '.lab/runtime.json'), 'utf8'));
  const proxy = `http://127.0.0.1:${proxyPort}`;
  const flags = [
    `--endpoints=${endpoints}`,
    '--cacert=ca.pem',
    '--cert=kubernetes.pem',
    '--key=kubernetes-key.pem',
  ];
  const { output } = await run('etcdctl', [...flags, 'check', 'perf', '--load=m'], {
    cwd: lab.folder,
    env: { ...process.env, ETCDCTL_API: '3', HTTPS_PROXY: proxy, https_proxy: proxy },
  }).catch((error) => ({ output: error.message }));
  const throughput = /Throughput (?:is )?(?:too low: )?(\d+) writes\/s/.exec(output)?.[1];
  if (throughput === undefined) throw new Error(output.trim().split('\n').at(-1));
  const slowest = /Slowest request took(?: too long)?: ([\d.]+)s/.exec(output)?.[1];
  return [
    {
      what: 'etcdctl check perf --load=m (1000 writes/s asked), 3 members',
      budget: '1000/s',
      figure: `${throughput}/s, slowest ${slowest ?? '?'} s`,
    },
  ];
}
