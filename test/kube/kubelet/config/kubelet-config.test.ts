import { expect, test } from 'vitest';
import { parseKubeletConfig } from '../../../../src/kube/kubelet/config/kubelet-config.ts';
import { swapDevices } from '../../../../src/kube/kubelet/config/preflight.ts';

const good = `
kind: KubeletConfiguration
apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous: { enabled: false }
  webhook: { enabled: true }
  x509: { clientCAFile: /var/lib/kubelet/ca.pem }
authorization: { mode: Webhook }
clusterDomain: cluster.local
clusterDNS: ["10.32.0.10"]
podCIDR: 10.200.0.0/24
tlsCertFile: /var/lib/kubelet/worker-0.pem
tlsPrivateKeyFile: /var/lib/kubelet/worker-0-key.pem
`;

test('the configuration of Kubernetes the Hard Way is understood', () => {
  expect(parseKubeletConfig(good, 'kubelet-config.yaml')).toMatchObject({
    anonymous: false,
    webhookAuthentication: true,
    clientCAFile: '/var/lib/kubelet/ca.pem',
    authorizationMode: 'Webhook',
    clusterDNS: ['10.32.0.10'],
    port: 10250,
  });
});

test.each([
  [good.replace('clusterDNS:', 'clusterDSN:'), 'clusterDSN'],
  [good.replace('KubeletConfiguration', 'Kubelet'), 'no kind "Kubelet" is registered'],
  [`${good}containerLogMaxSize: 10 apples\n`, 'containerLogMaxSize: Invalid value'],
])('%j is refused', (text, message) => {
  expect(() => parseKubeletConfig(text, 'kubelet-config.yaml')).toThrow(message);
});

test('swap is what /proc/swaps lists below its heading', () => {
  expect(swapDevices('Filename\tType\tSize\n')).toEqual([]);
  expect(swapDevices('Filename\tType\tSize\n/dev/sda2 partition 8388604\n')).toHaveLength(1);
});
