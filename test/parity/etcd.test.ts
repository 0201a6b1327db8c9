import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programFile } from '../../src/lib/package-root.ts';
import { onPath, ours, type Subject, TestCluster } from '../etcd/etcd-cluster.ts';

/**
 * One body, two servers and two clients: our etcd and the one on the PATH, each driven by our etcdctl and by the one
 * on the PATH. All four transcripts must be equal, but for ids, terms and times.
 */
const theirs: Subject = { name: 'on the PATH', command: 'etcd', args: [] };
const clients = [
  { name: 'our etcdctl', command: process.execPath, args: [programFile('etcdctl')] },
  { name: 'etcdctl on the PATH', command: 'etcdctl', args: [] },
];

interface Answer {
  readonly code: number;
  readonly stdout: string;
}

const script: readonly (readonly string[] | { readonly input: string; readonly args: readonly string[] })[] =
  [
    ['put', 'a', '1'],
    ['put', 'a', '2', '--prev-kv'],
    ['put', 'ab', 'x'],
    ['put', 'b', 'y'],
    ['get', 'a'],
    ['get', 'a', '-w', 'json'],
    ['get', 'a', '-w', 'fields'],
    ['get', '--prefix', 'a', '--print-value-only'],
    ['get', '--prefix', '', '--keys-only'],
    ['get', 'a', '--from-key', '--limit', '2', '-w', 'json'],
    ['get', '--prefix', '', '--sort-by', 'MODIFY', '--order', 'DESCEND'],
    ['get', 'a', '--rev', '2'],
    ['get', 'a', '--hex'],
    ['get', 'a', 'b'],
    ['get', 'none', '-w', 'json'],
    ['del', 'b', '--prev-kv'],
    ['del', 'none', '-w', 'json'],
    { input: 'mod("a") > "0"\nval("ab") = "x"\n\nput c 1\nget a\n\nget none\n\n', args: ['txn'] },
    { input: 'ver("none") > "0"\n\nput c 2\n\ndel --prefix a\nget c\n\n', args: ['txn', '-w', 'json'] },
    ['watch', '--prefix', '', '--rev', '2', '--prev-kv', '-w', 'json'],
    ['compaction', '5'],
    ['get', 'a', '--rev', '2'],
    ['get', 'a', '--rev', '999'],
    ['put', 'leased', 'v', '--lease', '1234'],
    ['lease', 'list'],
    ['lease', 'timetolive', '1234'],
    ['lease', 'timetolive', '1234', '-w', 'json'],
    ['lease', 'revoke', '1234'],
    ['lease', 'grant', 'soon'],
    ['lease', 'grant', '600'],
    ['lease', 'grant', '600', '-w', 'json'],
    ['lease', 'grant', '600', '-w', 'fields'],
    ['lease', 'list', '-w', 'table'],
    ['get', 'a', '-w', 'table'],
    ['del', 'none', '-w', 'table'],
    ['get', 'a', '-w', 'nonsense'],
    ['get', 'a', '--consistency', 's'],
    ['get', 'a', '--consistency', 'x'],
    ['get', 'a', '--rev', 'x'],
    ['get', '--prefix', '', '--sort-by', 'KEY', '--order', 'ASCEND', '--limit', '1'],
    ['get'],
    ['put', 'a'],
    ['nonsense'],
    ['get', '--nonsense', 'a'],
    ['endpoint', 'health', '-w', 'json'],
    ['member', 'list'],
    ['member', 'list', '-w', 'json'],
    ['member', 'list', '-w', 'fields'],
    ['member', 'remove', 'xyz'],
    ['member', 'remove'],
    ['member', 'update', 'xyz'],
    ['member', 'update', '1'],
    ['member', 'promote', '1'],
    ['member', 'add'],
    ['member', 'add', 'new'],
    ['member', 'add', 'new', 'http://127.0.0.1:9'],
    ['member', 'add', 'new', '--peer-urls=127.0.0.1:9'],
    ['compaction', '1'],
    ['compaction', '9999'],
    ['defrag'],
    ['alarm', 'list'],
    ['endpoint', 'hashkv'],
    ['member', 'list', '-w', 'table'],
  ];

function normalised(text: string): string {
  return (
    text
      // Cobra follows a mistake in the flags with the whole help text.
      .replace(/^NAME:\n[\s\S]*$/m, '')
      // 3.4 named the parts of an answer in Go's way, 3.5 names them as the protocol does.
      .replace(
        /"Response(Range|Put|DeleteRange)":/g,
        (_, name: string) => `"response${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":`,
      )
      .replace(/("(?:cluster_id|member_id|raft_term)":)\d+/g, '$10')
      .replace(/("(?:ClusterID|MemberID|RaftTerm)" : )\d+/g, '$10')
      .replace(/https?:\/\/127\.0\.0\.1:\d+/g, 'URL')
      .replace(/"took":"[^"]*"/g, '"took":"TIME"')
      // Since 3.5.
      .replace(/\. took \S+$/gm, '')
      .replace(/[0-9a-f]{14,16}\d*/g, 'ID')
      .replace(/-{10,}/g, '---')
      .replace(/ {2,}/g, ' ')
  );
}

const available = onPath('etcd') && onPath('etcdctl');

describe.skipIf(!available)('our etcd and etcdctl beside those on the PATH', () => {
  const clusters: TestCluster[] = [];
  afterAll(() => Promise.all(clusters.map((cluster) => cluster.stop())));
  const transcripts = new Map<string, string[]>();

  const pairs = [ours, theirs].flatMap((subject) => clients.map((client) => ({ subject, client })));
  beforeAll(async () => {
    await Promise.all(
      pairs.map(async ({ subject, client }) => {
        const cluster = await TestCluster.start(subject, 1);
        clusters.push(cluster);
        const lines: string[] = [];
        for (const step of script) {
          const { args, input } = 'input' in step ? step : { args: step, input: '' };
          const { code, stdout } = await run(cluster, client, args, input);
          lines.push(`$ etcdctl ${args.join(' ')}\n${normalised(stdout)}exit ${code === 0 ? 0 : 'not 0'}`);
        }
        transcripts.set(`${subject.name}, ${client.name}`, lines);
      }),
    );
  }, 150_000);

  function run(
    cluster: TestCluster,
    client: (typeof clients)[number],
    args: readonly string[],
    input: string,
  ): Promise<Answer> {
    const tls = ['cacert=ca.pem', 'cert=cert.pem', 'key=key.pem'].map(
      (flag) => `--${flag.replace('=', `=${cluster.dir}/`)}`,
    );
    const all = [...client.args, `--endpoints=${cluster.endpoints[0]}`, ...tls, ...args];
    return new Promise((resolve) => {
      const child = execFile(
        client.command,
        all,
        { env: { ...process.env, ETCDCTL_API: '3' } },
        (error, stdout) => resolve({ code: error === null || watching ? 0 : 1, stdout }),
      );
      // A watch never ends by itself: it is over when the last event of the script is there.
      const watching = args[0] === 'watch';
      let seen = '';
      child.stdout!.on('data', (chunk: string) => {
        seen += chunk;
        if (watching && (seen.match(/mod_revision":7,/g)?.length ?? 0) > 0 && seen.endsWith('\n'))
          child.kill('SIGTERM');
      });
      // Most do not read it, and may be gone by now.
      child.stdin!.on('error', () => undefined);
      child.stdin!.end(input);
    });
  }

  it.each([...Array(script.length).keys()])('gives the same answer to step %i', (at) => {
    const [first, ...others] = [...transcripts.values()].map((lines) => lines[at]);
    for (const other of others) expect(other).toBe(first);
  });
});
