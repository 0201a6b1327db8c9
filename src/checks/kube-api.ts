import { absence } from './absence.ts';
import { readHostText } from './hosts.ts';
import { decodeData, KubeconfigError, type KubeconfigFile, parseKubeconfig } from './kubeconfig-file.ts';
import { diagnoseLayers, layerReasons, statusMessage } from './layers.ts';
import type { CheckContext, Finding, HttpOutcome, TlsMaterial } from './types.ts';
import { jumpbox } from './types.ts';

export const apiReasons = {
  'missing-kubeconfig': 'the kubeconfig with which to ask is not there',
  'bad-kubeconfig': 'the kubeconfig with which to ask is broken',
  ...layerReasons,
  'server-error': 'the API server answers with an error',
} as const;
export type ApiReason = keyof typeof apiReasons;

interface Access {
  readonly server: string;
  readonly tls: TlsMaterial;
  readonly token: string;
}

/** Who to ask and as whom: what the current context of the kubeconfig says. Throws KubeconfigError. */
function accessOf(config: KubeconfigFile, server: string | undefined): Access {
  const context = config.contexts.get(config.currentContext);
  if (context === undefined)
    throw new KubeconfigError(
      config.currentContext === '' ? 'it chooses no context' : `it has no context ${config.currentContext}`,
    );
  const cluster = config.clusters.get(context.cluster);
  const user = config.users.get(context.user);
  if (cluster === undefined) throw new KubeconfigError(`it has no cluster ${context.cluster}`);
  if (user === undefined) throw new KubeconfigError(`it has no user ${context.user}`);
  const url = server ?? cluster.server;
  if (!URL.canParse(url)) throw new KubeconfigError(`its server is ${JSON.stringify(url)}`);
  const ca = decodeData(cluster.caData);
  const cert = decodeData(user.certificateData);
  const key = decodeData(user.keyData);
  return {
    server: url.replace(/\/$/, ''),
    token: user.token,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}

export interface ApiQuestion {
  readonly kubeconfig: string;
  readonly server: string | undefined;
  readonly path: string;
}

/** Undefined data: 404, of which `said` is what the server says to it. */
export interface ApiAnswer {
  readonly data: unknown;
  readonly said: string;
}

/** Asks the API server by a kubeconfig of the workspace: the finding of the first layer that fails, or the answer. */
export async function askApi(
  context: CheckContext,
  question: ApiQuestion,
): Promise<{ readonly finding: Finding<ApiReason> } | ApiAnswer> {
  const { kubeconfig, path } = question;
  const again = 'write the kubeconfig again';
  const broken = (reason: ApiReason, message: string, found: string, remedy = again) => ({
    finding: {
      reason,
      message: `${kubeconfig}: ${message}`,
      expected: 'a kubeconfig with which to ask',
      found,
      where: kubeconfig,
      remedy,
    },
  });
  const text = await readHostText(context, jumpbox, kubeconfig);
  if (text === undefined) {
    const { says, found, remedy } = await absence(context, jumpbox, kubeconfig, again);
    return broken('missing-kubeconfig', `it ${says}, and the cluster is asked with it.`, found, remedy);
  }
  let access: Access;
  try {
    access = accessOf(parseKubeconfig(text), question.server);
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    return broken('bad-kubeconfig', `${error.message}.`, error.message);
  }
  const url = `${access.server}${path}`;
  const outcome = await context.network.http({
    url,
    tls: access.tls,
    headers: {
      accept: 'application/json',
      ...(access.token === '' ? {} : { authorization: `Bearer ${access.token}` }),
    },
  });
  const trouble = diagnoseLayers(outcome, url, context.topology);
  if (trouble !== undefined) return { finding: trouble };
  // Without trouble below it there is an answer.
  const { status, body } = outcome as Extract<HttpOutcome, { layer: 'http' }>;
  if (status === 404) return { data: undefined, said: statusMessage(body) };
  const data = status < 400 ? parseJson(body) : undefined;
  if (data !== undefined) return { data, said: '' };
  return {
    finding: {
      reason: 'server-error',
      message:
        status < 400
          ? `What answers at ${url} is no API server: ${JSON.stringify(statusMessage(body).slice(0, 60))}`
          : `The API server answers ${status}: ${statusMessage(body)}`,
      expected: status < 400 ? 'JSON' : 'status 200',
      found: status < 400 ? 'an answer that is not JSON' : `status ${status}`,
      where: url,
      remedy:
        status < 400
          ? 'look at the server in the kubeconfig, and at what listens there'
          : 'look at the journal of kube-apiserver: it often cannot reach etcd',
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
