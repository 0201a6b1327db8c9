import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import { createFlags, emptyTime, exactName, submit } from './submit.ts';

/** `registry:5000/team/web:1.2` is called web. */
function containerNameOf(image: string): string {
  const last = image.split('/').pop()!;
  return last.split(/[:@]/)[0]!;
}

export const createDeployment = command({
  name: 'deployment',
  aliases: ['deploy'],
  summary: 'Create a deployment with the specified name',
  usage: 'NAME --image=image -- [COMMAND] [args...]',
  flags: {
    ...createFlags,
    image: { type: 'list', help: 'The image to run; several make several containers' },
    replicas: { type: 'int', short: 'r', default: 1, help: 'How many pods' },
    port: { type: 'int', default: -1, help: 'The port that the container exposes' },
  },
  async run(session, { flags, positional, dash }) {
    const names = dash >= 0 ? positional.slice(0, dash) : positional;
    const args = dash >= 0 ? positional.slice(dash) : [];
    const name = exactName(names);
    if (flags.image.length === 0) throw new KubectlError('required flag(s) "image" not set');
    if (args.length > 0 && flags.image.length > 1)
      throw new KubectlError('cannot specify multiple --image options and command');
    if (flags.replicas < 0) throw new KubectlError(`invalid replicas: ${flags.replicas}`);
    const labels = { app: name };
    const containers = flags.image.map((image) => ({
      image,
      name: flags.image.length === 1 ? containerNameOf(image) : uniqueName(image, flags.image),
      ...(args.length > 0 && { command: args }),
      ...(flags.port >= 0 && { ports: [{ containerPort: flags.port }] }),
      resources: {},
    }));
    await submit(
      session,
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { ...emptyTime, labels, name },
        spec: {
          replicas: flags.replicas,
          selector: { matchLabels: labels },
          strategy: {},
          template: { metadata: { ...emptyTime, labels }, spec: { containers } },
        },
        status: {},
      },
      flags,
    );
  },
});

/** Two images of one name would make two containers of one name. */
function uniqueName(image: string, images: readonly string[]): string {
  const name = containerNameOf(image);
  const earlier = images
    .slice(0, images.indexOf(image))
    .filter((other) => containerNameOf(other) === name).length;
  return earlier === 0 ? name : `${name}-${earlier + 1}`;
}

export const createJob = command({
  name: 'job',
  summary: 'Create a job with the specified name',
  usage: 'NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  flags: {
    ...createFlags,
    image: { type: 'string', default: '', help: 'The image to run' },
    from: { type: 'string', default: '', help: 'The cron job whose template to use: cronjob/NAME' },
  },
  async run(session, { flags, positional, dash }) {
    const name = exactName(dash >= 0 ? positional.slice(0, dash) : positional);
    const args = dash >= 0 ? positional.slice(dash) : [];
    if ((flags.image === '') === (flags.from === ''))
      throw new KubectlError('either --image or --from must be specified');
    const base = { apiVersion: 'batch/v1', kind: 'Job' };
    if (flags.from === '') {
      const container = {
        image: flags.image,
        name,
        ...(args.length > 0 && { command: args }),
        resources: {},
      };
      const template = {
        metadata: { ...emptyTime },
        spec: { containers: [container], restartPolicy: 'Never' },
      };
      await submit(
        session,
        { ...base, metadata: { ...emptyTime, name }, spec: { template }, status: {} },
        flags,
      );
      return;
    }
    const [type, source] = flags.from.split('/');
    if (!/^(cj|cronjobs?)(\..*)?$/.test(type ?? '') || source === undefined)
      throw new KubectlError('from must be an existing cronjob');
    const cluster = session.cluster();
    const resource = (await cluster.discovery()).find('cronjobs');
    const cronJob = await cluster.request<
      KubeObject & { spec: { jobTemplate: { metadata?: KubeObject['metadata']; spec: unknown } } }
    >('GET', cluster.path(resource, cluster.namespace, source));
    const { metadata = {}, spec } = cronJob.spec.jobTemplate;
    const owner = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      name: source,
      uid: cronJob.metadata.uid ?? '',
      controller: true,
    };
    const annotations = { 'cronjob.kubernetes.io/instantiate': 'manual', ...metadata.annotations };
    await submit(
      session,
      { ...base, metadata: { ...metadata, annotations, name, ownerReferences: [owner] }, spec },
      flags,
    );
  },
});
