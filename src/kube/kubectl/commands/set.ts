import type { Container, EnvVar } from '../../api/types/core-v1.ts';
import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  fileFlags,
  outputFlag,
  readDryRun,
  selectorFlags,
} from '../cli/shared-flags.ts';
import { singularName } from '../cluster/discovery.ts';
import { fetchTarget, findTargets, fullName } from '../cluster/targets.ts';
import { printOutcome } from '../output/object-printer.ts';
import { patchOfPodSpec, podTemplateOf } from './pod-template.ts';
import { patchObject } from './write.ts';

const setFlags = {
  ...fileFlags,
  ...selectorFlags,
  ...outputFlag,
  ...dryRunFlag,
  ...fieldManagerFlag,
  all: { type: 'boolean', help: 'All objects of the resource in the namespace' },
} as const;

/** Words with `=` (or `-` at their end) are changes, the others name objects. */
function splitWords(words: readonly string[], isChange: (word: string) => boolean) {
  return { names: words.filter((word) => !isChange(word)), changes: words.filter(isChange) };
}

const image = command({
  name: 'image',
  summary: 'Update the image of a pod template',
  usage:
    '(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  flags: setFlags,
  async run(session, { flags, positional }) {
    const dryRun = readDryRun(flags['dry-run']);
    const { names, changes } = splitWords(positional, (word) => word.includes('='));
    if (changes.length === 0) throw new KubectlError('at least one image update is required');
    const images = new Map(
      changes.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
    for (const target of await findTargets(session, names, flags)) {
      const object = await fetchTarget(session, target);
      const spec = podTemplateOf(object)?.spec;
      const change = (containers: readonly Container[] = []) =>
        containers
          .filter(({ name }) => images.has(name) || images.has('*'))
          .map(({ name }) => ({ name, image: images.get(name) ?? images.get('*')! }));
      const [main, init] = [change(spec?.containers), change(spec?.initContainers)];
      const found = new Set([...main, ...init].map(({ name }) => name));
      const missing = [...images.keys()].filter((name) => name !== '*' && !found.has(name));
      if (missing.length > 0)
        throw new KubectlError(
          missing.map((name) => `unable to find container named "${name}"`).join('\nerror: '),
        );
      const isSame = [...main, ...init].every(({ name, image: wanted }) =>
        [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(
          (c) => c.name === name && c.image === wanted,
        ),
      );
      // Nothing to change is nothing to say.
      if (isSame) continue;
      const patch = patchOfPodSpec(target.resource.kind, {
        ...(main.length > 0 && { containers: main }),
        ...(init.length > 0 && { initContainers: init }),
      });
      const changed =
        dryRun === 'client'
          ? object
          : await patchObject(session, target, patch, 'strategic', {
              dryRun,
              fieldManager: flags['field-manager'] ?? 'kubectl-set',
            });
      printOutcome(
        session,
        { object: changed, resource: target.resource, verb: 'image updated' },
        flags.output,
        dryRun,
      );
    }
  },
});

const env = command({
  name: 'env',
  summary: 'Update environment variables on a pod template',
  usage: 'RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N KEY-',
  flags: {
    ...setFlags,
    containers: { type: 'string', short: 'c', default: '*', help: 'The names of the containers; * is all' },
    list: { type: 'boolean', help: 'Show the variables' },
    overwrite: { type: 'boolean', default: true, help: 'Values that are there may change' },
  },
  async run(session, { flags, positional }) {
    const dryRun = readDryRun(flags['dry-run']);
    const isChange = (word: string) => word.includes('=') || /^[A-Za-z_][A-Za-z0-9_]*-$/.test(word);
    const { names, changes } = splitWords(positional, isChange);
    if (changes.length === 0 && !flags.list)
      throw new KubectlError('at least one environment variable must be provided');
    const isChosen = ({ name }: Container) =>
      flags.containers === '*' || flags.containers.split(',').includes(name);
    for (const target of await findTargets(session, names, flags)) {
      const object = await fetchTarget(session, target);
      const containers = (podTemplateOf(object)?.spec?.containers ?? []).filter(isChosen);
      if (flags.list) {
        for (const container of containers) {
          session.print(`# ${fullName(target)}, container ${container.name}`);
          for (const { name, value, valueFrom } of container.env ?? [])
            session.print(
              valueFrom === undefined
                ? `${name}=${value ?? ''}`
                : `# ${name} from ${Object.keys(valueFrom)[0]}`,
            );
        }
        continue;
      }
      const patch = patchOfPodSpec(target.resource.kind, {
        containers: containers.map(({ name }) => ({ name, env: changes.map(envChange) })),
      });
      const changed =
        dryRun === 'client'
          ? object
          : await patchObject(session, target, patch, 'strategic', {
              dryRun,
              fieldManager: flags['field-manager'] ?? 'kubectl-set',
            });
      printOutcome(
        session,
        { object: changed, resource: target.resource, verb: 'env updated' },
        flags.output,
        dryRun,
      );
    }
  },
});

function envChange(word: string): EnvVar & { $patch?: string } {
  const at = word.indexOf('=');
  return at < 0
    ? { name: word.slice(0, -1), $patch: 'delete' }
    : { name: word.slice(0, at), value: word.slice(at + 1) };
}

const resources = command({
  name: 'resources',
  summary: 'Update resource requests/limits on objects with pod templates',
  usage: '(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS])',
  flags: {
    ...setFlags,
    containers: { type: 'string', short: 'c', default: '*', help: 'The names of the containers; * is all' },
    limits: { type: 'string', default: '', help: 'Such as cpu=100m,memory=256Mi' },
    requests: { type: 'string', default: '', help: 'Such as cpu=100m,memory=256Mi' },
  },
  async run(session, { flags, positional }) {
    const dryRun = readDryRun(flags['dry-run']);
    if (flags.limits === '' && flags.requests === '')
      throw new KubectlError(
        'you must specify an update to requests or limits (in the form of --requests/--limits)',
      );
    const amounts = (text: string) => Object.fromEntries(text.split(',').map((pair) => pair.split('=')));
    const change = {
      ...(flags.limits !== '' && { limits: amounts(flags.limits) }),
      ...(flags.requests !== '' && { requests: amounts(flags.requests) }),
    };
    for (const target of await findTargets(session, positional, flags)) {
      const object = await fetchTarget(session, target);
      const containers = (podTemplateOf(object)?.spec?.containers ?? [])
        .filter(({ name }) => flags.containers === '*' || flags.containers.split(',').includes(name))
        .map(({ name }) => ({ name, resources: change }));
      if (containers.length === 0)
        throw new KubectlError(`${singularName(target.resource)}/${target.name} has no such container`);
      const changed =
        dryRun === 'client'
          ? object
          : await patchObject(
              session,
              target,
              patchOfPodSpec(target.resource.kind, { containers }),
              'strategic',
              {
                dryRun,
                fieldManager: flags['field-manager'] ?? 'kubectl-set',
              },
            );
      printOutcome(
        session,
        { object: changed, resource: target.resource, verb: 'resource requirements updated' },
        flags.output,
        dryRun,
      );
    }
  },
});

export const set = command({
  name: 'set',
  summary: 'Set specific features on objects',
  subcommands: [env, image, resources],
});
