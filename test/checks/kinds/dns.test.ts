import { describe, it } from 'vitest';
import { answer, tokenKubeconfig } from '../answers.ts';
import { testKind } from '../fake-context.ts';

describe('the dns check', () => {
  const { passes, fails } = testKind('dns');
  const spec = { name: 'kubernetes', expect: '10.32.0.1' };
  const inPod = { ...spec, pod: 'toolbox', kubeconfig: 'admin.kubeconfig' };
  const busybox =
    'Server:    10.32.0.10\nAddress 1: 10.32.0.10 kube-dns.kube-system\n\nName:      kubernetes\nAddress 1: 10.32.0.1 kubernetes.default\n';
  const bind =
    'Server:\t\t10.32.0.10\nAddress:\t10.32.0.10#53\n\nName:\tkubernetes.default.svc.cluster.local\nAddress: 10.32.0.1\n';
  it('passes an answer from the server, or from nslookup in a pod', async () => {
    await passes(spec, { dns: { status: 'NOERROR', addresses: ['10.32.0.1'] } });
    for (const stdout of [busybox, bind])
      await passes(inPod, { exec: () => ({ exitCode: 0, stdout, stderr: '' }) });
  });
  it('tells what is wrong', async () => {
    await fails(
      spec,
      { dns: { status: 'ETIMEDOUT', addresses: [] } },
      'no-answer',
      /^DNS does not answer \(ETIMEDOUT, asked from 10\.32\.0\.10\)/,
    );
    await fails(
      spec,
      { dns: { status: 'SERVFAIL', addresses: [] } },
      'server-failure',
      /^DNS answers SERVFAIL for kubernetes/,
    );
    await fails(
      spec,
      { dns: { status: 'NOERROR', addresses: ['10.0.0.1'] } },
      'wrong-address',
      'kubernetes is 10.0.0.1, and 10.32.0.1 is wanted.',
    );
    await fails(
      inPod,
      {
        exec: () => ({
          exitCode: 1,
          stdout: "** server can't find kubernetes: NXDOMAIN",
          stderr: 'command terminated with exit code 1',
        }),
      },
      'name-unknown',
      /^DNS answers, and does not know kubernetes \(asked from the pod toolbox\)/,
    );
    await fails(
      inPod,
      {
        exec: () => ({
          exitCode: 1,
          stdout: '',
          stderr: 'Error from server (NotFound): pods "toolbox" not found',
        }),
      },
      'exec-failed',
      'nslookup cannot be run in the pod toolbox: Error from server (NotFound): pods "toolbox" not found',
    );
  });
  it('tells DNS that has no pods behind its Service', async () => {
    await fails(
      {
        name: 'kubernetes',
        expect: '10.32.0.1',
        pod: 'dnsutils',
        kubeconfig: '.kube/config',
        service: 'kube-system/kube-dns',
      },
      {
        files: { '.kube/config': tokenKubeconfig },
        http: () => answer(200, { items: [{ endpoints: [] }] }),
        exec: () => ({
          exitCode: 1,
          stdout: ';; connection timed out; no servers could be reached',
          stderr: '',
        }),
      },
      'no-endpoints',
      'DNS does not answer (ETIMEDOUT, asked from the pod dnsutils), because no ready pod stands behind the Service kube-system/kube-dns: none runs, or its selector matches none.',
    );
  });
});
