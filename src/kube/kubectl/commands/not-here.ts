import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';

/** Commands of upstream's kubectl that this one does not have, and what to use instead: refused by name. */
const missing: Readonly<Record<string, string>> = {
  certificate: 'patch the subresource approval of the CertificateSigningRequest',
  completion: "use the completion of upstream's kubectl",
  debug: 'use "kubectl exec", or "kubectl run" with the image k8s-lab/toolbox',
  diff: 'use "kubectl apply --dry-run=server -o yaml"',
  kustomize: "use upstream's kubectl",
  plugin: "use upstream's kubectl",
  proxy: 'use "kubectl get --raw" or "kubectl port-forward"',
};

export const notHere = Object.entries(missing).map(([name, instead]) =>
  command({
    name,
    summary: `Not in this kubectl: ${instead}`,
    async run() {
      throw new KubectlError(`this kubectl has no "${name}": ${instead}`);
    },
  }),
);

/** There is nobody who would serve the metrics API: upstream's kubectl says the same. */
export const top = command({
  name: 'top',
  summary: 'Display resource (CPU/memory) usage',
  async run(session) {
    const { resources } = await session.cluster().discovery();
    throw new KubectlError(
      resources.some(({ group }) => group === 'metrics.k8s.io')
        ? `this kubectl cannot read the metrics API: use "kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes"`
        : 'Metrics API not available',
    );
  },
});
