import { command } from '../../cli/command.ts';
import { errorText, KubectlError, withContext } from '../../cli/errors.ts';
import { fileFlags, readDryRun } from '../../cli/shared-flags.ts';
import { targetsOfFiles } from '../../cluster/targets.ts';
import { printOutcome } from '../../output/object-printer.ts';
import { readValidation } from '../apply.ts';
import { withLastApplied } from '../last-applied.ts';
import { createObject } from '../write.ts';
import {
  createClusterRole,
  createClusterRoleBinding,
  createRole,
  createRoleBinding,
  createToken,
} from './access.ts';
import { createConfigMap, createSecret } from './configuration.ts';
import { createService } from './service.ts';
import { createFlags, emptyTime, exactName, submit } from './submit.ts';
import { createDeployment, createJob } from './workloads.ts';

const createNamespace = command({
  name: 'namespace',
  aliases: ['ns'],
  summary: 'Create a namespace with the specified name',
  usage: 'NAME',
  flags: createFlags,
  async run(session, { flags, positional }) {
    const metadata = { ...emptyTime, name: exactName(positional) };
    await submit(session, { apiVersion: 'v1', kind: 'Namespace', metadata, spec: {}, status: {} }, flags);
  },
});

const createServiceAccount = command({
  name: 'serviceaccount',
  aliases: ['sa'],
  summary: 'Create a service account with the specified name',
  usage: 'NAME',
  flags: createFlags,
  async run(session, { flags, positional }) {
    const metadata = { ...emptyTime, name: exactName(positional) };
    await submit(session, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }, flags);
  },
});

const createPriorityClass = command({
  name: 'priorityclass',
  aliases: ['pc'],
  summary: 'Create a priority class with the specified name',
  usage: 'NAME --value=VALUE',
  flags: {
    ...createFlags,
    value: { type: 'int', default: 0, help: 'The priority; more is more important' },
    'global-default': { type: 'boolean', help: 'For pods that name no class' },
    description: { type: 'string', default: '', help: 'What the class is for' },
  },
  async run(session, { flags, positional }) {
    await submit(
      session,
      {
        apiVersion: 'scheduling.k8s.io/v1',
        ...(flags.description !== '' && { description: flags.description }),
        ...(flags['global-default'] && { globalDefault: true }),
        kind: 'PriorityClass',
        metadata: { ...emptyTime, name: exactName(positional) },
        preemptionPolicy: 'PreemptLowerPriority',
        value: flags.value,
      },
      flags,
    );
  },
});

export const create = command({
  name: 'create',
  summary: 'Create a resource from a file or from stdin',
  usage: '-f FILENAME',
  flags: { ...createFlags, ...fileFlags },
  subcommands: [
    createClusterRole,
    createClusterRoleBinding,
    createConfigMap,
    createDeployment,
    createJob,
    createNamespace,
    createPriorityClass,
    createRole,
    createRoleBinding,
    createSecret,
    createService,
    createServiceAccount,
    createToken,
  ],
  async run(session, { flags, positional }) {
    if (positional.length > 0)
      throw new KubectlError(
        `Unexpected args: [${positional.join(' ')}]\nSee '${session.path} -h' for help and examples`,
      );
    if (flags.filename.length === 0) throw new KubectlError('must specify one of -f and -k');
    const dryRun = readDryRun(flags['dry-run']);
    const targets = await targetsOfFiles(session, flags);
    if (targets.length === 0) throw new KubectlError('no objects passed to create');
    let exitCode = 0;
    for (const { resource, object, source } of targets) {
      try {
        const created = await createObject(
          session,
          resource,
          flags['save-config'] ? withLastApplied(object!) : object!,
          {
            dryRun,
            fieldValidation: readValidation(flags.validate),
            ...(flags['field-manager'] !== undefined && { fieldManager: flags['field-manager'] }),
          },
        );
        printOutcome(session, { object: created, resource, verb: 'created' }, flags.output, dryRun);
      } catch (error) {
        const placed = withContext(error, `error when creating ${JSON.stringify(source)}`);
        session.warn(errorText(placed, session.cluster().serverIfKnown()));
        exitCode = 1;
      }
    }
    return exitCode;
  },
});
