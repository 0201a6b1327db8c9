import { errorMessage } from '../../../lib/errors.ts';
import { parseCertificateRequest } from '../../api/certificate-request.ts';
import type { CertificateSigningRequest } from '../../api/types/certificates-v1.ts';
import { keyOf, ResourceClient } from '../../client/index.ts';
import { type Controller, gvr, newQueue, runQueue, timestamp } from '../shared/context.ts';
import { issue } from './issue.ts';
import { signers } from './signers.ts';

/**
 * Signs the certificate requests that were approved, with the CA of --cluster-signing-cert-file; without one it has
 * nothing to do. A request that its signer may not sign fails for good. Models pkg/controller/certificates/signer.
 */
export const certificateSigningController: Controller = {
  name: 'certificate-controller',
  async run(context, signal) {
    const { signing, clock } = context;
    if (signing === undefined) return;
    const { authority, durationMs } = signing;
    const rest = await context.clientFor(this.name);
    const requests = new ResourceClient<CertificateSigningRequest>(rest, gvr.certificateSigningRequests);
    const informer = context.informers.create<CertificateSigningRequest>(gvr.certificateSigningRequests);
    const queue = newQueue(context);
    const touched = (request: CertificateSigningRequest) => queue.add(keyOf(request));
    informer.addHandlers({ added: touched, updated: touched });
    void informer.run(signal);
    await runQueue(
      context,
      this.name,
      queue,
      async (name) => {
        const stored = informer.get(name);
        const { spec, status = {} } = stored ?? {};
        const is = (type: string) => (status.conditions ?? []).some((condition) => condition.type === type);
        if (stored === undefined || spec === undefined || status.certificate) return undefined;
        const check = signers[spec.signerName];
        if (check === undefined || !is('Approved') || is('Denied') || is('Failed')) return undefined;
        const usages = spec.usages ?? [];
        const result = attempt(() => {
          const request = parseCertificateRequest(spec.request);
          const problem = check(request, usages);
          if (problem !== undefined) throw new Error(problem);
          const wanted = spec.expirationSeconds === undefined ? durationMs : spec.expirationSeconds * 1000;
          return issue(request, usages, authority, {
            now: clock.now(),
            durationMs: Math.min(durationMs, wanted),
          });
        });
        if (result.value !== undefined) {
          const certificate = Buffer.from(result.value).toString('base64');
          await requests.updateStatus({ ...stored, status: { ...status, certificate } });
          return undefined;
        }
        const now = timestamp(clock);
        const failed = {
          type: 'Failed',
          status: 'True',
          reason: 'SignerValidationFailure',
          message: result.problem,
          lastUpdateTime: now,
          lastTransitionTime: now,
        };
        const conditions = [...(status.conditions ?? []), failed];
        await requests.updateStatus({ ...stored, status: { ...status, conditions } });
        return undefined;
      },
      signal,
      1,
    );
  },
};

function attempt(
  work: () => string,
): { readonly value: string } | { readonly value?: undefined; readonly problem: string } {
  try {
    return { value: work() };
  } catch (error) {
    return { problem: errorMessage(error) };
  }
}
