import type { KeyObject } from 'node:crypto';
import { type Certificate, keyMatches, parseCertificate, parsePrivateKey } from '../../pki/inspect.ts';
import { absence } from '../absence.ts';
import { type MachineReason, machineReasons, machineTrouble, place, readHostText } from '../hosts.ts';
import { decodeData, KubeconfigError, parseKubeconfig } from '../kubeconfig-file.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec, Finding } from '../types.ts';
import { jumpbox } from '../types.ts';

const reasons = {
  ...machineReasons,
  missing: 'the kubeconfig file is not there',
  'not-a-kubeconfig': 'the file is not a kubeconfig',
  'no-current-context': 'no context is chosen',
  'wrong-context': 'the context has another name, or joins other things',
  'wrong-cluster-name': 'the cluster has another name',
  'wrong-server': 'the server is another address',
  'ca-not-embedded': "the CA's certificate is not embedded",
  'wrong-ca': 'the embedded CA is not the one of this cluster',
  'wrong-user-name': 'the user entry has another name',
  'certificate-not-embedded': 'the client certificate or its key is not embedded',
  'not-a-certificate': 'what is embedded as a certificate or key does not parse',
  'key-mismatch': 'the embedded key does not belong to the embedded certificate',
  'wrong-cn': 'the certificate is that of another user',
  'wrong-o': 'the certificate does not give the group',
} as const;
type Reason = MachineReason | keyof typeof reasons;

/**
 * A kubeconfig: who talks to which API server, as whom. Parameters: `path`; `on` (host); `cluster`; `server`; `ca` (a workspace file);
 * `user`; `cn`; `o` (groups that must be there); `context` (default `default`).
 */
export const kubeconfigKind: CheckKind<Reason> = {
  kind: 'kubeconfig',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const path = parameters.string('path');
    const host = parameters.optionalString('on') ?? jumpbox;
    const cluster = parameters.optionalString('cluster');
    const server = parameters.optionalString('server');
    const caPath = parameters.optionalString('ca');
    const user = parameters.optionalString('user');
    const cn = parameters.optionalString('cn');
    const organizations = parameters.optionalList('o') ?? [];
    const contextName = parameters.optionalString('context') ?? 'default';
    parameters.finish();
    const where = place(host, path);

    return async (context) => {
      const trouble = await machineTrouble(context, host);
      if (trouble !== undefined) return [trouble];
      const again = 'write the kubeconfig again with the commands of this step';
      const finding = (
        reason: Reason,
        message: string,
        expected: string,
        found: string,
        remedy = again,
      ): Finding<Reason> => ({ reason, message: `${where}: ${message}`, expected, found, where, remedy });

      const text = await readHostText(context, host, path);
      if (text === undefined) {
        const { says, found, remedy } = await absence(context, host, path, again);
        return [finding('missing', `it ${says}.`, 'a kubeconfig', found, remedy)];
      }
      let config: ReturnType<typeof parseKubeconfig>;
      try {
        config = parseKubeconfig(text);
      } catch (error) {
        if (!(error instanceof KubeconfigError)) throw error;
        return [finding('not-a-kubeconfig', `${error.message}.`, 'a kubeconfig', error.message)];
      }

      const findings: Finding<Reason>[] = [];
      const current = config.currentContext;
      if (current === '')
        findings.push(
          finding(
            'no-current-context',
            'no context is chosen, so kubectl would talk to localhost:8080.',
            `current-context: ${contextName}`,
            'none',
            `kubectl config use-context ${contextName} --kubeconfig=${path}`,
          ),
        );
      const chosen = config.contexts.get(current === '' ? contextName : current);
      if (current !== '' && (current !== contextName || chosen === undefined))
        findings.push(
          finding(
            'wrong-context',
            chosen === undefined
              ? `the current context ${current} is not defined in the file.`
              : `the current context is ${current}, and ${contextName} is wanted.`,
            `current-context: ${contextName}`,
            `current-context: ${current}`,
          ),
        );
      const clusterName = chosen?.cluster ?? cluster ?? [...config.clusters.keys()][0] ?? '';
      const clusterEntry = config.clusters.get(clusterName);
      if (clusterEntry === undefined || (cluster !== undefined && clusterName !== cluster))
        findings.push(
          finding(
            'wrong-cluster-name',
            clusterEntry === undefined
              ? `the context names the cluster ${clusterName || '(none)'}, which the file does not define.`
              : `the cluster is named ${clusterName}, and ${cluster} is wanted.`,
            cluster ?? 'a cluster that is defined',
            [...config.clusters.keys()].join(', ') || 'none',
          ),
        );
      if (clusterEntry !== undefined) {
        if (server !== undefined && clusterEntry.server !== server)
          findings.push(
            finding(
              'wrong-server',
              `the server is ${clusterEntry.server || '(none)'}, and ${server} is wanted${
                clusterEntry.server.includes('127.0.0.1')
                  ? ': 127.0.0.1 is right only on a controller, where an API server listens.'
                  : '.'
              }`,
              server,
              clusterEntry.server || 'none',
            ),
          );
        const embedded = decodeData(clusterEntry.caData);
        if (embedded === undefined)
          findings.push(
            finding(
              'ca-not-embedded',
              "the CA's certificate is not embedded: on another machine the path would lead nowhere.",
              'certificate-authority-data',
              clusterEntry.caPath === '' ? 'nothing' : `certificate-authority: ${clusterEntry.caPath}`,
              'set the cluster again with --embed-certs=true',
            ),
          );
        else if (caPath !== undefined) {
          const wanted = await readHostText(context, jumpbox, caPath);
          if (wanted === undefined)
            findings.push(
              finding(
                'wrong-ca',
                `whether the embedded CA is the right one cannot be told: ${caPath} is not in the workspace any more.`,
                caPath,
                'no file',
                `make or fetch ${caPath} again`,
              ),
            );
          else if (wanted.trim() !== embedded.trim())
            findings.push(
              finding(
                'wrong-ca',
                `the embedded CA is not ${caPath}: the CA was made again after this file, and the server's certificate would be refused.`,
                caPath,
                'another certificate',
              ),
            );
        }
      }

      const userName = chosen?.user ?? user ?? [...config.users.keys()][0] ?? '';
      const userEntry = config.users.get(userName);
      if (userEntry === undefined || (user !== undefined && userName !== user))
        findings.push(
          finding(
            'wrong-user-name',
            userEntry === undefined
              ? `the context names the user ${userName || '(none)'}, which the file does not define.`
              : `the user is named ${userName}, and ${user} is wanted.`,
            user ?? 'a user that is defined',
            [...config.users.keys()].join(', ') || 'none',
          ),
        );
      if (userEntry === undefined) return findings;
      const certificateText = decodeData(userEntry.certificateData);
      const keyText = decodeData(userEntry.keyData);
      if (certificateText === undefined || keyText === undefined) {
        findings.push(
          finding(
            'certificate-not-embedded',
            `the client ${certificateText === undefined ? 'certificate' : 'key'} is not embedded: on another machine the path would lead nowhere.`,
            'client-certificate-data and client-key-data',
            userEntry.certificatePath === '' ? 'nothing' : `client-certificate: ${userEntry.certificatePath}`,
            'set the credentials again with --embed-certs=true',
          ),
        );
        return findings;
      }
      let certificate: Certificate;
      let key: KeyObject;
      try {
        certificate = parseCertificate(certificateText);
        key = parsePrivateKey(keyText);
      } catch (error) {
        const found = error instanceof Error ? error.message : String(error);
        findings.push(
          finding('not-a-certificate', `what is embedded does not parse: ${found}.`, 'PEM in base64', found),
        );
        return findings;
      }
      if (!keyMatches(certificate, key))
        findings.push(
          finding(
            'key-mismatch',
            'the embedded key does not belong to the embedded certificate.',
            'a pair',
            'halves of different pairs',
          ),
        );
      const { CN, O } = certificate.subject;
      if (cn !== undefined && CN !== cn)
        findings.push(
          finding(
            'wrong-cn',
            `the certificate says ${CN ?? '(no CN)'}, and ${cn} is wanted: the API server goes by the certificate, not by the name in the file.`,
            `CN=${cn}`,
            `CN=${CN ?? ''}`,
          ),
        );
      for (const group of organizations.filter((candidate) => !O.includes(candidate)))
        findings.push(
          finding(
            'wrong-o',
            `the certificate does not put ${CN ?? 'its user'} into the group ${group}.`,
            `O=${group}`,
            `O=${O.join(', ')}`,
          ),
        );
      return findings;
    };
  },
};
