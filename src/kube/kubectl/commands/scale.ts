import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import {
  dryRunFlag,
  dryRunQuery,
  fileFlags,
  outputFlag,
  readDryRun,
  selectorFlags,
} from '../cli/shared-flags.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { fetchTarget, findTargets } from '../cluster/targets.ts';
import { printOutcome } from '../output/object-printer.ts';
import { createFlags, submit } from './create/submit.ts';

type Scale = KubeObject & { spec: { replicas?: number } };

export const scale = command({
  name: 'scale',
  summary: 'Set a new size for a deployment, replica set, or replication controller',
  usage: '[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  flags: {
    ...fileFlags,
    ...selectorFlags,
    ...outputFlag,
    ...dryRunFlag,
    replicas: { type: 'int', help: 'How many pods there shall be' },
    'current-replicas': { type: 'int', default: -1, help: 'Only when there are so many now' },
    'resource-version': { type: 'string', help: 'Only when the object is of this version' },
    all: { type: 'boolean', help: 'All objects of the resource in the namespace' },
  },
  async run(session, { flags, positional }) {
    if (flags.replicas === undefined) throw new KubectlError('required flag(s) "replicas" not set');
    if (flags.replicas < 0)
      throw new KubectlError(
        'The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0',
      );
    const dryRun = readDryRun(flags['dry-run']);
    const cluster = session.cluster();
    const targets = await findTargets(session, positional, flags);
    if (targets.length === 0) throw new KubectlError('no objects passed to scale');
    for (const target of targets) {
      const { resource, namespace, name } = target;
      if (!resource.subresources.includes('scale'))
        throw new KubectlError(`cannot scale ${resource.resource} "${name}": it has no subresource scale`);
      const object = await fetchTarget(session, target);
      if (dryRun !== 'client') {
        const path = cluster.path(resource, namespace, name, 'scale');
        const scaleNow = await cluster.request<Scale>('GET', path);
        const before = scaleNow.spec.replicas ?? 0;
        if (flags['current-replicas'] >= 0 && before !== flags['current-replicas'])
          throw new KubectlError(`Expected replicas to be ${flags['current-replicas']}, was ${before}`);
        if (
          flags['resource-version'] !== undefined &&
          scaleNow.metadata.resourceVersion !== flags['resource-version']
        )
          throw new KubectlError(
            `Expected resource version to be ${flags['resource-version']}, was ${scaleNow.metadata.resourceVersion}`,
          );
        await cluster.request('PUT', path, {
          body: { ...scaleNow, spec: { ...scaleNow.spec, replicas: flags.replicas } },
          query: dryRunQuery(dryRun),
        });
      }
      printOutcome(session, { object, resource, verb: 'scaled' }, flags.output, dryRun);
    }
  },
});

export const autoscale = command({
  name: 'autoscale',
  summary: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
  usage: '(-f FILENAME | TYPE NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]',
  flags: {
    ...createFlags,
    ...fileFlags,
    min: { type: 'int', default: -1, help: 'The fewest pods' },
    max: { type: 'int', default: -1, help: 'The most pods' },
    'cpu-percent': { type: 'int', default: -1, help: 'The use of CPU to aim at' },
    name: { type: 'string', default: '', help: "The autoscaler's name; the object's when there is none" },
  },
  async run(session, { flags, positional }) {
    if (flags.max < 1)
      throw new KubectlError(`--max=MAXPODS is required and must be at least 1, max: ${flags.max}`);
    const targets = await findTargets(session, positional, flags);
    for (const { resource, name } of targets) {
      const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
      await submit(
        session,
        {
          apiVersion: 'autoscaling/v1',
          kind: 'HorizontalPodAutoscaler',
          metadata: { creationTimestamp: null, name: flags.name || name },
          spec: {
            maxReplicas: flags.max,
            ...(flags.min >= 0 && { minReplicas: flags.min }),
            ...(flags['cpu-percent'] >= 0 && { targetCPUUtilizationPercentage: flags['cpu-percent'] }),
            scaleTargetRef: { apiVersion, kind: resource.kind, name },
          },
          status: { currentReplicas: 0, desiredReplicas: 0 },
        },
        flags,
        'autoscaled',
      );
    }
  },
});
