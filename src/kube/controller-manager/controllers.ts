import { LabError } from '../../lib/errors.ts';
import { didYouMean } from '../../lib/nearest.ts';
import { certificateSigningController } from './certificates/signing.ts';
import { deploymentController } from './deployment/deployment.ts';
import { disruptionController } from './disruption/disruption.ts';
import { endpointsController } from './endpoint/endpoints.ts';
import { endpointSliceController } from './endpoint/endpointslice.ts';
import { endpointSliceMirroringController } from './endpoint/mirroring.ts';
import { garbageCollector } from './garbage-collector/garbage-collector.ts';
import { namespaceController } from './namespace/namespace.ts';
import { nodeLifecycleController } from './node/node-lifecycle.ts';
import { podGarbageCollector } from './podgc/pod-gc.ts';
import { replicaSetController } from './replicaset/replicaset.ts';
import { serviceAccountController } from './serviceaccount/default-service-account.ts';
import { rootCaCertPublisher } from './serviceaccount/root-ca-publisher.ts';
import type { Controller } from './shared/context.ts';

/** The controllers there are, by the names that --controllers takes. */
const controllers: Readonly<Record<string, Controller>> = {
  'serviceaccount-controller': serviceAccountController,
  'root-ca-certificate-publisher-controller': rootCaCertPublisher,
  'namespace-controller': namespaceController,
  'endpoints-controller': endpointsController,
  'endpointslice-controller': endpointSliceController,
  'endpointslice-mirroring-controller': endpointSliceMirroringController,
  'replicaset-controller': replicaSetController,
  'deployment-controller': deploymentController,
  'disruption-controller': disruptionController,
  'node-lifecycle-controller': nodeLifecycleController,
  'certificatesigningrequest-signing-controller': certificateSigningController,
  'pod-garbage-collector-controller': podGarbageCollector,
  'garbage-collector-controller': garbageCollector,
};

/** `*` is all, a name switches one on, `-name` switches one off. Throws LabError for a name that is not there. */
export function chooseControllers(choice: readonly string[]): readonly Controller[] {
  const names = Object.keys(controllers);
  for (const word of choice) {
    const name = word.replace(/^-/, '');
    if (name === '*' || names.includes(name)) continue;
    throw new LabError(`"${name}" is not in the list of known controllers`, {
      where: '--controllers',
      remedy: didYouMean(name, names) ?? `there are ${names.join(', ')}`,
    });
  }
  return Object.entries(controllers)
    .filter(([name]) => !choice.includes(`-${name}`) && (choice.includes(name) || choice.includes('*')))
    .map(([, controller]) => controller);
}
