import type { KubernetesObject } from '@kubernetes/client-node';

/** What stands beside apiVersion, kind and metadata in one small, valid object of each kind that is stored. */
type Rest = Readonly<Record<string, unknown>>;

const pod = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web' }] } };
/** Of a Job: its pods must not run for ever. */
const task = { ...pod, spec: { ...pod.spec, restartPolicy: 'Never' } };
const workload = { selector: { matchLabels: { app: 'web' } }, template: pod };
const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const group = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name });
const role = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'reader' });
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const webhook = {
  name: 'check.example.com',
  clientConfig: { url: 'https://check.example.com' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};

const core: Readonly<Record<string, Rest>> = {
  ConfigMap: { data: { key: 'value' }, binaryData: { bytes: 'AAEC' } },
  Endpoints: { subsets: [{ addresses: [{ ip: '10.200.0.9' }], ports: [{ port: 80 }] }] },
  Event: {
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
    reason: 'Test',
    type: 'Normal',
  },
  LimitRange: { spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } },
  Namespace: {},
  Node: { spec: { podCIDR: '10.200.9.0/24' } },
  PersistentVolumeClaim: {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  PersistentVolume: {
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' } },
  },
  Pod: { spec: pod.spec },
  PodTemplate: { template: pod },
  ReplicationController: { spec: { selector: { app: 'web' }, template: pod } },
  ResourceQuota: { spec: { hard: { pods: '10' } } },
  Secret: { stringData: { password: 'secret' } },
  ServiceAccount: {},
  Service: { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
};

const others: Readonly<Record<string, Readonly<Record<string, Rest>>>> = {
  'apiregistration.k8s.io/v1': {
    APIService: {
      spec: {
        group: 'example.com',
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 10,
        service: { namespace: 'default', name: 'web' },
        insecureSkipTLSVerify: true,
      },
    },
  },
  'apps/v1': {
    ControllerRevision: { revision: 1, data: { any: 'thing' } },
    DaemonSet: { spec: workload },
    Deployment: { spec: workload },
    ReplicaSet: { spec: workload },
    StatefulSet: { spec: { ...workload, serviceName: 'web' } },
  },
  'events.k8s.io/v1': {
    Event: {
      eventTime: '2026-01-02T03:04:05.000006Z',
      reportingController: 'example.com/test',
      reportingInstance: 'test-0',
      action: 'Testing',
      reason: 'Test',
      type: 'Normal',
      regarding: { kind: 'Pod', name: 'web', namespace: 'default' },
    },
  },
  'autoscaling/v2': { HorizontalPodAutoscaler: { spec: { scaleTargetRef: target, maxReplicas: 3 } } },
  'autoscaling/v1': { HorizontalPodAutoscaler: { spec: { scaleTargetRef: target, maxReplicas: 3 } } },
  'batch/v1': {
    CronJob: { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: task } } } },
    Job: { spec: { template: task } },
  },
  'certificates.k8s.io/v1': {},
  'networking.k8s.io/v1': {
    IngressClass: { spec: { controller: 'example.com/ingress' } },
    Ingress: { spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
    IPAddress: { spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } } },
    NetworkPolicy: { spec: { podSelector: {}, policyTypes: ['Ingress'] } },
    ServiceCIDR: { spec: { cidrs: ['10.33.0.0/24'] } },
  },
  'policy/v1': {
    PodDisruptionBudget: { spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } },
  },
  'rbac.authorization.k8s.io/v1': {
    ClusterRoleBinding: { roleRef: role('ClusterRole'), subjects: [group('readers')] },
    ClusterRole: { rules: [rule] },
    RoleBinding: { roleRef: role('Role'), subjects: [group('readers')] },
    Role: { rules: [rule] },
  },
  'storage.k8s.io/v1': {
    CSIDriver: { spec: { attachRequired: false } },
    CSINode: { spec: { drivers: [] } },
    CSIStorageCapacity: { storageClassName: 'slow', capacity: '10Gi' },
    StorageClass: { provisioner: 'example.com/disk' },
    VolumeAttachment: {
      spec: { attacher: 'example.com', nodeName: 'worker-0', source: { persistentVolumeName: 'disk' } },
    },
    VolumeAttributesClass: { driverName: 'example.com', parameters: { iops: '100' } },
  },
  'admissionregistration.k8s.io/v1': {
    MutatingWebhookConfiguration: { webhooks: [webhook] },
    ValidatingAdmissionPolicy: {
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          ],
        },
        validations: [{ expression: 'true' }],
      },
    },
    ValidatingAdmissionPolicyBinding: { spec: { policyName: 'each', validationActions: ['Deny'] } },
    ValidatingWebhookConfiguration: { webhooks: [webhook] },
  },
  'scheduling.k8s.io/v1': { PriorityClass: { value: 1000 } },
  'coordination.k8s.io/v1': { Lease: { spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } } },
  'node.k8s.io/v1': { RuntimeClass: { handler: 'runc' } },
  'discovery.k8s.io/v1': {
    EndpointSlice: { addressType: 'IPv4', endpoints: [{ addresses: ['10.200.0.9'] }], ports: [{ port: 80 }] },
  },
};

/** Names that must say something of their own. */
const names: Readonly<Record<string, string>> = { APIService: 'v1.example.com', IPAddress: '10.32.0.200' };

/** One object of each kind; a certificate request needs a request in it, which the test makes. */
export const oneOfEach: readonly KubernetesObject[] = Object.entries({ v1: core, ...others }).flatMap(
  ([apiVersion, kinds]) =>
    Object.entries(kinds).map(([kind, rest]) => ({
      apiVersion,
      kind,
      metadata: { name: names[kind] ?? 'each', labels: { suite: 'one-of-each' } },
      ...rest,
    })),
);
