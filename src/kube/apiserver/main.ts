/*
 * kube-apiserver: the one door to the state of the cluster. It keeps nothing itself: everything is in etcd, so three
 * of them can serve side by side and any of them may die.
 *
 * A request, from the socket down:
 *
 *   server/http-server.ts    TLS, HTTP/2 and HTTP/1.1 on one port; who the client certificate says the peer is
 *   server/api-server.ts     the chain: request-info → authentication → impersonation → authorization → limits → audit
 *   server/routes.ts         /healthz /version /metrics /api /apis /openapi, or a resource: endpoints/dispatch.ts
 *   endpoints/               a file a verb (read, write, patch, delete, watch) and a file a subresource (scale, binding,
 *                            eviction, token, reviews); body.ts decodes, present.ts encodes (object, list, Table)
 *   admission/               plugins that change or refuse what is written
 *   registry/                the rules all kinds share (resource-store.ts) and those of single kinds (strategies.ts,
 *                            service-strategy.ts with its range-allocator.ts)
 *   storage/                 one transaction of etcd a write, compared by mod_revision, which is the resourceVersion;
 *                            secrets pass a transformer that encrypts
 *
 * and back up, to those who watch:
 *
 *   watch/cacher.ts          ONE watch on etcd feeds a cache a resource: reads and lists are answered from memory after a
 *                            question for etcd's revision, watches from a window of recent events
 *   watch/watcher.ts         one client's watch: selectors, bookmarks, the end of its time
 *
 * Beside them: streaming/ passes log, exec, attach and port-forward through to the kubelet; bootstrap/ makes the
 * namespaces, the Service `kubernetes` and its endpoints; machinery.ts is all that is asked of the API data in
 * src/kube/api; instance.ts puts the parts together.
 *
 * Not here: custom resources and aggregated APIs (their objects are stored, but nothing serves them), webhooks.
 */
import { whenAborted } from '../../lib/abort.ts';
import { systemClock } from '../../lib/clock.ts';
import { describeFlags } from '../../lib/flags.ts';
import { createLogger } from '../../lib/log.ts';
import { runProgram } from '../../lib/program.ts';
import { kubernetesVersion } from '../component-base/version.ts';
import { assembleSecurity } from './assemble.ts';
import { flagSpecs } from './flags.ts';
import { startInstance } from './instance.ts';
import { apiMachinery, servedResources } from './machinery-api.ts';
import { completeOptions, parseArguments } from './options.ts';
import { connectEtcd } from './storage/etcd-adapter.ts';
import { componentProbes } from './streaming/component-probes.ts';

const etcdTimeoutMs = 10_000;
const stopGraceMs = 1500;

runProgram('kube-apiserver', async ({ args, signal }) => {
  const flags = parseArguments(args);
  if (flags.help) {
    process.stdout.write(
      `The Kubernetes API server.\n\nUsage:\n  kube-apiserver [flags]\n\n${describeFlags(flagSpecs)}\n`,
    );
    return 0;
  }
  const options = completeOptions(flags);
  const log = createLogger({ format: 'klog', caller: 'apiserver', level: flags.v >= 4 ? 'debug' : 'info' });
  log.info('Version', { version: kubernetesVersion });
  const { etcd, close } = connectEtcd({
    endpoints: options.etcd.endpoints,
    tls: options.etcd.tls,
    timeoutMs: etcdTimeoutMs,
    keepAliveTimeMs: 10_000,
    keepAliveTimeoutMs: 5_000,
  });
  const instance = await startInstance({
    options,
    etcd,
    machinery: apiMachinery(servedResources(flags['runtime-config'] ?? {})),
    security: (registry) => assembleSecurity(flags, registry),
    probes: componentProbes(() => etcd.range('health', { countOnly: true })),
    clock: systemClock,
    log,
  });
  await whenAborted(signal);
  log.info('shutting down');
  await instance.stop(stopGraceMs);
  close();
  return 0;
});
