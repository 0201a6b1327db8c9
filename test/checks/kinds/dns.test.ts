import { describe, expect, it } from 'vitest';
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

  it('takes all addresses, and no other', async () => {
    const two = { name: 'web', expect: ['10.200.0.2', '10.200.1.2'] };
    await passes(two, { dns: { status: 'NOERROR', addresses: ['10.200.1.2', '10.200.0.2'] } });
    for (const addresses of [['10.200.0.2'], ['10.200.0.2', '10.200.1.2', '10.200.2.2']])
      await fails(
        two,
        { dns: { status: 'NOERROR', addresses } },
        'wrong-address',
        /10\.200\.0\.2, 10\.200\.1\.2 is wanted/,
      );
    await fails(
      two,
      { dns: { status: 'NOERROR', addresses: [] } },
      'wrong-address',
      /^web is without an address/,
    );
  });
  it('tells a server that refuses from one that is silent', async () => {
    await fails(
      spec,
      { dns: { status: 'REFUSED', addresses: [] } },
      'server-failure',
      /^DNS answers REFUSED/,
    );
    for (const status of ['EHOSTUNREACH', 'FORMERR'])
      await fails(
        spec,
        { dns: { status, addresses: [] } },
        'no-answer',
        new RegExp(`\\(${status}, asked from 10\\.32\\.0\\.10\\)`),
      );
    const silent = ';; connection timed out; no servers could be reached\n';
    await fails(
      inPod,
      { exec: () => ({ exitCode: 1, stdout: silent, stderr: '' }) },
      'no-answer',
      /asked from the pod toolbox/,
    );
  });
  it('asks from a pod of another namespace, with names quoted', async () => {
    const commands: string[] = [];
    await passes(
      { ...inPod, pod: "kube-system/o'pod" },
      {
        exec: (_host, command) => {
          commands.push(command);
          return { exitCode: 0, stdout: bind, stderr: '' };
        },
      },
    );
    expect(commands).toEqual([
      "kubectl --kubeconfig='admin.kubeconfig' -n 'kube-system' exec 'o'\\''pod' -- nslookup 'kubernetes'",
    ]);
  });
});
