import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonMap } from '../../api/patch/json.ts';
import { createMergePatch } from '../../api/patch/merge-patch.ts';
import { createTwoWayStrategicPatch } from '../../api/patch/strategic-diff.ts';
import { parseApiVersion } from '../../api/resources.ts';
import { schemaIdOf } from '../../api/schemas.ts';
import { StatusError } from '../../client/errors.ts';
import { command, type Session } from '../cli/command.ts';
import { errorText, KubectlError } from '../cli/errors.ts';
import { fileFlags, selectorFlags } from '../cli/shared-flags.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { parseDocuments } from '../cluster/manifests.ts';
import { fetchTarget, findTargets, type Target } from '../cluster/targets.ts';
import { printOutcome, withoutManagedFields } from '../output/object-printer.ts';
import { toYaml } from '../output/yaml.ts';
import { patchObject } from './write.ts';

const preamble = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

export const edit = command({
  name: 'edit',
  summary: 'Edit a resource on the server',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  flags: { ...fileFlags, ...selectorFlags },
  async run(session, { flags, positional }) {
    let exitCode = 0;
    for (const target of await findTargets(session, positional, flags)) {
      const before = withoutManagedFields(await fetchTarget(session, target)) as KubeObject;
      exitCode = (await editTarget(session, target, before)) || exitCode;
    }
    return exitCode;
  },
});

/** Opens the editor again, with the reason above, until the server takes what was written or nothing is changed any more. */
async function editTarget(session: Session, target: Target, before: KubeObject): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-edit-'));
  const path = join(folder, 'object.yaml');
  let text = toYaml(before);
  let failure = '';
  try {
    for (;;) {
      writeFileSync(path, `${preamble}${comment(failure)}${text}`, { mode: 0o600 });
      await runEditor(session, path);
      const written = withoutComments(readFileSync(path, 'utf8'));
      if (written.trim() === '' || written === text) {
        const verb =
          written.trim() === ''
            ? 'Edit cancelled, saved file was empty.'
            : 'Edit cancelled, no changes made.';
        session.warn(failure === '' ? verb : `error: ${failure.split('\n')[0]}`);
        return failure === '' ? 0 : 1;
      }
      try {
        const [after] = parseDocuments(written, target.name);
        const object = await save(session, target, before, after!);
        printOutcome(session, { object, resource: target.resource, verb: 'edited' }, '');
        return 0;
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof KubectlError)) throw error;
        failure = errorText(error, session.cluster().serverIfKnown());
        text = written;
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const comment = (text: string) =>
  text === ''
    ? ''
    : `${text
        .split('\n')
        .map((line) => `# ${line}`)
        .join('\n')}\n#\n`;

const withoutComments = (text: string) =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');

function save(session: Session, target: Target, before: KubeObject, after: KubeObject): Promise<KubeObject> {
  const schema = schemaIdOf({ ...parseApiVersion(before.apiVersion ?? ''), kind: before.kind ?? '' });
  const [a, b] = [before, after] as unknown as [JsonMap, JsonMap];
  return schema === undefined
    ? patchObject(session, target, createMergePatch(a, b), 'merge', { fieldManager: 'kubectl-edit' })
    : patchObject(session, target, createTwoWayStrategicPatch(a, b, schema), 'strategic', {
        fieldManager: 'kubectl-edit',
      });
}

/** $KUBE_EDITOR, $EDITOR, or vi; the words of the variable are a command line of the shell. */
function runEditor(session: Session, path: string): Promise<void> {
  const editor = session.env.KUBE_EDITOR || session.env.EDITOR || 'vi';
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `${editor} "$0"`, path], { stdio: 'inherit', env: session.env });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new KubectlError(`there was a problem with the editor ${JSON.stringify(editor)}`)),
    );
  });
}
