import { valuesAt, valueText } from '../data-path.ts';
import { enumerate } from '../hosts.ts';
import type { Finding } from '../types.ts';

export const objectReasons = {
  'not-found': 'there is no such object',
  'not-registered': 'no node has registered itself',
  'wrong-count': 'there are fewer or more objects than wanted',
  'missing-object': 'an object of a list is missing',
  'condition-false': 'a condition is not true',
  'missing-field': 'a field of the object is missing',
  'wrong-field': 'a field of the object has another value',
  'no-holder': 'a Lease is there, and nobody renews it',
  'still-there': 'an object that should be gone is there',
} as const;
export type ObjectReason = keyof typeof objectReasons;

export interface WantedObjects {
  readonly path: string;
  readonly resource: string;
  readonly count: number | undefined;
  readonly minCount: number | undefined;
  readonly names: readonly string[];
  readonly condition: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly held: boolean;
  readonly absent: boolean;
}

/** What the answer says beside its data. */
export interface AnswerFacts {
  /** The server's words to a 404. */
  readonly said: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly renewTime?: string;
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

const nameOf = (object: unknown) => String(valuesAt(object, '.metadata.name')[0] ?? '(no name)');

/** A Lease outlives its holder: only one that was renewed within its duration says that somebody leads. */
function examineLease(object: unknown, where: string, nowMs: number): Finding<ObjectReason>[] {
  const spec = (valuesAt(object, '.spec')[0] ?? {}) as LeaseSpec;
  const holder = spec.holderIdentity ?? '';
  const age = Math.round((nowMs - Date.parse(spec.renewTime ?? '')) / 1000);
  if (holder !== '' && age <= (spec.leaseDurationSeconds ?? 0)) return [];
  const program = nameOf(object);
  return [
    {
      reason: 'no-holder',
      message:
        holder === ''
          ? `Nobody holds ${where}: the last ${program} gave it back, and none has taken it since.`
          : `${where} was last renewed ${Number.isNaN(age) ? 'at an unknown time' : `${age} seconds ago`}: its holder ${holder} has stopped or cannot reach the API server, and no other ${program} has taken over.`,
      expected: 'a holder that renews the Lease',
      found: holder === '' ? 'no holder' : `held by ${holder}, renewed ${spec.renewTime ?? 'never'}`,
      where,
      remedy: `read what they say: journalctl -u ${program} on each controller`,
    },
  ];
}

function examineOne(object: unknown, wanted: WantedObjects, nowMs: number): Finding<ObjectReason>[] {
  const where = `${wanted.resource}/${nameOf(object)}`;
  const remedy = `kubectl describe ${where} tells more`;
  const findings = wanted.held ? examineLease(object, where, nowMs) : [];
  if (wanted.condition !== undefined) {
    const conditions = valuesAt(object, '.status.conditions[*]') as readonly Condition[];
    const condition = conditions.find((candidate) => candidate.type === wanted.condition);
    if (condition?.status !== 'True') {
      const said = [condition?.reason, condition?.message].filter((text) => text).join(': ');
      findings.push({
        reason: 'condition-false',
        message: `${where} is not ${wanted.condition}${said === '' ? '' : ` (${said})`}.`,
        expected: `${wanted.condition}=True`,
        found: condition === undefined ? 'no such condition' : `${wanted.condition}=${condition.status}`,
        where,
        remedy,
      });
    }
  }
  for (const [path, value] of Object.entries(wanted.fields)) {
    const found = valuesAt(object, path);
    const expected = value === null ? path : `${path}: ${valueText(value)}`;
    if (found.length === 0)
      findings.push({
        reason: 'missing-field',
        message: `${where} has no ${path}.`,
        expected,
        found: 'nothing',
        where,
        remedy,
      });
    else if (value !== null && !found.some((candidate) => valueText(candidate) === valueText(value)))
      findings.push({
        reason: 'wrong-field',
        message: `${where} has ${path}: ${found.map(valueText).join(', ')}, and ${valueText(value)} is wanted.`,
        expected,
        found: found.map(valueText).join(', '),
        where,
        remedy,
      });
  }
  return findings;
}

/** What is wrong with an answer of the API; `data` undefined: 404. */
export function examineObjects(
  data: unknown,
  wanted: WantedObjects,
  { said, nowMs }: AnswerFacts,
): Finding<ObjectReason>[] {
  const where = wanted.path;
  const items = valuesAt(data, '.items')[0];
  const isList = Array.isArray(items);
  if (wanted.absent) {
    const left = data === undefined ? [] : isList ? items : [data];
    if (left.length === 0) return [];
    return [
      {
        reason: 'still-there',
        message: `${enumerate(left.map((object) => `${wanted.resource}/${nameOf(object)}`))} should be gone and is still there.`,
        expected: 'nothing',
        found: left.map(nameOf).join(', '),
        where,
        remedy: `kubectl delete ${wanted.resource} ${left.map(nameOf).join(' ')}`,
      },
    ];
  }
  if (data === undefined)
    return [
      {
        reason: 'not-found',
        message: `There is no ${wanted.resource}/${decodeURIComponent(where.split('/').at(-1)!)}: ${said}`,
        expected: where,
        found: 'status 404',
        where,
        remedy: 'create it with the commands of this step',
      },
    ];
  if (!isList) return examineOne(data, wanted, nowMs);

  const names = items.map(nameOf);
  const findings: Finding<ObjectReason>[] = [];
  const missing = wanted.names.filter((name) => !names.includes(name));
  const tooFew =
    items.length < Math.max(wanted.count ?? 0, wanted.minCount ?? 0) ||
    (wanted.count !== undefined && items.length > wanted.count);
  if (wanted.resource === 'nodes' && items.length === 0 && (tooFew || missing.length > 0))
    return [
      {
        reason: 'not-registered',
        message:
          'The API server answers, and no node has registered itself: the kubelets are not running, cannot reach the API server, or are refused by it. Their journals say which.',
        expected: wanted.names.join(', ') || `${wanted.count ?? wanted.minCount} nodes`,
        found: 'no nodes',
        where,
        remedy: 'on a worker: journalctl -u kubelet',
      },
    ];
  if (missing.length > 0)
    findings.push({
      reason: 'missing-object',
      message: `${enumerate(missing)} ${missing.length === 1 ? 'is' : 'are'} missing among the ${wanted.resource}${wanted.resource === 'nodes' ? ': the kubelet there has not registered it, or the Node was deleted' : ''}.`,
      expected: wanted.names.join(', '),
      found: names.join(', ') || 'none',
      where,
      remedy:
        wanted.resource === 'nodes'
          ? `read the kubelet's journal there: ssh ${missing[0]} journalctl -u kubelet`
          : 'create it with the commands of this step',
    });
  if (tooFew)
    findings.push({
      reason: 'wrong-count',
      message: `There are ${items.length} ${wanted.resource}, and ${wanted.count === undefined ? `at least ${wanted.minCount}` : wanted.count} are wanted.`,
      expected: String(wanted.count ?? `at least ${wanted.minCount}`),
      found: names.length === 0 ? '0' : `${names.length}: ${names.join(', ')}`,
      where,
      remedy: 'look at what is there with kubectl get, and at the events',
    });
  // Leases of others lie beside those asked for: every node has one.
  const asked = wanted.held ? items.filter((item) => wanted.names.includes(nameOf(item))) : items;
  return [...findings, ...asked.flatMap((item) => examineOne(item, wanted, nowMs))];
}
