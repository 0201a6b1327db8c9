import { clone, type Json, type JsonMap } from '../../api/patch/json.ts';
import { applyJsonPatch } from '../../api/patch/json-patch.ts';
import { applyMergePatch } from '../../api/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../api/patch/strategic-merge.ts';
import { hasEnded, isReady } from '../../api/pods.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { command, type Session } from '../cli/command.ts';
import { errorText, KubectlError } from '../cli/errors.ts';
import type { ParsedFlags } from '../cli/flags.ts';
import { readDryRun } from '../cli/shared-flags.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import type { Target } from '../cluster/targets.ts';
import { printOutcome } from '../output/object-printer.ts';
import { attachTo, containerToAttachTo } from '../streams/attach.ts';
import { copyLines } from '../streams/copy-lines.ts';
import { podPath } from '../streams/find-pod.ts';
import { podRunningTimeoutFlag, usageError } from '../streams/shared-flags.ts';
import { waitForPod } from '../streams/wait-for-pod.ts';
import { readValidation } from './apply.ts';
import { builtInResource, createFlags, emptyTime } from './create/submit.ts';
import { deletedText, deleteTarget } from './delete.ts';
import { readPairs } from './expose.ts';
import { withLastApplied } from './last-applied.ts';
import { createObject } from './write.ts';

const runFlags = {
  ...createFlags,
  ...podRunningTimeoutFlag(60_000),
  image: { type: 'string', default: '', help: 'The image of the container' },
  'image-pull-policy': { type: 'string', default: '', help: 'Always, IfNotPresent or Never' },
  restart: { type: 'string', default: 'Always', help: 'Always, OnFailure or Never' },
  command: { type: 'boolean', help: 'The words after -- are the command, not its arguments' },
  env: { type: 'array', help: 'An environment variable, NAME=value; may be repeated' },
  port: { type: 'string', default: '', help: 'The port that the container exposes' },
  expose: { type: 'boolean', help: 'Make a service for the pod as well; needs --port' },
  labels: { type: 'string', short: 'l', default: '', help: 'Labels of the pod; run=NAME when not given' },
  annotations: { type: 'array', help: 'An annotation, key=value; may be repeated' },
  overrides: { type: 'string', default: '', help: 'JSON to change the pod with before it is made' },
  'override-type': {
    type: 'string',
    default: 'merge',
    help: 'How to read --overrides: json, merge or strategic',
  },
  privileged: { type: 'boolean', help: 'Run the container in privileged mode' },
  stdin: { type: 'boolean', short: 'i', help: 'Keep standard input open, and attach' },
  tty: { type: 'boolean', short: 't', help: 'Give the container a terminal' },
  attach: { type: 'boolean', help: 'Attach once the pod runs; -i does so too' },
  'leave-stdin-open': { type: 'boolean', help: 'Do not close standard input after the first attach' },
  rm: { type: 'boolean', help: 'Delete the pod when it has ended' },
  quiet: { type: 'boolean', short: 'q', help: 'Print nothing but what the container prints' },
} as const;

type RunFlags = ParsedFlags<typeof runFlags>;

/** Models kubectl/pkg/cmd/run. */
export const run = command({
  name: 'run',
  summary: 'Run a particular image on the cluster',
  usage:
    'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--command] -- [COMMAND] [args...]',
  flags: runFlags,
  async run(session, { flags, given, positional, dash }) {
    if (!given.has('image')) throw new KubectlError('required flag(s) "image" not set');
    const [name, ...words] = positional;
    if (name === undefined || dash === 0) throw usageError(session, 'NAME is required for run');
    const attached = given.has('attach') ? flags.attach : flags.stdin;
    check(session, flags, attached);
    const dryRun = readDryRun(flags['dry-run']);
    const create = async (made: object) => {
      const namespace = dryRun === 'client' ? session.global.namespace : session.cluster().namespace;
      const { metadata, ...rest } = made as KubeObject;
      const object = { ...rest, metadata: { ...metadata, ...(namespace !== undefined && { namespace }) } };
      const resource = builtInResource(object);
      const created = await createObject(
        session,
        resource,
        flags['save-config'] ? withLastApplied(object) : object,
        {
          dryRun,
          fieldManager: flags['field-manager'] ?? 'kubectl-run',
          fieldValidation: readValidation(flags.validate),
        },
      );
      return { resource, object: created, namespace: created.metadata.namespace, name };
    };
    const created = [await create(overridden(podOf(name, words, flags), flags))];
    if (flags.expose) created.push(await create(serviceOf(name, flags)));
    if (!attached) {
      for (const { object, resource } of created.reverse())
        printOutcome(session, { object, resource, verb: 'created' }, flags.output, dryRun);
      return;
    }
    try {
      await follow(session, created[0]!.object as unknown as Pod, flags);
    } finally {
      if (flags.rm) for (const target of created) await remove(session, target, flags.quiet);
    }
  },
});

/** Throws KubectlError for flags that do not go together. */
function check(session: Session, flags: RunFlags, attached: boolean): void {
  if (flags.image === '') throw new KubectlError('--image is required');
  if (!/^[\w.:/@-]*\w$/.test(flags.image) || flags.image !== flags.image.trim())
    throw new KubectlError(`Invalid image name ${JSON.stringify(flags.image)}: invalid reference format`);
  if (flags.tty && !flags.stdin)
    throw usageError(session, '-i/--stdin is required for containers with -t/--tty=true');
  if (flags.expose && flags.port === '')
    throw usageError(session, '--port must be set when exposing a service');
  if (!['Always', 'OnFailure', 'Never', ''].includes(flags.restart))
    throw usageError(session, `invalid restart policy: ${flags.restart}`);
  if (!attached && flags.rm) throw usageError(session, '--rm should only be used for attached containers');
  if (attached && readDryRun(flags['dry-run']) !== 'none')
    throw usageError(
      session,
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  const pull = flags['image-pull-policy'];
  if (!['Always', 'IfNotPresent', 'Never', ''].includes(pull))
    throw usageError(session, `invalid image pull policy: ${pull}`);
}

const restartPolicyOf = (flags: RunFlags) =>
  flags.restart !== '' ? flags.restart : flags.stdin ? 'OnFailure' : 'Always';

const labelsOf = (name: string, flags: RunFlags) =>
  flags.labels === '' ? { run: name } : readPairs(flags.labels);

function readPort(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** Models kubectl/pkg/generate/versioned/run.go BasicPod. */
function podOf(name: string, words: readonly string[], flags: RunFlags): object {
  const env = flags.env.map((text) => {
    const at = text.indexOf('=');
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*=/.test(text)) throw new KubectlError(`invalid env: ${text}`);
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const annotations = Object.assign({}, ...flags.annotations.map(readPairs)) as Record<string, string>;
  const pull = flags['image-pull-policy'];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...emptyTime,
      labels: labelsOf(name, flags),
      name,
    },
    spec: {
      containers: [
        {
          ...(words.length > 0 && (flags.command ? { command: words } : { args: words })),
          ...(env.length > 0 && { env }),
          image: flags.image,
          ...(pull !== '' && { imagePullPolicy: pull }),
          name,
          ...(flags.port !== '' && { ports: [{ containerPort: readPort(flags.port) }] }),
          resources: {},
          ...(flags.privileged && { securityContext: { privileged: true } }),
          ...(flags.stdin && { stdin: true }),
          ...(flags.stdin && !flags['leave-stdin-open'] && { stdinOnce: true }),
          ...(flags.tty && { tty: true }),
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: restartPolicyOf(flags),
    },
    status: {},
  };
}

/** What is merged into the pod reaches fields that no flag has. Models kubectl/pkg/cmd/util/override_options.go. */
function overridden(pod: object, flags: Pick<RunFlags, 'overrides' | 'override-type'>): object {
  const { overrides: text, 'override-type': type } = flags;
  if (text === '') return pod;
  let patch: Json;
  try {
    patch = JSON.parse(text) as Json;
  } catch {
    throw new KubectlError('Invalid JSON Patch');
  }
  const target = clone(pod) as JsonMap;
  switch (type) {
    case 'json':
      return applyJsonPatch(target, patch) as JsonMap;
    case 'merge':
      return applyMergePatch(target, patch) as JsonMap;
    case 'strategic':
      return applyStrategicMergePatch(target, patch as JsonMap, 'core-v1.Pod');
    default:
      throw new KubectlError(
        `invalid override type: ${JSON.stringify(type)}, must be one of: json, merge, strategic`,
      );
  }
}

function serviceOf(name: string, flags: RunFlags): object {
  const port = readPort(flags.port);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...emptyTime, name },
    spec: { ports: [{ port, protocol: 'TCP', targetPort: port }], selector: labelsOf(name, flags) },
    status: { loadBalancer: {} },
  };
}

/** Attaches as soon as the pod runs, and passes on how it ended. Throws KubectlError with its exit code. */
async function follow(session: Session, { metadata }: Pod, flags: RunFlags): Promise<void> {
  const { name = '', namespace } = metadata;
  const query = { fieldSelector: `metadata.name=${name}` };
  const wait = (satisfies: (pod: Pod) => boolean) =>
    waitForPod(session, namespace, query, flags['pod-running-timeout'], satisfies);
  const pod = await wait((one) => hasEnded(one) || (one.status?.phase === 'Running' && isReady(one)));
  const options = { container: '', stdin: flags.stdin, tty: flags.tty, quiet: flags.quiet };
  const printLog = async () => {
    const container = containerToAttachTo(session, pod, options);
    const path = podPath(pod, 'log');
    const { body } = await session.cluster().streamOrThrow('GET', path, { query: { container } });
    await copyLines(body, session.stdout);
  };
  if (hasEnded(pod)) await printLog();
  else
    await attachTo(session, pod, options).catch((error: unknown) => {
      if (session.signal.aborted) throw error;
      session.warn(
        `warning: couldn't attach to pod/${name}, falling back to streaming logs: ${errorText(error, undefined).replace(/^error: /, '')}`,
      );
      return printLog();
    });
  const policy = restartPolicyOf(flags);
  if (flags['leave-stdin-open'] || policy === 'Always') return;
  const ended = await wait(policy === 'Never' ? hasEnded : (one) => one.status?.phase === 'Succeeded');
  const failure = exitError(ended);
  if (failure !== undefined) throw failure;
}

/** undefined when the pod succeeded. */
export function exitError(pod: Pod): KubectlError | undefined {
  if (pod.status?.phase === 'Succeeded') return undefined;
  const name = `pod ${pod.metadata.namespace}/${pod.metadata.name}`;
  const terminated = pod.status?.containerStatuses?.[0]?.state?.terminated;
  if (terminated === undefined || terminated.exitCode === 0)
    return new KubectlError(`${name} failed with unknown exit code`);
  const { reason = '', message = '', exitCode } = terminated;
  return new KubectlError(`${name} terminated (${reason})${message === '' ? '' : `\n${message}`}`, {
    exitCode,
    plain: true,
  });
}

async function remove(session: Session, target: Target, quiet: boolean): Promise<void> {
  await deleteTarget(session, target, {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: 'Background',
  });
  if (!quiet) session.print(deletedText(target));
}
