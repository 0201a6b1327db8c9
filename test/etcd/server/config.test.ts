import { describe, expect, test } from 'vitest';
import { checkInitialCluster } from '../../../src/etcd/server/bootstrap.ts';
import { parseConfig, type ServerConfig } from '../../../src/etcd/server/config.ts';
import { LabError } from '../../../src/lib/errors.ts';

function config(args: readonly string[], env: Readonly<Record<string, string>> = {}): ServerConfig {
  const parsed = parseConfig(args, env);
  if (parsed.kind !== 'run') throw new Error(`only prints the ${parsed.kind}`);
  return parsed.config;
}
/** The whole line that a person sees. */
function refusal(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  try {
    checkInitialCluster(config(args, env));
  } catch (error) {
    if (error instanceof LabError) return error.toString();
    throw error;
  }
  return 'taken';
}

describe('what etcd does when it is told nothing', () => {
  test('one member named default, on the usual ports of localhost', () => {
    const found = config([]);
    expect(found).toMatchObject({
      name: 'default',
      dataDir: 'default.etcd',
      initialClusterState: 'new',
      initialClusterToken: 'etcd-cluster',
      heartbeatMs: 100,
      electionMs: 1000,
      quotaBytes: 2 * 1024 ** 3,
      maxTxnOps: 128,
      maxRequestBytes: 1.5 * 1024 ** 2,
      autoCompaction: undefined,
      clientTls: undefined,
      peerTls: undefined,
    });
    expect(found.listenClientUrls.map(String)).toEqual(['http://localhost:2379/']);
    expect([...found.initialCluster]).toEqual([['default', ['http://localhost:2380']]]);
    expect(refusal([])).toBe('taken');
  });

  test('--name also names the data folder and the member of the initial cluster', () => {
    const found = config(['--name', 'm1']);
    expect(found.dataDir).toBe('m1.etcd');
    expect([...found.initialCluster.keys()]).toEqual(['m1']);
  });
});

describe('the environment', () => {
  test('ETCD_ names stand for flags, and a flag outdoes them', () => {
    const env = {
      ETCD_NAME: 'from-env',
      ETCD_DATA_DIR: '/data',
      ETCD_HEARTBEAT_INTERVAL: '50',
      ETCD_LISTEN_CLIENT_URLS: 'https://10.0.0.1:2379,https://127.0.0.1:2379',
      ETCD_ADVERTISE_CLIENT_URLS: 'https://10.0.0.1:2379',
      ETCD_CLIENT_CERT_AUTH: 'true',
      ETCD_CERT_FILE: 'a.pem',
      ETCD_KEY_FILE: 'b.pem',
      ETCDCTL_API: '3',
    };
    const found = config(['--name=from-flag'], env);
    expect(found).toMatchObject({ name: 'from-flag', dataDir: '/data', heartbeatMs: 50 });
    expect(found.listenClientUrls.map(({ host }) => host)).toEqual(['10.0.0.1:2379', '127.0.0.1:2379']);
    expect(found.clientTls).toEqual({
      certFile: 'a.pem',
      keyFile: 'b.pem',
      trustedCaFile: undefined,
      clientCertAuth: true,
    });
  });

  test('lists on the command line replace those of the environment', () => {
    const env = { ETCD_LISTEN_PEER_URLS: 'http://10.0.0.1:2380' };
    const found = config(['--listen-peer-urls=http://10.0.0.2:2380'], env);
    expect(found.listenPeerUrls.map(({ host }) => host)).toEqual(['10.0.0.2:2380']);
  });
});

describe('addresses', () => {
  test.each([
    ['10.0.0.1:2380', 'URL scheme must be http or https: 10.0.0.1:2380'],
    ['tcp://10.0.0.1:2380', 'URL scheme must be http or https: tcp://10.0.0.1:2380'],
    ['https://10.0.0.1', 'URL address does not have the form "host:port": https://10.0.0.1'],
    ['https://:2380', 'URL address does not have the form "host:port": https://:2380'],
    ['https://10.0.0.1:99999', 'URL address does not have the form "host:port": https://10.0.0.1:99999'],
    ['https://10.0.0.1:2380/v2', 'URL address does not have the form "host:port": https://10.0.0.1:2380/v2'],
  ])('%s is refused with flag and reason', (url, why) => {
    expect(refusal([`--listen-peer-urls=${url}`])).toBe(
      `invalid value "${url}" for flag -listen-peer-urls: ${why}`,
    );
  });

  test('--listen-client-urls wants to know what to advertise', () => {
    expect(refusal(['--listen-client-urls=http://10.0.0.1:2379'])).toBe(
      '--advertise-client-urls is required when --listen-client-urls is set explicitly',
    );
  });

  test('are advertised without a slash at the end, as Go writes them', () => {
    const found = config(['--initial-advertise-peer-urls=http://10.0.0.1:2380/']);
    expect(found.initialAdvertisePeerUrls).toEqual(['http://10.0.0.1:2380']);
  });
});

describe('the initial cluster', () => {
  const peers = (...args: string[]) => [
    '--name=m0',
    '--initial-advertise-peer-urls=https://10.0.0.1:2380',
    ...args,
  ];

  test('must hold this member', () => {
    expect(refusal(peers('--initial-cluster=m1=https://10.0.0.2:2380'))).toMatch(
      /^couldn't find local name "m0" in the initial cluster configuration .*m1=https:\/\/10\.0\.0\.2:2380.*--name must be one/,
    );
  });

  test('must give this member the address that it advertises', () => {
    expect(refusal(peers('--initial-cluster=m0=https://10.0.0.9:2380'))).toBe(
      '--initial-cluster has m0=https://10.0.0.9:2380 but missing from --initial-advertise-peer-urls=https://10.0.0.1:2380',
    );
  });

  test('must not give two members one address', () => {
    expect(refusal(peers('--initial-cluster=m0=https://10.0.0.1:2380,m1=https://10.0.0.1:2380'))).toContain(
      'has duplicate url',
    );
  });

  test.each(['m0', '=https://10.0.0.1:2380', 'm0=https://10.0.0.1:2380,'])(
    '%s is no list of members',
    (text) => {
      expect(refusal(peers(`--initial-cluster=${text}`))).toMatch(
        /^error setting up initial cluster: .*write it as name=https:\/\/address:2380/,
      );
    },
  );

  test('a member may have several addresses, in any order', () => {
    const urls = ['https://10.0.0.1:2380', 'https://10.0.1.1:2380'];
    const args = [
      '--name=m0',
      `--initial-advertise-peer-urls=${urls.toReversed().join(',')}`,
      `--initial-cluster=${urls.map((url) => `m0=${url}`).join(',')}`,
    ];
    expect(refusal(args)).toBe('taken');
    expect(config(args).initialCluster.get('m0')).toEqual(urls);
  });

  test('its state is new or existing', () => {
    expect(refusal(['--initial-cluster-state=old'])).toBe('unexpected clusterState "old"');
    expect(config(['--initial-cluster-state=existing']).initialClusterState).toBe('existing');
  });
});

describe('times', () => {
  test.each([
    [['--heartbeat-interval=0'], '--heartbeat-interval must be >0 (set to 0ms)'],
    [['--election-timeout=-5'], '--election-timeout must be >0 (set to -5ms)'],
    [
      ['--heartbeat-interval=300'],
      '--election-timeout[1000ms] should be at least as 5 times as --heartbeat-interval[300ms]',
    ],
    [
      ['--election-timeout=60000'],
      '--election-timeout[60000ms] is too long, and should be set less than 50000ms',
    ],
  ])('%j', (args, text) => {
    expect(refusal(args)).toBe(text);
  });
});

describe('TLS', () => {
  test('a placeholder that was not replaced is no address to listen on', () => {
    expect(refusal(['--listen-peer-urls=https://INTERNAL_IP:2380'])).toBe(
      "expected IP in URL for binding (https://internal_ip:2380) (--listen-peer-urls): write the machine's own address",
    );
    expect(config(['--listen-peer-urls=http://[::1]:2380']).listenPeerUrls).toHaveLength(1);
  });

  test('a certificate needs its key, for clients and for peers', () => {
    expect(refusal(['--cert-file=a.pem'])).toBe(
      'KeyFile and CertFile must both be present (--cert-file, --key-file)',
    );
    expect(refusal(['--peer-key-file=a.pem'])).toBe(
      'KeyFile and CertFile must both be present (--peer-cert-file, --peer-key-file)',
    );
  });
});

describe('automatic compaction', () => {
  test.each([
    ['0', undefined],
    ['8', { mode: 'periodic', retentionMs: 8 * 3_600_000 }],
    ['5m', { mode: 'periodic', retentionMs: 300_000 }],
  ])('a retention of %s', (retention, expected) => {
    expect(config([`--auto-compaction-retention=${retention}`]).autoCompaction).toEqual(expected);
  });

  test('by revisions wants a number', () => {
    const revision = '--auto-compaction-mode=revision';
    expect(config([revision, '--auto-compaction-retention=1000']).autoCompaction).toEqual({
      mode: 'revision',
      retention: 1000,
    });
    expect(refusal([revision, '--auto-compaction-retention=5m'])).toBe(
      'error parsing auto-compaction-retention: 5m',
    );
    expect(refusal(['--auto-compaction-mode=daily'])).toBe('unknown auto-compaction-mode "daily"');
    expect(refusal(['--auto-compaction-retention=often'])).toBe(
      'error parsing auto-compaction-retention: often',
    );
  });
});

describe('what is not there is refused by name', () => {
  test.each([
    [
      ['--listen-client-url=http://10.0.0.1:2379'],
      'unknown flag: --listen-client-url',
      '--listen-client-urls',
    ],
    [['--trusted-ca=ca.pem'], 'unknown flag: --trusted-ca', '--trusted-ca-file'],
    [['--inital-cluster=m0=http://10.0.0.1:2380'], 'unknown flag: --inital-cluster', '--initial-cluster'],
  ])('%j: with the nearest name', (args, what, hint) => {
    const text = refusal(args);
    expect(text).toContain(what);
    expect(text).toContain(`did you mean ${hint}`);
  });

  test.each([
    [['--discovery=https://discovery.example'], /unknown flag: --discovery/],
    [['--enable-v2'], /--enable-v2: the v2 API is not supported/],
    [['--logger=capnslog'], /unknown logger option "capnslog"/],
    [['--log-outputs=/var/log/etcd.log'], /only default, stderr or stdout is supported/],
    [['--log-level=loud'], /unrecognized level: "loud"/],
    [['start'], /"start" is not a valid flag/],
    [['--snapshot-count=many'], /invalid argument "many" for "--snapshot-count" flag/],
    [['--data-dir'], /flag needs an argument: --data-dir/],
  ])('%j', (args, text) => {
    expect(refusal(args)).toMatch(text);
  });
});

test('asking for help or the version wins over all that may be wrong besides', () => {
  expect(parseConfig(['--version', '--heartbeat-interval=0'], {}).kind).toBe('version');
  expect(parseConfig(['-h', '--initial-cluster-state=old'], {}).kind).toBe('help');
});
