import { parseDataPath } from '../data-path.ts';
import { readHostText } from '../hosts.ts';
import { decodeData, KubeconfigError, type KubeconfigFile, parseKubeconfig } from '../kubeconfig-file.ts';
import { diagnoseLayers, type LayerReason, layerReasons, statusMessage } from '../layers.ts';
import { Parameters } from '../parameters.ts';
import type { CheckContext, CheckKind, CheckSpec, Finding, TlsMaterial } from '../types.ts';
import { jumpbox } from '../types.ts';
import { eventually } from '../wait.ts';
import { examineObjects, type ObjectReason, objectReasons, type WantedObjects } from './kube-objects.ts';

type Reason = LayerReason | ObjectReason | 'missing-kubeconfig' | 'bad-kubeconfig' | 'server-error';

const reasons: Readonly<Record<Reason, string>> = {
  'missing-kubeconfig': 'the kubeconfig with which to ask is not there',
  'bad-kubeconfig': 'the kubeconfig with which to ask is broken',
  ...layerReasons,
  'server-error': 'the API server answers with an error',
  ...objectReasons,
};

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

interface Question {
  readonly kubeconfig: string;
  readonly server: string | undefined;
  readonly path: string;
}

async function ask(
  context: CheckContext,
  question: Question,
): Promise<{ readonly finding: Finding<Reason> } | { readonly status: number; readonly body: string }> {
  const { kubeconfig, path } = question;
  const broken = (reason: Reason, message: string, found: string) => ({
    finding: {
      reason,
      message: `${kubeconfig}: ${message}`,
      expected: 'a kubeconfig with which to ask',
      found,
      where: kubeconfig,
      remedy: 'write the kubeconfig again',
    },
  });
  const text = await readHostText(context, jumpbox, kubeconfig);
  if (text === undefined)
    return broken(
      'missing-kubeconfig',
      'the file is not in the workspace, and the cluster is asked with it.',
      'no file',
    );
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
  if (outcome.layer !== 'http' || outcome.status < 400 || outcome.status === 404)
    return outcome.layer === 'http' ? outcome : { status: 0, body: '' };
  return {
    finding: {
      reason: 'server-error',
      message: `The API server answers ${outcome.status}: ${statusMessage(outcome.body)}`,
      expected: 'status 200',
      found: `status ${outcome.status}`,
      where: url,
      remedy: 'look at the journal of kube-apiserver: it often cannot reach etcd',
    },
  };
}

/** `/api/v1/namespaces/x/pods/y?labelSelector=…` from the parts that lab.yaml names. */
function pathOf(parameters: Parameters): string {
  const given = parameters.optionalString('path');
  const apiVersion = parameters.optionalString('apiVersion') ?? 'v1';
  const resource =
    given === undefined ? parameters.string('resource') : parameters.optionalString('resource');
  const namespace = parameters.optionalString('namespace');
  const name = parameters.optionalString('name');
  const query = new URLSearchParams();
  for (const selector of ['labelSelector', 'fieldSelector']) {
    const value = parameters.optionalString(selector);
    if (value !== undefined) query.set(selector, value);
  }
  if (given !== undefined) return given;
  const parts = [
    apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
    ...(namespace === undefined ? [] : ['namespaces', encodeURIComponent(namespace)]),
    resource!,
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
  ];
  return `${parts.join('/')}${query.size === 0 ? '' : `?${query}`}`;
}

/**
 * An object or list of the API. Parameters: `kubeconfig` (workspace file); `server` (instead of the one it names); `resource` with `apiVersion`
 * (default v1), `namespace`, `name`, `labelSelector`, `fieldSelector`, or `path`; expectations: `count` or `minCount` (items), `names` (items
 * of these names are there), `condition` (of type … is True, on the object or every item), `fields` (path → value, `~` for any; on the object,
 * or in every item), `absent: true` (there is no such object); `wait`.
 */
export const kubeKind: CheckKind<Reason> = {
  kind: 'kube',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const path = pathOf(parameters);
    const question: Question = {
      kubeconfig: parameters.string('kubeconfig'),
      server: parameters.optionalString('server'),
      path,
    };
    const wanted: WantedObjects = {
      path,
      resource: parameters.optionalString('resource') ?? path.split('?')[0]!.split('/').at(-1)!,
      count: parameters.optionalNumber('count'),
      minCount: parameters.optionalNumber('minCount'),
      names: parameters.optionalWords('names') ?? [],
      condition: parameters.optionalString('condition'),
      fields: parameters.optionalMap('fields') ?? {},
      absent: parameters.boolean('absent', false),
    };
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();
    for (const field of Object.keys(wanted.fields)) parseDataPath(field);

    return (context) =>
      eventually<Reason>(context, waitMs, async () => {
        const answer = await ask(context, question);
        if ('finding' in answer) return [answer.finding];
        const data: unknown = answer.status === 404 ? undefined : JSON.parse(answer.body);
        return examineObjects(data, wanted, answer.status === 404 ? statusMessage(answer.body) : '');
      });
  },
};
