import { absence } from '../absence.ts';
import { type MachineReason, machineReasons, machineTrouble, place, readHostText } from '../hosts.ts';
import { KubeconfigError, type KubeconfigFile, parseKubeconfig } from '../kubeconfig-file.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec } from '../types.ts';
import { jumpbox } from '../types.ts';
import { type ContentReason, contentReasons, examineKubeconfig } from './kubeconfig-content.ts';

type Reason = MachineReason | ContentReason | 'missing' | 'not-a-kubeconfig';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  missing: 'the kubeconfig file is not there',
  'not-a-kubeconfig': 'the file is not a kubeconfig',
  ...contentReasons,
};

/**
 * A kubeconfig: who talks to which API server, as whom. Parameters: `path`; `on` (host); `cluster`; `server`; `ca` (a workspace file);
 * `user`; `cn`; `o` (groups that must be there); `context` (default `default`).
 */
export const kubeconfigKind: CheckKind<Reason> = {
  kind: 'kubeconfig',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const path = parameters.string('path');
    const host = parameters.optionalString('on') ?? jumpbox;
    const caPath = parameters.optionalString('ca');
    const wanted = {
      path,
      cluster: parameters.optionalString('cluster'),
      server: parameters.optionalString('server'),
      user: parameters.optionalString('user'),
      cn: parameters.optionalString('cn'),
      organizations: parameters.optionalList('o') ?? [],
      context: parameters.optionalString('context') ?? 'default',
    };
    parameters.finish();
    const where = place(host, path);
    const again = 'write the kubeconfig again with the commands of this step';

    return async (context) => {
      const trouble = await machineTrouble(context, host);
      if (trouble !== undefined) return [trouble];
      const text = await readHostText(context, host, path);
      if (text === undefined) {
        const { says, found, remedy } = await absence(context, host, path, again);
        return [
          {
            reason: 'missing',
            message: `${where}: it ${says}.`,
            expected: 'a kubeconfig',
            found,
            where,
            remedy,
          },
        ];
      }
      let config: KubeconfigFile;
      try {
        config = parseKubeconfig(text);
      } catch (error) {
        if (!(error instanceof KubeconfigError)) throw error;
        const { message: found } = error;
        const message = `${where}: ${found}.`;
        return [
          { reason: 'not-a-kubeconfig', message, expected: 'a kubeconfig', found, where, remedy: again },
        ];
      }
      const ca =
        caPath === undefined
          ? undefined
          : { path: caPath, text: await readHostText(context, jumpbox, caPath) };
      return examineKubeconfig(config, { ...wanted, ca }, context.clock.now()).map((draft) => ({
        remedy: again,
        ...draft,
        message: `${where}: ${draft.message}`,
        where,
      }));
    };
  },
};
