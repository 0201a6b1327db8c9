/**
 * `kubectl describe`: an object, what belongs to it, and its events, for people to read.
 *
 *   words of the command line ─▶ targets ─▶ the object, as the server has it
 *                                              │  a describer of its kind: pod.ts, node.ts, workloads.ts, …
 *                                              ▼
 *                                page.ts: lines with tabs ─▶ columns that line up
 *                                              ▲
 *                                events.ts ────┘
 */
import { isNotFound } from '../../../client/errors.ts';
import { command, type Session } from '../../cli/command.ts';
import { errorText, KubectlError } from '../../cli/errors.ts';
import { fileFlags, selectorFlags } from '../../cli/shared-flags.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import { fetchTarget, selectByWords, type Target, targetOf, targetsOfFiles } from '../../cluster/targets.ts';
import { describeBinding, describeRole } from './access.ts';
import {
  describeConfigMap,
  describeNamespace,
  describeSecret,
  describeServiceAccount,
} from './configuration.ts';
import { describeEvents, eventsAbout } from './events.ts';
import { describeGeneric } from './generic.ts';
import { describeNode, fetchNodeCompany } from './node.ts';
import { Page } from './page.ts';
import { describePod } from './pod.ts';
import { describeEndpointSlice, describeEndpoints, describeService } from './service.ts';
import { describeDeployment, describeReplicaSet } from './workloads.ts';

type Describer = (page: Page, object: KubeObject, session: Session) => void | Promise<void>;

const describers: Readonly<Record<string, Describer>> = {
  'Pod.v1': (page, object, session) => describePod(page, object, session.clock.now()),
  'Node.v1': async (page, object, session) =>
    describeNode(
      page,
      object,
      await fetchNodeCompany(session, object.metadata.name ?? ''),
      session.clock.now(),
    ),
  'Deployment.apps/v1': describeDeployment,
  'ReplicaSet.apps/v1': describeReplicaSet,
  'Service.v1': describeService,
  'Endpoints.v1': describeEndpoints,
  'ConfigMap.v1': describeConfigMap,
  'Secret.v1': describeSecret,
  'ServiceAccount.v1': describeServiceAccount,
  'Namespace.v1': describeNamespace,
  'EndpointSlice.discovery.k8s.io/v1': describeEndpointSlice,
  'Role.rbac.authorization.k8s.io/v1': describeRole,
  'ClusterRole.rbac.authorization.k8s.io/v1': describeRole,
  'RoleBinding.rbac.authorization.k8s.io/v1': describeBinding,
  'ClusterRoleBinding.rbac.authorization.k8s.io/v1': describeBinding,
};

/** Their descriptions end without events. */
const withoutEvents = new Set([
  'Secret.v1',
  'Namespace.v1',
  ...['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].map(
    (kind) => `${kind}.rbac.authorization.k8s.io/v1`,
  ),
]);

export const describe = command({
  name: 'describe',
  summary: 'Show details of a specific resource or group of resources',
  usage: '(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  flags: {
    ...fileFlags,
    ...selectorFlags,
    'show-events': { type: 'boolean', default: true, help: 'Tell the events about the object too' },
  },
  async run(session, { flags, positional }) {
    const { targets, byPrefix } =
      flags.filename.length > 0
        ? { targets: await targetsOfFiles(session, flags), byPrefix: false }
        : await targetsOfWords(session, positional, flags);
    if (targets.length === 0) {
      session.warn(
        flags['all-namespaces']
          ? 'No resources found'
          : `No resources found in ${session.cluster().namespace} namespace.`,
      );
      return 0;
    }
    let printed = 0;
    let failed = false;
    for (const target of targets) {
      try {
        const text = await describeTarget(session, target, flags['show-events']);
        // What was found by the beginning of its name ends with a blank line; others have two between them.
        session.stdout.write(byPrefix ? `${text}\n` : (printed++ > 0 ? '\n\n' : '') + text);
      } catch (error) {
        session.warn(errorText(error, session.cluster().serverIfKnown()));
        failed = true;
      }
    }
    return failed ? 1 : 0;
  },
});

/** A name that nothing has may be the beginning of names. */
async function targetsOfWords(
  session: Session,
  words: readonly string[],
  flags: { readonly selector: string; readonly 'all-namespaces': boolean },
): Promise<{ targets: Target[]; byPrefix: boolean }> {
  if (words.length === 0)
    throw new KubectlError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
      { plain: true },
    );
  const cluster = session.cluster();
  const selection = selectByWords(await cluster.discovery(), cluster.namespace, words);
  const list = async (resource: Target['resource'], namespace: string | undefined) =>
    (
      await cluster
        .resource(resource, namespace)
        .list(flags.selector === '' ? {} : { labelSelector: flags.selector })
    ).items.map((object) => targetOf(resource, object, namespace));
  if (selection.kind === 'resources') {
    const namespace = flags['all-namespaces'] ? undefined : cluster.namespace;
    const lists = await Promise.all(selection.resources.map((resource) => list(resource, namespace)));
    return { targets: lists.flat(), byPrefix: false };
  }
  let byPrefix = false;
  const found = selection.targets.map(async (target) => {
    try {
      await fetchTarget(session, target);
      return [target];
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const alike = (await list(target.resource, target.namespace)).filter(({ name }) =>
        name.startsWith(target.name),
      );
      if (alike.length === 0) throw error;
      byPrefix = true;
      return alike;
    }
  });
  return { targets: (await Promise.all(found)).flat(), byPrefix };
}

async function describeTarget(session: Session, target: Target, showEvents: boolean): Promise<string> {
  const object = await fetchTarget(session, target);
  const kind = `${object.kind}.${object.apiVersion}`;
  const page = new Page();
  await (describers[kind] ?? describeGeneric)(page, object, session);
  if (showEvents && !withoutEvents.has(kind))
    describeEvents(page, await eventsAbout(session, object), session.clock.now());
  return page.toString();
}
