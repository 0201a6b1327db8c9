/**
 * The load balancer before the API servers, and the health proxy beside each of them.
 *
 *   kubectl, kubelet ──TLS──▶ tcp frontend :6443 ──the same bytes──▶ kube-apiserver :6443 of one controller
 *                                   │
 *                                   └─ every 2 s: GET http://CONTROLLER:80/healthz
 *                                                        │
 *                             http frontend :80 on each controller ──TLS, with the CA──▶ 127.0.0.1:6443/healthz
 *
 * It looks at no byte of what it passes on (layer 4): TLS goes through to the API server, which therefore still sees
 * the client's certificate. A health check in plain HTTP is all that the cheap load balancers of clouds can do, and an
 * API server speaks only HTTPS; hence the little proxy on port 80, which is nginx in Kubernetes the Hard Way.
 *
 * `config.ts` reads the file, `pool.ts` decides which backend comes next (pure), `health.ts` asks one of them how it
 * is, `tcp-frontend.ts` and `http-frontend.ts` move the bytes.
 */
import { whenAborted } from '../lib/abort.ts';
import { systemClock } from '../lib/clock.ts';
import { errorMessage, LabError } from '../lib/errors.ts';
import { parseFlags } from '../lib/flags.ts';
import { createLogger, type Logger } from '../lib/log.ts';
import { notifyReady } from '../lib/notify.ts';
import { runProgram } from '../lib/program.ts';
import { type Frontend, formatAddress, loadConfig } from './config.ts';
import { serveHttp } from './http-frontend.ts';
import { serveTcp } from './tcp-frontend.ts';

const flagSpecs = {
  config: { type: 'string', default: '/etc/kube-loadbalancer/config.yaml', help: 'The configuration file.' },
  version: { type: 'boolean', default: false, help: 'Print the version and exit.' },
} as const;

async function serve(frontend: Frontend, logger: Logger): Promise<() => void> {
  try {
    return frontend.mode === 'tcp'
      ? await serveTcp(frontend, systemClock, logger)
      : await serveHttp(frontend, logger);
  } catch (error) {
    throw new LabError(`cannot serve ${frontend.name}: ${errorMessage(error)}`, {
      where: formatAddress(frontend.listen),
    });
  }
}

runProgram('kube-loadbalancer', async ({ args, signal }) => {
  const { flags } = parseFlags(args, flagSpecs, { program: 'kube-loadbalancer' });
  if (flags.version) {
    console.log('kube-loadbalancer 0.1.0 (k8s-lab)');
    return 0;
  }
  const logger = createLogger({ format: 'klog', caller: 'loadbalancer' });
  const frontends = loadConfig(flags.config);
  const stops: (() => void)[] = [];
  for (const frontend of frontends) stops.push(await serve(frontend, logger));
  notifyReady();
  await whenAborted(signal);
  for (const stop of stops) stop();
  return 0;
});
