import { errorMessage } from '../../lib/errors.ts';
import { runProgram } from '../../lib/program.ts';
import { currentIdentity } from '../../usernet/identity.ts';
import { openNetwork } from '../../usernet/network.ts';
import { runPlugin } from './plugins/plugins.ts';
import { type CniCommand, CniError, type PluginConfig } from './types.ts';

const versions = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'];

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A plugin as a program of its own: CNI_* in the environment, the configuration on standard input, JSON as result. */
export function runPluginProgram(type: string): void {
  runProgram(`cni-${type}`, async ({ env }) => {
    const print = (value: unknown) => console.log(JSON.stringify(value, null, 4));
    const fail = (code: number, msg: string) => {
      print({ cniVersion: '1.0.0', code, msg });
      return 1;
    };
    const command = env.CNI_COMMAND;
    if (command === undefined) {
      process.stderr.write(
        `CNI ${type} plugin of k8s-lab\nCNI protocol versions supported: ${versions.join(', ')}\n`,
      );
      return fail(4, 'required env variables [CNI_COMMAND] missing');
    }
    if (command === 'VERSION') {
      print({ cniVersion: '1.0.0', supportedVersions: versions });
      return 0;
    }
    const missing = ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'].filter((name) => !env[name]);
    if (missing.length > 0) return fail(4, `required env variables [${missing.join(' ')}] missing`);
    if (!['ADD', 'DEL', 'CHECK'].includes(command)) return fail(4, `unknown CNI_COMMAND: ${command}`);
    const identity = currentIdentity(env);
    if (identity === undefined) return fail(100, 'not on a machine of the lab');
    try {
      const config = JSON.parse(await readInput()) as PluginConfig;
      const result = runPlugin(
        type,
        config,
        {
          command: command as CniCommand,
          containerId: env.CNI_CONTAINERID!,
          netns: env.CNI_NETNS!,
          ifName: env.CNI_IFNAME!,
          path: env.CNI_PATH!,
        },
        { network: openNetwork(identity.runtimeDir), machine: identity.machine },
      );
      if (command === 'ADD') print(result);
      return 0;
    } catch (error) {
      return fail(error instanceof CniError ? error.code : 100, errorMessage(error));
    }
  });
}
