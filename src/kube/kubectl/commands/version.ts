import { kubernetesVersion, versionInfo } from '../../component-base/version.ts';
import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { toYaml } from '../output/yaml.ts';

interface ServerVersion {
  readonly gitVersion: string;
  readonly major: string;
  readonly minor: string;
}

export const version = command({
  name: 'version',
  summary: 'Print the client and server version information',
  flags: {
    client: { type: 'boolean', help: 'Only the version of this program; no server is asked' },
    output: { type: 'string', short: 'o', default: '', help: 'One of yaml or json' },
  },
  async run(session, { flags }) {
    if (!['', 'json', 'yaml'].includes(flags.output))
      throw new KubectlError(`--output must be 'yaml' or 'json'`);
    let server: ServerVersion | undefined;
    let failure: unknown;
    if (!flags.client) {
      // The client's version is worth printing even when the server does not answer.
      try {
        server = await session.cluster().request<ServerVersion>('GET', '/version');
      } catch (error) {
        failure = error;
      }
    }
    const value = { clientVersion: versionInfo, ...(server && { serverVersion: server }) };
    if (flags.output === 'json') session.print(JSON.stringify(value, undefined, 2));
    else if (flags.output === 'yaml') session.stdout.write(toYaml(value));
    else {
      session.print(`Client Version: ${kubernetesVersion}`);
      if (server !== undefined) session.print(`Server Version: ${server.gitVersion}`);
    }
    if (failure !== undefined) throw failure;
    const skew =
      server === undefined ? 0 : Math.abs(Number.parseInt(server.minor, 10) - Number(versionInfo.minor));
    if (skew > 1)
      session.warn(
        `WARNING: version difference between client (${versionInfo.major}.${versionInfo.minor}) and server (${server!.major}.${server!.minor}) exceeds the supported minor version skew of +/-1`,
      );
  },
});
