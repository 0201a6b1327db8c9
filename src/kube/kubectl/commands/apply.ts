import { goJson } from '../../api/go-json.ts';
import type { JsonMap } from '../../api/patch/json.ts';
import { createThreeWayMergePatch } from '../../api/patch/merge-patch.ts';
import { createThreeWayStrategicPatch } from '../../api/patch/strategic-diff.ts';
import { parseApiVersion } from '../../api/resources.ts';
import { schemaIdOf } from '../../api/schemas.ts';
import { isNotFound, StatusError } from '../../client/errors.ts';
import { command, type Session } from '../cli/command.ts';
import { errorText, KubectlError, withContext } from '../cli/errors.ts';
import {
  type DryRun,
  dryRunFlag,
  fieldManagerFlag,
  fileFlags,
  outputFlag,
  readDryRun,
} from '../cli/shared-flags.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { apiVersionOf } from '../cluster/discovery.ts';
import { fetchTarget, type Target, targetsOfFiles } from '../cluster/targets.ts';
import { printOutcome } from '../output/object-printer.ts';
import { readLastApplied, withLastApplied } from './last-applied.ts';
import { createObject, patchObject } from './write.ts';

const clientSideManager = 'kubectl-client-side-apply';

export const apply = command({
  name: 'apply',
  summary: 'Apply a configuration to a resource by file name or stdin',
  usage: '-f FILENAME',
  flags: {
    ...fileFlags,
    ...outputFlag,
    ...dryRunFlag,
    ...fieldManagerFlag,
    'server-side': { type: 'boolean', help: 'Let the server merge' },
    'force-conflicts': { type: 'boolean', help: 'With --server-side: take fields over from other managers' },
    validate: {
      type: 'string',
      bare: 'strict',
      default: 'strict',
      help: 'strict, warn or ignore: what unknown fields are',
    },
  },
  async run(session, { flags, positional }) {
    if (positional.length > 0)
      throw new KubectlError(`Unexpected args: [${positional.join(' ')}]`, { usage: true });
    if (flags.filename.length === 0) throw new KubectlError('must specify one of -f and -k');
    if (flags['force-conflicts'] && !flags['server-side'])
      throw new KubectlError('--force-conflicts only works with --server-side');
    const dryRun = readDryRun(flags['dry-run']);
    const targets = await targetsOfFiles(session, flags);
    if (targets.length === 0) throw new KubectlError('no objects passed to apply');
    const options: ApplyOptions = {
      dryRun,
      fieldValidation: readValidation(flags.validate),
      manager: flags['field-manager'],
    };
    let exitCode = 0;
    // One object that fails does not keep the others from being applied.
    for (const target of targets) {
      try {
        const { object, verb } = flags['server-side']
          ? await applyOnServer(session, target, options, flags['force-conflicts'])
          : await applyTarget(session, target, options);
        printOutcome(session, { object, resource: target.resource, verb }, flags.output, dryRun);
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof KubectlError)) throw error;
        session.warn(errorText(error, session.cluster().serverIfKnown()));
        exitCode = 1;
      }
    }
    return exitCode;
  },
});

export function readValidation(text: string): string {
  const word = { true: 'strict', false: 'ignore' }[text] ?? text;
  if (word === 'strict' || word === 'warn' || word === 'ignore')
    return word[0]!.toUpperCase() + word.slice(1);
  throw new KubectlError(
    `invalid - validate option "${text}"; must be one of: strict (or true), warn, ignore (or false)`,
  );
}

interface ApplyOptions {
  readonly dryRun: DryRun;
  readonly fieldValidation: string;
  readonly manager: string | undefined;
}

interface Outcome {
  readonly object: KubeObject;
  readonly verb: string;
}

/** Models kubectl/pkg/cmd/apply: create what is not there, else patch by the file, the annotation and what is there. */
async function applyTarget(session: Session, target: Target, options: ApplyOptions): Promise<Outcome> {
  const modified = withLastApplied(target.object!);
  const write = {
    dryRun: options.dryRun,
    fieldManager: options.manager ?? clientSideManager,
    fieldValidation: options.fieldValidation,
  };
  let current: KubeObject;
  try {
    current = await fetchTarget(session, target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const created = await createObject(session, target.resource, modified, write).catch(
      (failure: unknown) => {
        throw withContext(failure, `error when creating ${JSON.stringify(target.source)}`);
      },
    );
    return { object: created, verb: 'created' };
  }
  const original = readLastApplied(current);
  if (original === undefined)
    session.warn(
      `Warning: resource ${target.resource.resource}/${target.name} is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by ${session.path}. ${session.path} should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`,
    );
  const { patch, type } = threeWayPatch(original ?? {}, modified, current);
  if (Object.keys(patch).length === 0) return { object: current, verb: 'unchanged' };
  if (options.dryRun === 'client') return { object: { ...current, ...target.object }, verb: 'configured' };
  const object = await patchObject(session, target, patch, type, write).catch((failure: unknown) => {
    throw withContext(failure, patchContext(session, target, patch));
  });
  const isSame =
    object.metadata.resourceVersion === current.metadata.resourceVersion && options.dryRun === 'none';
  return { object, verb: isSame ? 'unchanged' : 'configured' };
}

/** A refused patch is shown whole, as it is nothing that the person has written. */
function patchContext(session: Session, target: Target, patch: JsonMap): string {
  const { resource, name, namespace = '' } = target;
  const kind = `${apiVersionOf(resource)}, Resource=${resource.resource}`;
  const gvk = `${apiVersionOf(resource)}, Kind=${resource.kind}`;
  return `error when applying patch:\n${goJson(patch)}\nto:\nResource: ${JSON.stringify(kind)}, GroupVersionKind: ${JSON.stringify(gvk)}\nName: "${name}", Namespace: "${namespace}"\nfor: ${JSON.stringify(target.source ?? session.path)}: error when patching ${JSON.stringify(target.source)}`;
}

function threeWayPatch(
  original: KubeObject | object,
  modified: KubeObject,
  current: KubeObject,
): { patch: JsonMap; type: 'strategic' | 'merge' } {
  const schema = schemaIdOf({ ...parseApiVersion(modified.apiVersion ?? ''), kind: modified.kind ?? '' });
  const [a, b, c] = [original, modified, current] as unknown as [JsonMap, JsonMap, JsonMap];
  return schema === undefined
    ? { patch: createThreeWayMergePatch(a, b, c), type: 'merge' }
    : { patch: createThreeWayStrategicPatch(a, b, c, schema), type: 'strategic' };
}

/** What upstream says after the list of fields that others manage, word for word. */
const aboutConflicts = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

async function applyOnServer(
  session: Session,
  target: Target,
  options: ApplyOptions,
  force: boolean,
): Promise<Outcome> {
  if (options.dryRun === 'client')
    throw new KubectlError(
      `--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)`,
    );
  const object = await patchObject(session, target, target.object!, 'apply', {
    dryRun: options.dryRun,
    fieldManager: options.manager ?? 'kubectl',
    fieldValidation: options.fieldValidation,
    force,
  }).catch((error: unknown) => {
    if (!(error instanceof StatusError)) throw error;
    if (error.code === 409) throw new KubectlError(`${error.message}\n${aboutConflicts}`);
    if (error.code !== 415) throw error;
    throw new KubectlError(`Server-side apply not available on the server: (${error.message})`, {
      plain: true,
    });
  });
  return { object, verb: 'serverside-applied' };
}
