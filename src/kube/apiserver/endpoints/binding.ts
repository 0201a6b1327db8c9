import type { ResourceInfo } from '../../api/resources.ts';
import { apiTime } from '../../api/time.ts';
import type { Binding, Pod } from '../../api/types/core-v1.ts';
import { checkAgainstUrl, groupResource } from '../registry/before-write.ts';
import type { KubeObject } from '../request.ts';
import { type Answer, type ApiRequest, json } from '../server/exchange.ts';
import { conflict, invalid, notFound } from '../status-errors.ts';
import { readObject } from './body.ts';
import { admissionAttributes, admit, type EndpointContext, mutate } from './context.ts';
import { isDryRun } from './request-options.ts';

/**
 * POST pods/NAME/binding (and the older /bindings): the scheduler's word. Sets spec.nodeName once, and the condition
 * PodScheduled. Models pkg/registry/core/pod/storage BindingREST.
 */
export async function handleBinding(
  context: EndpointContext,
  request: ApiRequest,
  pods: ResourceInfo,
): Promise<Answer> {
  const { namespace } = request.info;
  const body = await readObject(request, context.machinery, { apiVersion: 'v1', kind: 'Binding' });
  checkAgainstUrl(pods, body, namespace, request.info.name === '' ? undefined : request.info.name);
  const binding = body as unknown as Binding;
  const podName = binding.metadata?.name ?? '';
  const { target } = binding;
  const dryRun = isDryRun(request.query);
  const attributes = admissionAttributes(request, 'CREATE', body, undefined, dryRun);
  await mutate(context, attributes);
  await admit(context, attributes);
  if (target?.kind !== undefined && target.kind !== '' && target.kind !== 'Node') {
    throw invalid('', 'Binding', podName, [
      {
        reason: 'FieldValueNotSupported',
        field: 'target.kind',
        message: `Unsupported value: ${JSON.stringify(target.kind)}: supported values: "Node", "<empty>"`,
      },
    ]);
  }
  const nodeName = target?.name ?? '';
  if (nodeName === '') {
    throw invalid('', 'Binding', podName, [
      { reason: 'FieldValueRequired', field: 'target.name', message: 'Required value' },
    ]);
  }
  await context.registry.store(pods).update(namespace, podName, {
    user: request.user,
    dryRun,
    subresource: 'binding',
    async transform(current) {
      if (current === undefined) throw notFound(groupResource(pods), podName);
      return bind(pods, current, binding, nodeName, context.clock.now());
    },
  });
  return json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

function bind(
  pods: ResourceInfo,
  current: KubeObject,
  binding: Binding,
  nodeName: string,
  nowMs: number,
): KubeObject {
  const pod = current as unknown as Pod & { spec: NonNullable<Pod['spec']> };
  const name = pod.metadata?.name ?? '';
  const refuse = (why: string) => conflict({ group: '', resource: 'pods/binding' }, name, why);
  const wantedUid = binding.metadata?.uid ?? '';
  if (wantedUid !== '' && wantedUid !== pod.metadata?.uid) {
    throw conflict(
      groupResource(pods),
      name,
      `Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${pod.metadata?.uid}`,
    );
  }
  if (pod.metadata?.deletionTimestamp !== undefined) {
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if ((pod.spec.nodeName ?? '') !== '') {
    throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  }
  if ((pod.spec.schedulingGates ?? []).length > 0) {
    throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  }
  pod.spec.nodeName = nodeName;
  const status: NonNullable<Pod['status']> = pod.status ?? {};
  pod.status = status;
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  status.conditions = [
    ...others,
    { type: 'PodScheduled', status: 'True', lastTransitionTime: apiTime(nowMs) },
  ];
  const { annotations } = binding.metadata ?? {};
  if (annotations !== undefined) {
    pod.metadata = { ...pod.metadata, annotations: { ...pod.metadata?.annotations, ...annotations } };
  }
  return pod as unknown as KubeObject;
}
