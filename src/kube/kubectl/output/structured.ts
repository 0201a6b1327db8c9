import { goJson } from '../../api/go-json.ts';
import { KubectlError } from '../cli/errors.ts';
import { printJsonPath } from './jsonpath.ts';
import { toYaml } from './yaml.ts';

/** An object as `-o json`, `yaml`, `jsonpath=…` or `jsonpath-as-json=…`. Throws KubectlError for any other format. */
export function printStructured(value: unknown, format: string): string {
  if (format === 'json') return `${goJson(value, 4)}\n`;
  if (format === 'yaml') return toYaml(value);
  const at = format.indexOf('=');
  const [name, template] = at < 0 ? [format, ''] : [format.slice(0, at), format.slice(at + 1)];
  if (name === 'jsonpath' || name === 'jsonpath-as-json') {
    if (template === '') throw new KubectlError(`template format specified but no template given`);
    return printJsonPath(template, value, name === 'jsonpath-as-json');
  }
  if (/^(go-template|template|templatefile|go-template-file|jsonpath-file|kyaml)$/.test(name))
    throw new KubectlError(
      `this kubectl has no output format "${name}": use jsonpath, custom-columns, json or yaml`,
    );
  throw new KubectlError(
    `unable to match a printer suitable for the output format "${format}", allowed formats are: custom-columns,custom-columns-file,json,jsonpath,jsonpath-as-json,name,wide,yaml`,
  );
}
