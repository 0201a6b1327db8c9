import { FakeClock } from '../../src/lib/clock.ts';
import { cfssl } from '../../src/pki/cfssl/cfssl.ts';
import type { CfsslIo } from '../../src/pki/cfssl/io.ts';

export const nowMs = new Date(2026, 10, 21).getTime();

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The world of cfssl as a table of files. */
export function fakeIo(files: Readonly<Record<string, string>>, stdin = '') {
  const output = { stdout: '', stderr: '' };
  const io: CfsslIo = {
    clock: new FakeClock(nowMs),
    stdout: (text) => {
      output.stdout += text;
    },
    stderr: (text) => {
      output.stderr += text;
    },
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return content;
    },
    readStdin: async () => stdin,
  };
  return { io, output };
}

export async function runCfssl(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const { io, output } = fakeIo(files);
  return { exitCode: await cfssl(args, io), ...output };
}

export const rsa = { algo: 'rsa', size: 2048 };
export const caRequest = JSON.stringify({
  CN: 'Kubernetes',
  key: rsa,
  names: [{ C: 'US', L: 'Portland', O: 'Kubernetes', OU: 'CA', ST: 'Oregon' }],
});
export const caConfig = JSON.stringify({
  signing: {
    default: { expiry: '8760h' },
    profiles: {
      kubernetes: { usages: ['signing', 'key encipherment', 'server auth', 'client auth'], expiry: '8760h' },
    },
  },
});

export const ec = (size: number) => ({ algo: 'ecdsa', size });

/** What gencert prints. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly csr: string;
}

export const request = (cn: string, key?: object, more: object = {}) =>
  JSON.stringify({ CN: cn, names: [{ O: 'o' }], ...(key && { key }), ...more });

export async function authority(key?: object): Promise<Issued> {
  const run = await runCfssl(['gencert', '-initca', 'x'], { x: request('CA', key) });
  return JSON.parse(run.stdout) as Issued;
}

export async function issue(ca: Issued, key?: object, config = caConfig) {
  const files = { 'ca.pem': ca.cert, 'ca-key.pem': ca.key, config, x: request('leaf', key) };
  const flags = [
    '-ca=ca.pem',
    '-ca-key=ca-key.pem',
    '-config=config',
    '-profile=kubernetes',
    '-hostname=10.32.0.1',
  ];
  const run = await runCfssl(['gencert', ...flags, 'x'], files);
  return { ...run, issued: run.stdout === '' ? undefined : (JSON.parse(run.stdout) as Issued) };
}
