import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export interface Source {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Files of this project that it imports, types too. */
  readonly imports: readonly { readonly path: string; readonly typeOnly: boolean }[];
}

export function trackedFiles(...patterns: readonly string[]): readonly string[] {
  const output = execFileSync('git', ['ls-files', '-z', '--', ...patterns], { cwd: root, encoding: 'utf8' });
  return output.split('\0').filter((path) => path !== '');
}

export const isGenerated = (path: string) => path.includes('/generated/') || path.includes('.generated.');

function importsOf(path: string, text: string): Source['imports'] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  const found: { path: string; typeOnly: boolean }[] = [];
  const add = (specifier: string, typeOnly: boolean) => {
    if (specifier.startsWith('.')) found.push({ path: normalize(join(dirname(path), specifier)), typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      const typeOnly = ts.isImportDeclaration(node)
        ? node.importClause?.isTypeOnly === true
        : node.isTypeOnly;
      add(node.moduleSpecifier.text, typeOnly);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) add(argument.text, false);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

let cached: readonly Source[] | undefined;

/** All tracked TypeScript of src/. */
export function sources(): readonly Source[] {
  cached ??= trackedFiles('src/*.ts', 'src/*.tsx').map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, text, imports: importsOf(path, text) };
  });
  return cached;
}

export const read = (path: string) => readFileSync(join(root, path), 'utf8');
