import { KubectlError } from '../cli/errors.ts';
import { alignColumns } from './columns.ts';
import { findValues, printValue } from './jsonpath.ts';

/** `custom-columns=NAME:.metadata.name,…`; what is not there is `<none>`. Models kubectl/pkg/cmd/get customcolumn.go. */
export function printCustomColumns(spec: string, objects: readonly unknown[], noHeaders: boolean): string {
  if (spec === '') throw new KubectlError('custom-columns format specified but no custom columns given');
  const columns = splitColumns(spec).map((column) => {
    const at = column.indexOf(':');
    if (at < 0)
      throw new KubectlError(`unexpected custom-columns spec: ${column}, expected <header>:<json-path-expr>`);
    return { header: column.slice(0, at), path: relaxedPath(column.slice(at + 1)) };
  });
  const rows = objects.map((object) =>
    columns.map(({ path }) => {
      const values = findValues(path, object);
      return values.length === 0
        ? '<none>'
        : values.map((value) => (value === null ? '<nil>' : printValue(value))).join(',');
    }),
  );
  return alignColumns(noHeaders ? rows : [columns.map(({ header }) => header), ...rows]);
}

/** Commas inside of brackets separate no columns. */
function splitColumns(spec: string): string[] {
  return spec.match(/(?:[^,[]|\[[^\]]*\])+/g) ?? [];
}

/** `{.metadata.name}`, `.metadata.name` and `metadata.name` are the same. */
export function relaxedPath(text: string): string {
  const inner = text.replace(/^\{(.*)\}$/, '$1');
  if (inner === '')
    throw new KubectlError(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    );
  return `{${inner.startsWith('.') || inner.startsWith('[') ? inner : `.${inner}`}}`;
}
