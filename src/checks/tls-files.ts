import { absence } from './absence.ts';
import { readHostText } from './hosts.ts';
import type { Parameters } from './parameters.ts';
import { type CheckContext, type Finding, jumpbox, type TlsMaterial } from './types.ts';

export interface TlsPaths {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** The parameters `ca`, `cert` and `key`: files of the workspace. */
export const tlsPaths = (parameters: Parameters): TlsPaths => ({
  ca: parameters.optionalString('ca'),
  cert: parameters.optionalString('cert'),
  key: parameters.optionalString('key'),
});

/** Their texts, or a finding for the first that is not there. */
export async function readTls(
  context: CheckContext,
  paths: TlsPaths,
): Promise<{ readonly tls: TlsMaterial } | { readonly finding: Finding<'missing-file'> }> {
  const tls: { -readonly [K in keyof TlsMaterial]: TlsMaterial[K] } = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = paths[name];
    if (path === undefined) continue;
    const text = await readHostText(context, jumpbox, path);
    if (text === undefined) {
      const { says, found, remedy } = await absence(context, jumpbox, path, `make ${path} again`);
      return {
        finding: {
          reason: 'missing-file',
          message: `${path} ${says}: without it the server cannot be asked.`,
          expected: path,
          found,
          where: path,
          remedy,
        },
      };
    }
    tls[name] = text;
  }
  return { tls };
}

export const missingFileReason = {
  'missing-file': 'a file that is needed to ask the server is missing',
} as const;
