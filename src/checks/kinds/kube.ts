import { machinesWithRole } from '../../machines/topology.ts';
import { parseDataPath } from '../data-path.ts';
import { type ApiQuestion, type ApiReason, apiReasons, askApi } from '../kube-api.ts';
import { Parameters } from '../parameters.ts';
import { podTrouble } from '../pod-trouble.ts';
import type { CheckContext, CheckKind, CheckSpec } from '../types.ts';
import { eventually } from '../wait.ts';
import { examineObjects, type ObjectReason, objectReasons, type WantedObjects } from './kube-objects.ts';

type Reason = ApiReason | ObjectReason;

const reasons: Readonly<Record<Reason, string>> = {
  ...apiReasons,
  ...objectReasons,
};

/** How it looks when a cluster that was cleaned up is asked. */
const goneReasons: readonly ApiReason[] = ['missing-kubeconfig', 'refused', 'timeout', 'unreachable'];

/** Nobody answers in a cluster that is gone; nor in one whose machines have only just been switched on. */
async function comesBack(context: CheckContext): Promise<boolean> {
  for (const { name } of machinesWithRole(context.topology, 'controller')) {
    if ((await context.machines.state(name)) !== 'running') continue;
    if ((await context.machines.unit(name, 'kube-apiserver')).enabled) return true;
  }
  return false;
}

/** `/api/v1/namespaces/x/pods/y?labelSelector=…` from the parts that lab.yaml names. */
function pathOf(parameters: Parameters): string {
  const given = parameters.optionalString('path');
  const apiVersion = parameters.optionalString('apiVersion') ?? 'v1';
  const resource =
    given === undefined ? parameters.string('resource') : parameters.optionalString('resource');
  const namespace = parameters.optionalString('namespace');
  const name = parameters.optionalString('name');
  const query = new URLSearchParams();
  for (const selector of ['labelSelector', 'fieldSelector']) {
    const value = parameters.optionalString(selector);
    if (value !== undefined) query.set(selector, value);
  }
  if (given !== undefined) return given;
  const parts = [
    apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
    ...(namespace === undefined ? [] : ['namespaces', encodeURIComponent(namespace)]),
    resource!,
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
  ];
  return `${parts.join('/')}${query.size === 0 ? '' : `?${query}`}`;
}

/**
 * An object or list of the API. Parameters: `kubeconfig` (workspace file); `server` (instead of the one it names); `resource` with `apiVersion`
 * (default v1), `namespace`, `name`, `labelSelector`, `fieldSelector`, or `path`; expectations: `count` or `minCount` (items), `names` (items
 * of these names are there), `condition` (of type … is True, on the object or every item), `fields` (path → value, `~` for any; on the object,
 * or in every item), `held: true` (a Lease, or every item named, has a holder that renews it), `absent: true` (there is no such object; with
 * `clusterMayBeGone: true` it is gone as well when nobody can be asked any more, as at the end of a clean-up); `wait`.
 */
export const kubeKind: CheckKind<Reason> = {
  kind: 'kube',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const path = pathOf(parameters);
    const question: ApiQuestion = {
      kubeconfig: parameters.string('kubeconfig'),
      server: parameters.optionalString('server'),
      path,
    };
    const wanted: WantedObjects = {
      path,
      resource: parameters.optionalString('resource') ?? path.split('?')[0]!.split('/').at(-1)!,
      count: parameters.optionalNumber('count'),
      minCount: parameters.optionalNumber('minCount'),
      names: parameters.optionalWords('names') ?? [],
      condition: parameters.optionalString('condition'),
      fields: parameters.optionalMap('fields') ?? {},
      held: parameters.boolean('held', false),
      absent: parameters.boolean('absent', false),
    };
    const mayBeGone = wanted.absent && parameters.boolean('clusterMayBeGone', false);
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();
    for (const field of Object.keys(wanted.fields)) parseDataPath(field);

    return (context) =>
      eventually<Reason>(context, waitMs, async () => {
        const answer = await askApi(context, question);
        if ('finding' in answer) {
          const isGone =
            mayBeGone && goneReasons.includes(answer.finding.reason) && !(await comesBack(context));
          return isGone ? [] : [answer.finding];
        }
        const { data, said } = answer;
        const findings = examineObjects(data, wanted, { said, nowMs: context.clock.now() });
        if (wanted.resource !== 'deployments' || findings[0]?.reason !== 'condition-false') return findings;
        const trouble = await podTrouble(context, question, data);
        const [first, ...others] = findings;
        return trouble === undefined
          ? findings
          : [{ ...first, message: `${first.message} The reason: ${trouble}.` }, ...others];
      });
  },
};
