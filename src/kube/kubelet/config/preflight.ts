import { readFileSync } from 'node:fs';
import { LabError } from '../../../lib/errors.ts';
import { checkKeyPair, openErrorText, readCertificate } from '../../../lib/key-pair.ts';
import { selfSignedCertificate } from '../../../lib/self-signed.ts';
import type { KubeletConfig } from './kubelet-config.ts';

/** What the server on port 10250 proves itself with, and whom it believes. PEM. */
export interface ServingFiles {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  readonly clientCA: Buffer | undefined;
}

/** A file that kubelet cannot do without. */
function required(path: string, field: string, remedy: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new LabError(openErrorText(path, error), { where: field, remedy });
  }
}

export function loadServingFiles(config: KubeletConfig, nodeName: string): ServingFiles {
  const { clientCAFile, tlsCertFile, tlsPrivateKeyFile } = config;
  const clientCA =
    clientCAFile === undefined
      ? undefined
      : required(clientCAFile, 'authentication.x509.clientCAFile', 'copy ca.pem to this machine');
  if (clientCA !== undefined && clientCAFile !== undefined)
    readCertificate(
      clientCA,
      `unable to load client CA file ${clientCAFile}`,
      'authentication.x509.clientCAFile',
    );
  if (tlsCertFile === undefined || tlsPrivateKeyFile === undefined)
    return { ...selfSignedCertificate(nodeName), clientCA };
  const cert = required(tlsCertFile, 'tlsCertFile', "copy the node's certificate to this machine");
  const key = required(tlsPrivateKeyFile, 'tlsPrivateKeyFile', "copy the node's key to this machine");
  checkKeyPair({ cert, certFrom: tlsCertFile, key, keyFrom: tlsPrivateKeyFile });
  return { cert, key, clientCA };
}

/** Devices that the kernel swaps to, by the text of /proc/swaps: a heading, then a line each. */
export const swapDevices = (text: string): readonly string[] =>
  text
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '');

/**
 * Refuses to start on a node that swaps, unless failSwapOn is false. Models NewContainerManager in pkg/kubelet/cm.
 */
export function checkSwap(failSwapOn: boolean, swapsFile: string): void {
  if (!failSwapOn) return;
  let text: string;
  try {
    text = readFileSync(swapsFile, 'utf8');
  } catch {
    return;
  }
  const devices = swapDevices(text);
  if (devices.length === 0) return;
  throw new LabError(
    `running with swap on is not supported, please disable swap or set --fail-swap-on flag to false: ${JSON.stringify(devices)}`,
    { where: swapsFile, remedy: 'turn swap off with swapoff -a, or set failSwapOn: false' },
  );
}
