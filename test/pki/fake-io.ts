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
