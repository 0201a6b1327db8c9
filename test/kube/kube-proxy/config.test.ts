import { expect, test } from 'vitest';
import { parseProxyConfig } from '../../../src/kube/kube-proxy/config.ts';

const good = `
kind: KubeProxyConfiguration
apiVersion: kubeproxy.config.k8s.io/v1alpha1
clientConnection:
  kubeconfig: "/var/lib/kube-proxy/kubeconfig"
mode: "iptables"
clusterCIDR: "10.200.0.0/16"
`;

test('the configuration of Kubernetes the Hard Way is understood', () => {
  expect(parseProxyConfig(good, 'kube-proxy-config.yaml')).toEqual({
    kubeconfig: '/var/lib/kube-proxy/kubeconfig',
    hostnameOverride: undefined,
    clusterCIDR: '10.200.0.0/16',
    healthzBindAddress: '0.0.0.0:10256',
  });
});

test.each([
  [good.replace('iptables', 'userspace'), 'mode: Invalid value: "userspace"'],
  [good.replace('10.200.0.0/16', '10.200.0.0'), 'clusterCIDR: Invalid value'],
  [good.replace('clusterCIDR', 'clusterCIRD'), 'unknown field "clusterCIRD"'],
  [`${good}healthzBindAddress: 0.0.0.0\n`, 'healthzBindAddress: Invalid value: "0.0.0.0": must be IP:port'],
  [`${good}bindAddress: 10.240.0.20\n`, 'field "bindAddress" is not supported'],
  [good.replace(/ {2}kubeconfig: .*/, '  {}'), 'clientConnection.kubeconfig is missing'],
  [good.replace('KubeProxyConfiguration', 'KubeProxy'), 'no kind "KubeProxy" is registered'],
  ['', 'the file is empty'],
])('%j is refused with the field', (text, message) => {
  expect(() => parseProxyConfig(text, 'kube-proxy-config.yaml')).toThrow(message);
});
