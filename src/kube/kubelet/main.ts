/**
 * kubelet: makes the pods that were given to this node run, and tells how they fare.
 *
 *   watch Pods of this node ─▶ pods/pod-workers.ts: one worker a pod        node/: register, status, lease every 10 s
 *                                 │
 *   events of the runtime ───────▶│ a turn:   1 what does the runtime have of this pod?     runtime/container-runtime.ts
 *     runtime/pleg.ts             │           2 what follows for its status?                status/generate.ts   (pure)
 *   results of the probes ───────▶│           3 what is to be done?                         pods/compute-pod-actions.ts (pure)
 *     probes/                     │           4 do it: volumes, sandbox, images, containers pods/sync-pod.ts
 *                                 ▼
 *                          status/status-manager.ts ──PATCH pods/NAME/status──▶ kube-apiserver
 *
 * A turn never asks what happened, only what is: a lost event costs time and nothing else, and a kubelet that was
 * killed goes on where it stopped, because all it knows stands in the API server and in the container runtime. That is
 * why restarting it restarts no container.
 *
 * The other direction is server/: kube-apiserver comes in on port 10250 for logs, exec and port-forward. The kubelet
 * asks back who that is (TokenReview, or the client certificate) and what they may do (SubjectAccessReview).
 */
import { hostname } from 'node:os';
import { LabError } from '../../lib/errors.ts';
import { notifyReady } from '../../lib/notify.ts';
import { currentIdentity } from '../../usernet/identity.ts';
import { loadClientConfig, RestClient } from '../client/index.ts';
import { runComponent } from '../component-base/component.ts';
import { kubernetesVersion } from '../component-base/version.ts';
import { createCriClient } from '../cri/index.ts';
import { defaultKubeletConfig, loadKubeletConfig } from './config/kubelet-config.ts';
import { checkSwap, loadServingFiles } from './config/preflight.ts';
import { parseTaint } from './config/taints.ts';
import { kubeletFlags } from './flags.ts';
import { Kubelet } from './kubelet.ts';
import { firstAddress, readMachineFacts } from './node/machine-facts.ts';
import { withRequestTimeout } from './runtime/request-timeout.ts';
import { startServers } from './server/servers.ts';

const component = { name: 'kubelet', caller: 'kubelet', flags: kubeletFlags };

runComponent(component, async ({ flags, logger, signal }) => {
  logger.info('Kubelet version', { kubeletVersion: kubernetesVersion });
  const config = flags.config === undefined ? defaultKubeletConfig() : loadKubeletConfig(flags.config);
  if (flags.kubeconfig === undefined) {
    throw new LabError('--kubeconfig is missing', {
      remedy: 'name the kubeconfig of this node: kubelet without an API server is not supported',
    });
  }
  // The swap of the computer below is no business of a machine of the lab.
  if (currentIdentity() === undefined) checkSwap(flags['fail-swap-on'] ?? config.failSwapOn, '/proc/swaps');
  const nodeName = (flags['hostname-override'] ?? hostname()).toLowerCase();
  const files = loadServingFiles(config, nodeName);
  const address = flags['node-ip'] ?? firstAddress();
  if (address === undefined)
    throw new LabError("this node's address is not known", { remedy: 'name it with --node-ip' });

  const rest = new RestClient({ ...loadClientConfig(flags.kubeconfig), userAgent: 'kubelet' });
  const cri = withRequestTimeout(
    createCriClient(flags['container-runtime-endpoint'] ?? config.containerRuntimeEndpoint),
    config.runtimeRequestTimeoutMs,
  );
  const rootDir = flags['root-dir'];
  const kubelet = new Kubelet({
    config: { ...config, registerNode: flags['register-node'] ?? config.registerNode },
    settings: {
      name: nodeName,
      address,
      port: config.port,
      maxPods: config.maxPods,
      labels: flags['node-labels'],
      taints: [...config.registerWithTaints, ...flags['register-with-taints'].map(parseTaint)],
    },
    facts: readMachineFacts('/', nodeName),
    rest,
    cri,
    rootDir,
    logger,
  });
  const servers = await startServers({ config, files, kubelet, rest, cri, nodeName, logger });
  logger.info('Started kubelet', { node: nodeName });
  notifyReady();
  await kubelet.run(signal);
  servers.close();
  cri.close();
  rest.close();
  return 0;
});
