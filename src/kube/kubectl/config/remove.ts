import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { type Content, KubeconfigEditor, type Section } from './edit.ts';

function deleteCommand(word: string, section: Section) {
  return command({
    name: `delete-${word}`,
    summary: `Delete the specified ${word} from the kubeconfig`,
    usage: 'NAME',
    async run(session, { positional }) {
      const name = positional[0];
      if (name === undefined || positional.length > 1)
        throw new KubectlError('', { usage: true, plain: true });
      const editor = new KubeconfigEditor(session);
      if (editor.find(section, name) === undefined)
        throw new KubectlError(`cannot delete ${word} ${name}, not in ${editor.fileName}`);
      if (section === 'contexts' && editor.merged['current-context'] === name)
        session.warn(
          'warning: this removed your active context, use "kubectl config use-context" to select a different one',
        );
      editor.remove(section, name);
      session.print(`deleted ${word} ${name} from ${editor.fileName}`);
    },
  });
}

export const deleteCluster = deleteCommand('cluster', 'clusters');
export const deleteContext = deleteCommand('context', 'contexts');
export const deleteUser = deleteCommand('user', 'users');

export const renameContext = command({
  name: 'rename-context',
  summary: 'Rename a context from the kubeconfig file',
  usage: 'CONTEXT_NAME NEW_NAME',
  async run(session, { positional }) {
    const [from, to] = positional;
    if (from === undefined || to === undefined || positional.length > 2)
      throw new KubectlError(`Unexpected args: [${positional.join(' ')}]`, { usage: true });
    const editor = new KubeconfigEditor(session);
    const content = editor.find('contexts', from);
    if (content === undefined)
      throw new KubectlError(`cannot rename the context "${from}", it's not in ${editor.fileName}`);
    if (editor.find('contexts', to) !== undefined)
      throw new KubectlError(
        `cannot rename the context "${from}", the context "${to}" already exists in ${editor.fileName}`,
      );
    const wasCurrent = editor.merged['current-context'] === from;
    editor.remove('contexts', from);
    new KubeconfigEditor(session).set('contexts', to, content);
    if (wasCurrent) new KubeconfigEditor(session).setCurrentContext(to);
    session.print(`Context "${from}" renamed to "${to}".`);
  },
});

const sections: readonly Section[] = ['clusters', 'contexts', 'users'];

/** `users.system:kube-proxy.token`: names may hold dots, so the longest name that is there counts. */
function readProperty(
  editor: KubeconfigEditor,
  path: string,
): { section: Section; name?: string; field?: string } {
  const section = sections.find((s) => path === s || path.startsWith(`${s}.`));
  if (section === undefined) throw new KubectlError(`invalid property name: ${path}`);
  if (path === section) return { section };
  const rest = path.slice(section.length + 1);
  const steps = rest.split('.');
  for (let count = steps.length; count > 0; count--) {
    const name = steps.slice(0, count).join('.');
    if (editor.find(section, name) !== undefined)
      return { section, name, ...(count < steps.length && { field: steps.slice(count).join('.') }) };
  }
  const last = rest.lastIndexOf('.');
  return last < 0
    ? { section, name: rest }
    : { section, name: rest.slice(0, last), field: rest.slice(last + 1) };
}

export const unset = command({
  name: 'unset',
  summary: 'Unset an individual value in a kubeconfig file',
  usage: 'PROPERTY_NAME',
  async run(session, { positional }) {
    const path = positional[0];
    if (path === undefined || positional.length > 1)
      throw new KubectlError(`Unexpected args: [${positional.join(' ')}]`, { usage: true });
    const editor = new KubeconfigEditor(session);
    if (path === 'current-context') editor.setCurrentContext('');
    else {
      const { section, name, field } = readProperty(editor, path);
      if (name === undefined) editor.removeSection(section);
      else if (field === undefined) editor.remove(section, name);
      else {
        const { [field]: _, ...content }: Content = editor.find(section, name) ?? {};
        editor.set(section, name, content);
      }
    }
    session.print(`Property "${path}" unset.`);
  },
});

export const set = command({
  name: 'set',
  summary: 'Set an individual value in a kubeconfig file',
  usage: 'PROPERTY_NAME PROPERTY_VALUE',
  flags: { 'set-raw-bytes': { type: 'boolean', help: 'The value is base64 already' } },
  async run(session, { flags, positional }) {
    const [path, value] = positional;
    if (path === undefined || value === undefined)
      throw new KubectlError(`Unexpected args: [${positional.join(' ')}]`, { usage: true });
    const editor = new KubeconfigEditor(session);
    if (path === 'current-context') editor.setCurrentContext(value);
    else {
      const { section, name, field } = readProperty(editor, path);
      if (name === undefined || field === undefined)
        throw new KubectlError(
          `a value can be set for a field of an entry only, such as ${section}.NAME.FIELD`,
        );
      const raw = field.endsWith('-data') && !flags['set-raw-bytes'];
      const content = { ...editor.find(section, name) };
      content[field] = raw ? Buffer.from(value).toString('base64') : value === 'true' ? true : value;
      editor.set(section, name, content);
    }
    session.print(`Property "${path}" set.`);
  },
});
