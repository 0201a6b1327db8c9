import type { ResourceInfo } from '../../api/resources.ts';
import { part, type Strategy } from './strategy.ts';

/**
 * The kinds whose writes have rules of their own, by group and plural name. Services are in service-strategy.ts.
 * Models the strategy.go of each kind in pkg/registry.
 */
const plain: Strategy = {};

const pods: Strategy = {
  prepareForCreate(pod) {
    const spec = part(pod, 'spec');
    pod.status = { phase: 'Pending', qosClass: qosClass(spec) };
    const gates = spec.schedulingGates;
    if (Array.isArray(gates) && gates.length > 0) {
      (pod.status as Record<string, unknown>).conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ];
    }
  },
  prepareForUpdate(pod, old, { subresource }) {
    // A status never changes the class a pod was given.
    if (subresource === 'status' && part(pod, 'status').qosClass === undefined) {
      const { qosClass: kept } = part(old, 'status');
      if (kept !== undefined) (pod.status as Record<string, unknown>).qosClass = kept;
    }
  },
  gracePeriod(pod, wanted) {
    const spec = part(pod, 'spec');
    const { phase } = part(pod, 'status');
    const own =
      typeof spec.terminationGracePeriodSeconds === 'number' ? spec.terminationGracePeriodSeconds : 30;
    // Nobody runs it, or it runs no more: no kubelet has to be waited for.
    if (typeof spec.nodeName !== 'string' || spec.nodeName === '') return 0;
    if (phase === 'Failed' || phase === 'Succeeded') return 0;
    const seconds = wanted ?? own;
    // A negative period once meant "now"; it has been a second since.
    return seconds < 0 ? 1 : seconds;
  },
};

/** Models pkg/apis/core/v1/helper/qos. */
function qosClass(spec: Record<string, unknown>): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all = [spec.containers, spec.initContainers].flatMap((list) => (Array.isArray(list) ? list : []));
  let any = false;
  let guaranteed = all.length > 0;
  for (const container of all as { resources?: Resources }[]) {
    const { requests = {}, limits = {} } = container.resources ?? {};
    for (const name of ['cpu', 'memory']) {
      const limit = limits[name];
      const request = requests[name] ?? limit;
      if (isPositive(limit) || isPositive(request)) any = true;
      if (!isPositive(limit) || request !== limit) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

const isPositive = (quantity: string | undefined) =>
  quantity !== undefined && Number.parseFloat(quantity) > 0;

const kubernetesFinalizer = 'kubernetes';

const namespaces: Strategy = {
  prepareForCreate(namespace) {
    const spec = part(namespace, 'spec');
    const finalizers = new Set([...((spec.finalizers as string[] | undefined) ?? []), kubernetesFinalizer]);
    namespace.spec = { ...spec, finalizers: [...finalizers] };
    namespace.status = { phase: 'Active' };
    // The label by which network policies and selectors can name a namespace.
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      'kubernetes.io/metadata.name': namespace.metadata.name ?? '',
    };
  },
  prepareForUpdate(namespace, old, { subresource }) {
    if (subresource !== 'finalize') namespace.spec = old.spec;
    if (subresource !== 'status') namespace.status = old.status;
  },
  markDeleting(namespace) {
    namespace.status = { ...part(namespace, 'status'), phase: 'Terminating' };
  },
  heldBack: (namespace) => ((part(namespace, 'spec').finalizers as string[] | undefined) ?? []).length > 0,
};

const persistentVolumeClaims: Strategy = {
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' };
  },
};

const persistentVolumes: Strategy = {
  prepareForCreate(volume) {
    volume.status = { phase: 'Pending' };
  },
};

/** Who asked for a certificate is not the client's to say. Models pkg/registry/certificates/certificates/strategy.go. */
const certificateSigningRequests: Strategy = {
  prepareForCreate(request, { user }) {
    const { username, uid, groups, extra } = user;
    request.spec = {
      ...part(request, 'spec'),
      username,
      groups: [...groups],
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra }),
    };
  },
  prepareForUpdate(request, old, { subresource }) {
    request.spec = old.spec;
    if (subresource === 'approval') {
      request.status = { ...part(old, 'status'), conditions: part(request, 'status').conditions };
    }
  },
};

/** A job selects its pods by its own uid. Models pkg/registry/batch/job/strategy.go. */
const jobs: Strategy = {
  prepareForCreate(job) {
    const spec = part(job, 'spec');
    if (spec.manualSelector === true) return;
    const uid = job.metadata.uid ?? '';
    const labels = { 'batch.kubernetes.io/controller-uid': uid, 'controller-uid': uid };
    const template = part(spec, 'template');
    const metadata = part(template, 'metadata');
    const named = { 'batch.kubernetes.io/job-name': job.metadata.name, 'job-name': job.metadata.name };
    job.spec = {
      ...spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: {
        ...template,
        metadata: { ...metadata, labels: { ...part(metadata, 'labels'), ...labels, ...named } },
      },
    };
  },
};

const strategies: Readonly<Record<string, Strategy>> = {
  '/pods': pods,
  '/namespaces': namespaces,
  '/persistentvolumeclaims': persistentVolumeClaims,
  '/persistentvolumes': persistentVolumes,
  'certificates.k8s.io/certificatesigningrequests': certificateSigningRequests,
  'batch/jobs': jobs,
};

export const strategyOf = (resource: ResourceInfo): Strategy =>
  strategies[`${resource.group}/${resource.plural}`] ?? plain;
