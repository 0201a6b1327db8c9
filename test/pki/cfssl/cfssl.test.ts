import { beforeAll, describe, expect, it } from 'vitest';
import { keyMatches, parseCertificate, parsePrivateKey, verifyChain } from '../../../src/pki/index.ts';
import { caConfig, caRequest, nowMs, rsa, runCfssl } from '../fake-io.ts';

let ca: { cert: string; key: string; csr: string };
let caLog: string;
let files: Record<string, string>;

beforeAll(async () => {
  const run = await runCfssl(['gencert', '-initca', 'ca-csr.json'], { 'ca-csr.json': caRequest });
  ca = JSON.parse(run.stdout) as typeof ca;
  caLog = run.stderr;
  files = {
    'ca.pem': ca.cert,
    'ca-key.pem': ca.key,
    'ca-config.json': caConfig,
    'admin-csr.json': JSON.stringify({
      CN: 'admin',
      key: rsa,
      names: [{ O: 'system:masters' }],
      hosts: ['a.example'],
    }),
  };
});

const sign = (more: readonly string[], given: Record<string, string> = {}, request = 'admin-csr.json') =>
  runCfssl(['gencert', '-ca=ca.pem', '-ca-key=ca-key.pem', '-config=ca-config.json', ...more, request], {
    ...files,
    ...given,
  });

describe('cfssl gencert -initca', () => {
  it('makes a CA that signs itself, for five years, and says so as cfssl does', () => {
    const certificate = parseCertificate(ca.cert);
    expect(certificate.isCA).toBe(true);
    expect(certificate.keyUsage).toEqual(['keyCertSign', 'cRLSign']);
    expect(certificate.subject).toMatchObject({
      CN: 'Kubernetes',
      O: ['Kubernetes'],
      OU: ['CA'],
      ST: ['Oregon'],
    });
    expect(verifyChain(certificate, certificate, nowMs)).toBeUndefined();
    expect(certificate.notAfter.getTime() - certificate.notBefore.getTime()).toBe(43_800 * 3_600_000);
    expect(certificate.notBefore.getTime()).toBe(nowMs - 300_000);
    expect(caLog.replace(/number \d+/, 'number N').split('\n')).toEqual([
      '2026/11/21 00:00:00 [INFO] generating a new CA key and certificate from CSR',
      '2026/11/21 00:00:00 [INFO] generate received request',
      '2026/11/21 00:00:00 [INFO] received CSR',
      '2026/11/21 00:00:00 [INFO] generating key: rsa-2048',
      '2026/11/21 00:00:00 [INFO] encoded CSR',
      '2026/11/21 00:00:00 [INFO] signed certificate with serial number N',
      '',
    ]);
  });
  it('takes expiry and path length from the request, and an old key when told', async () => {
    const request = JSON.stringify({ CN: 'X', key: rsa, ca: { expiry: '24h', pathlen: 1 } });
    const run = await runCfssl(['gencert', '-initca', '-ca-key', 'ca-key.pem', 'x.json'], {
      ...files,
      'x.json': request,
    });
    const { cert, key } = JSON.parse(run.stdout) as { cert: string; key?: string };
    expect(key).toBeUndefined();
    expect(keyMatches(parseCertificate(cert), parsePrivateKey(ca.key))).toBe(true);
    expect(parseCertificate(cert).notAfter.getTime()).toBe(nowMs - 300_000 + 86_400_000);
  });
});

describe('cfssl gencert', () => {
  it('signs with the profile; -hostname replaces the hosts of the request', async () => {
    const run = await sign(['-profile=kubernetes', '-hostname=10.32.0.1,127.0.0.1,kubernetes']);
    const { cert, key } = JSON.parse(run.stdout) as { cert: string; key: string };
    const certificate = parseCertificate(cert);
    expect(certificate.sans).toEqual({ dns: ['kubernetes'], ip: ['10.32.0.1', '127.0.0.1'] });
    expect(certificate.extKeyUsage).toEqual(['serverAuth', 'clientAuth']);
    expect(certificate.isCA).toBe(false);
    expect(verifyChain(certificate, parseCertificate(ca.cert), nowMs)).toBeUndefined();
    expect(keyMatches(certificate, parsePrivateKey(key))).toBe(true);
    expect(key).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(run.stderr).not.toContain('WARNING');
  });
  it('warns about a certificate without hosts', async () => {
    const run = await sign(
      ['-profile=kubernetes'],
      { 'x.json': JSON.stringify({ CN: 'x', key: rsa }) },
      'x.json',
    );
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('[WARNING] This certificate lacks a "hosts" field');
  });
  it.each([
    [
      'an unknown profile, which means the default one',
      ['-profile=nope'],
      {},
      '{"code":5100,"message":"Invalid policy: no key usage available"}\n',
    ],
    [
      'a request that is not there',
      [],
      { 'admin-csr.json': undefined },
      'open admin-csr.json: no such file or directory\n',
    ],
    [
      'bad JSON, with the place',
      [],
      { 'admin-csr.json': '{\n  "CN": "x",\n}' },
      "invalid character '}' looking for beginning of object key string (line 3, column 1) in admin-csr.json\n",
    ],
    [
      'a value of the wrong type',
      [],
      { 'admin-csr.json': '{"key": {"algo": "rsa", "size": "2048"}}' },
      'json: cannot unmarshal string into Go struct field KeyRequest.key.size of type int in admin-csr.json\n',
    ],
    [
      'a CA section in a request that is no CA',
      [],
      { 'admin-csr.json': '{"CN": "x", "ca": {}}' },
      'ca section only permitted in initca\n',
    ],
    [
      'a configuration that is not there',
      [],
      { 'ca-config.json': undefined },
      'Failed to load config file: {"code":5200,"message":"could not read configuration file"}\n',
    ],
    [
      'a configuration without expiry',
      [],
      { 'ca-config.json': '{"signing": {"default": {}}}' },
      'Failed to load config file: {"code":5200,"message":"empty expiry string"}\n',
    ],
  ])('refuses %s', async (_what, flags, change, message) => {
    const given = { ...files, ...change } as Record<string, string>;
    const run = await sign(flags, given);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr.split('\n').slice(-2).join('\n')).toBe(message);
  });
  it("refuses a key that is not the CA's, and files that are none", async () => {
    const other = JSON.parse((await sign(['-profile=kubernetes'])).stdout) as { key: string };
    const run = async (given: Record<string, string>) =>
      (await sign(['-profile=kubernetes'], given)).stderr.trim().split('\n').at(-1);
    expect(await run({ 'ca-key.pem': other.key })).toBe(
      '{"code":1000,"message":"x509: provided PrivateKey doesn\'t match parent\'s PublicKey"}',
    );
    expect(await run({ 'ca.pem': 'x' })).toBe('{"code":1002,"message":"Failed to decode certificate"}');
    expect(await run({ 'ca-key.pem': 'x' })).toBe('{"code":2002,"message":"Failed to decode private key"}');
  });
  it('refuses what it does not have by name', async () => {
    expect((await runCfssl(['selfsign', 'x'])).stderr).toBe(
      'Command selfsign is not supported by this cfssl: it has gencert, genkey, certinfo, print-defaults and version.\n',
    );
    expect((await runCfssl(['gencrt'])).stderr).toBe(
      'Command gencrt is not defined: did you mean "gencert"?\n',
    );
    const flag = await runCfssl(['gencert', '-remote', 'x']);
    expect([flag.exitCode, flag.stderr]).toEqual([2, 'cfssl gencert: unknown flag: -remote\n']);
    expect((await sign([], {}, '')).exitCode).toBe(1);
  });
});

describe('the command line', () => {
  const flags = [
    '-ca',
    'ca.pem',
    '-ca-key',
    'ca-key.pem',
    '-config',
    'ca-config.json',
    '-profile',
    'kubernetes',
  ];
  const subject = async (args: readonly string[]) => {
    const run = await runCfssl(['gencert', ...args], files);
    return parseCertificate((JSON.parse(run.stdout) as { cert: string }).cert);
  };
  it('takes flags with one dash or two, with = or a space', async () => {
    for (const args of [flags, flags.map((word) => (word.startsWith('-') ? `-${word}` : word))])
      expect((await subject([...args, 'admin-csr.json'])).subject.CN).toBe('admin');
  });
  it('-cn and -hostname replace what the request says; without them it counts', async () => {
    const plain = await subject([...flags, 'admin-csr.json']);
    expect(plain.sans.dns).toEqual(['a.example']);
    const changed = await subject([...flags, '-cn=root', '-hostname=b.example,10.0.0.1', 'admin-csr.json']);
    expect(changed.subject).toMatchObject({ CN: 'root', O: ['system:masters'] });
    expect(changed.sans).toEqual({ dns: ['b.example'], ip: ['10.0.0.1'] });
  });
  it.each([
    [['gencert', ...flags], 'not enough arguments are supplied --- please refer to the usage'],
    [
      ['gencert', 'admin-csr.json', '-initca'],
      'only one argument is accepted, please check with usage: flags stand before the file',
    ],
    [['gencert', 'a.json', 'b.json'], 'only one argument is accepted, please check with usage'],
    [['gencert', '-profil=x', 'admin-csr.json'], 'cfssl gencert: unknown flag: -profil'],
    [['gencert', '-ca'], 'cfssl gencert: flag needs an argument'],
    [['gencert', '-ca=ca.pem', '-config=none.json', 'admin-csr.json'], 'could not read configuration file'],
    [
      ['gencert', '-ca=none.pem', '-ca-key=ca-key.pem', 'admin-csr.json'],
      'open none.pem: no such file or directory',
    ],
    [
      ['gencert', '-ca=ca.pem', '-ca-key=none.pem', 'admin-csr.json'],
      '{"code":1001,"message":"open none.pem: no such file or directory"}',
    ],
    [['gencert', '-ca-key=ca-key.pem', 'admin-csr.json'], 'need a CA certificate (provide one with -ca)'],
    [['gencert', '-ca=ca.pem', 'admin-csr.json'], 'need a CA key (provide one with -ca-key)'],
  ])('refuses %j', async (args, message) => {
    const run = await runCfssl(args, files);
    expect(run.stderr).toContain(message);
    expect(run.exitCode).not.toBe(0);
    // Half an answer in a pipe would become half a key.
    expect(run.stdout).toBe('');
  });
  it('prints its usage without a command, and the help of one', async () => {
    expect(await runCfssl([])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('gencert') });
    const help = await runCfssl(['gencert', '-h']);
    expect(help.exitCode).toBe(0);
    for (const flag of ['initca', 'ca-key', 'profile', 'hostname']) expect(help.stderr).toContain(`-${flag}`);
  });
});

describe('the other commands of cfssl', () => {
  it('genkey makes a request, certinfo -csr reads it', async () => {
    const run = await runCfssl(['genkey', 'admin-csr.json'], files);
    const { csr, cert } = JSON.parse(run.stdout) as { csr: string; cert?: string };
    expect(cert).toBeUndefined();
    const info = await runCfssl(['certinfo', '-csr', 'x.csr'], { 'x.csr': csr });
    expect(JSON.parse(info.stdout)).toMatchObject({
      Subject: { common_name: 'admin', organization: 'system:masters' },
      DNSNames: ['a.example'],
    });
  });
  it('certinfo -cert tells what cfssl tells', async () => {
    const run = await runCfssl(['certinfo', '-cert', 'ca.pem'], files);
    expect(JSON.parse(run.stdout)).toMatchObject({
      subject: {
        common_name: 'Kubernetes',
        country: 'US',
        organizational_unit: 'CA',
        locality: 'Portland',
        province: 'Oregon',
      },
      sigalg: 'SHA256WithRSA',
      authority_key_id: '',
      not_after: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect((await runCfssl(['certinfo', '-cert', 'x'], { x: 'y' })).stderr).toBe(
      '{"code":1002,"message":"Failed to decode certificate"}\n',
    );
  });
  it('print-defaults prints templates that gencert takes', async () => {
    const config = (await runCfssl(['print-defaults', 'config'])).stdout;
    const csr = (await runCfssl(['print-defaults', 'csr'])).stdout;
    const run = await sign(['-profile=www'], { 'ca-config.json': config, 'x.json': csr }, 'x.json');
    expect(run.exitCode).toBe(0);
    expect((await runCfssl(['version'])).stdout).toMatch(/^Version: .*\nRuntime: /);
  });
  it('print-defaults lists what there is', async () => {
    const { stdout, exitCode } = await runCfssl(['print-defaults', 'list']);
    expect([stdout, exitCode]).toEqual(['Default configurations are available for:\n\tconfig\n\tcsr\n', 0]);
  });
  it('certinfo wants a target, and knows a request that is none', async () => {
    expect((await runCfssl(['certinfo'])).stderr).toBe(
      'Must specify certinfo target through -cert or -csr\n',
    );
    const broken = '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n';
    const said = async (text: string) => (await runCfssl(['certinfo', '-csr', 'x'], { x: text })).stderr;
    expect(await said('hello')).toBe('{"code":9002,"message":"CSR Decode failed"}\n');
    expect(await said(broken)).toBe('{"code":9003,"message":"CSR Parsing failed"}\n');
  });
});
