import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { isGenerated, read, sources, trackedFiles } from './sources.ts';

/** `FILE#NAME` for each name that a file takes from another; `FILE#*` when it takes all of them. */
function takenNames(path: string): string[] {
  const file = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest);
  const taken: string[] = [];
  const take = (specifier: ts.Expression | undefined, names: readonly string[]) => {
    if (specifier === undefined || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return;
    const target = normalize(join(dirname(path), specifier.text));
    taken.push(...names.map((name) => `${target}#${name}`));
  };
  const nameOf = ({ propertyName, name }: ts.ImportSpecifier | ts.ExportSpecifier) =>
    (propertyName ?? name).text;
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      const named = bindings !== undefined && ts.isNamedImports(bindings);
      take(node.moduleSpecifier, named ? bindings.elements.map(nameOf) : ['*']);
    } else if (ts.isExportDeclaration(node)) {
      const named = node.exportClause !== undefined && ts.isNamedExports(node.exportClause);
      take(node.moduleSpecifier, named ? node.exportClause.elements.map(nameOf) : ['*']);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      take(node.arguments[0], ['*']);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      take(node.argument.literal as ts.Expression, ['*']);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return taken;
}

/** The functions, constants and classes that a file offers to others. Types are part of what offers them. */
function offeredNames(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  return file.statements.flatMap((node) => {
    const isExported =
      ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!isExported) return [];
    if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) return node.name?.text ?? [];
    if (!ts.isVariableStatement(node)) return [];
    return node.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? name.text : []));
  });
}

test('what a file exports somebody imports', () => {
  const taken = new Set(trackedFiles('src/*.ts', 'src/*.tsx', 'test/*.ts', 'test/*.tsx').flatMap(takenNames));
  const idle = sources()
    .filter(({ path }) => !isGenerated(path) && !taken.has(`${path}#*`))
    .flatMap(({ path, text }) =>
      offeredNames(path, text)
        .filter((name) => !taken.has(`${path}#${name}`))
        .map((name) => `${path}: ${name}`),
    );
  expect(idle).toEqual([]);
});
