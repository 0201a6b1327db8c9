// Reads the struct tags and markers of Kubernetes' Go types and writes what @kubernetes/client-node lacks:
//   src/kube/api/protobuf/generated/GROUP-VERSION.json   field numbers and wire types of every message
//   src/kube/api/patch/generated/merge-keys.json       patch strategies and merge keys, list types and map keys
//   src/kube/api/validation/generated/enums.json       the values of the types marked +enum
// Run once for an API version, and review the difference:
//   node scripts/import-go-tags.mjs DIR    DIR holds the trees api/, apimachinery/, apiextensions-apiserver/, kube-aggregator/
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src/kube/api');
const source = process.argv[2];
if (source === undefined) {
  console.error('usage: node scripts/import-go-tags.mjs DIR');
  process.exit(2);
}

const groups =
  'admissionregistration apps authentication authorization autoscaling batch certificates coordination core discovery events flowcontrol networking node policy rbac resource scheduling storage';
const packages = {
  'meta-v1': 'apimachinery/pkg/apis/meta/v1',
  'autoscaling-v2': 'api/autoscaling/v2',
  'apiextensions-v1': 'apiextensions-apiserver/pkg/apis/apiextensions/v1',
  'apiregistration-v1': 'kube-aggregator/pkg/apis/apiregistration/v1',
};
for (const group of groups.split(' ')) packages[`${group}-v1`] = `api/${group}/v1`;

/** Go types that travel as something else than their fields say. */
const special = {
  'meta-v1.Time': 'time',
  'meta-v1.MicroTime': 'microtime',
  'meta-v1.Duration': 'duration',
  'meta-v1.FieldsV1': 'fields-v1',
  'meta-v1.Verbs': 'string-list',
  'authentication-v1.ExtraValue': 'string-list',
  'authorization-v1.ExtraValue': 'string-list',
  'certificates-v1.ExtraValue': 'string-list',
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'int-or-string',
  'runtime.RawExtension': 'raw-extension',
  'runtime.Object': 'raw-extension',
  'types.UID': 'string',
  'types.NodeName': 'string',
  'types.PatchType': 'string',
  'apiextensions-v1.JSON': 'json',
  'apiextensions-v1.JSONSchemaPropsOrArray': 'schema-or-array',
  'apiextensions-v1.JSONSchemaPropsOrBool': 'schema-or-bool',
  'apiextensions-v1.JSONSchemaPropsOrStringArray': 'schema-or-strings',
};
const primitives = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  int: 'int64',
  uint8: 'uint8',
  float64: 'double',
  byte: 'uint8',
};

const parsed = {};
for (const [name, dir] of Object.entries(packages)) parsed[name] = parsePackage(join(source, dir));

function parsePackage(dir) {
  const result = { structs: {}, named: {}, enums: {}, constants: [], imports: {} };
  for (const file of readdirSync(dir).filter(
    (f) => f.endsWith('.go') && !/_test|zz_|generated|doc|register/.test(f),
  )) {
    const text = readFileSync(join(dir, file), 'utf8');
    for (const match of text.matchAll(/^(?:import)?\s+(?:(\w+)\s+)?"(k8s\.io\/[^"]+)"/gm)) {
      const alias = match[1] ?? match[2].split('/').at(-1);
      result.imports[alias] = match[2];
    }
    parseFile(text, result);
  }
  return result;
}

function parseFile(text, result) {
  let comments = [];
  let struct;
  let constants = false;
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed.startsWith('//')) {
      comments.push(trimmed.slice(2).trim());
      continue;
    }
    const field = /^\s+(?:(\w+)\s+)?(\S+)\s+`([^`]*)`/.exec(line);
    const structStart = /^type (\w+) struct ?(\{|\{\})$/.exec(line);
    const named = /^type (\w+) ([^\s{]+)$/.exec(line);
    const constant = /^\s+\w+\s+(\w+)\s+=\s+"([^"]*)"/.exec(line);
    if (struct !== undefined) {
      if (line === '}') struct = undefined;
      else if (field !== null) struct.push({ goName: field[1], type: field[2], tag: field[3], comments });
    } else if (structStart !== null) {
      const fields = [];
      result.structs[structStart[1]] = fields;
      if (structStart[2] === '{') struct = fields;
    } else if (named !== null) {
      result.named[named[1]] = named[2];
      if (comments.some((c) => c === '+enum')) result.enums[named[1]] ??= [];
    } else if (/^const \($/.test(line)) constants = true;
    else if (line === ')') constants = false;
    else if (constants && constant !== null) result.constants.push([constant[1], constant[2]]);
    comments = [];
  }
}

function packageOf(path) {
  if (path === 'k8s.io/apimachinery/pkg/apis/meta/v1') return 'meta-v1';
  if (path === 'k8s.io/apimachinery/pkg/api/resource') return 'resource';
  if (path.endsWith('/intstr')) return 'intstr';
  if (path.endsWith('/runtime')) return 'runtime';
  if (path.endsWith('/types')) return 'types';
  const match = /^k8s\.io\/api\/(\w+)\/(\w+)$/.exec(path);
  return match === null ? path : `${match[1]}-${match[2]}`;
}

/** The type in our spelling: `[]T` a list, `{}T` a map from string, `GROUP.Name` a message, or a word. */
function resolveType(type, here, enums) {
  if (type.startsWith('*')) return resolveType(type.slice(1), here, enums);
  if (type === '[]byte') return 'bytes';
  if (type.startsWith('[]')) return `[]${resolveType(type.slice(2), here, enums)}`;
  const map = /^map\[\w+\.?\w*\](.*)$/.exec(type);
  if (map !== null) return `{}${resolveType(map[1], here, enums)}`;
  if (primitives[type]) return primitives[type];
  const [prefix, name] = type.includes('.') ? type.split('.') : [undefined, type];
  const owner = prefix === undefined ? here : packageOf(parsed[here].imports[prefix] ?? prefix);
  const full = `${owner}.${name}`;
  if (special[full]) return special[full];
  const target = parsed[owner];
  if (target === undefined) throw new Error(`${here}: unknown package of ${type} (${owner})`);
  if (target.named[name] !== undefined) {
    if (enums !== undefined && target.enums[name] !== undefined) enums.found = full;
    return resolveType(target.named[name], owner, enums);
  }
  if (target.structs[name] === undefined) throw new Error(`${here}: unknown type ${type}`);
  return full;
}

const mergeKeys = {};
const enums = {};
const fieldEnums = {};
/** [message, message whose fields stand in it] */
const inlined = [];
for (const here of Object.keys(parsed)) {
  const messages = {};
  for (const [name, fields] of Object.entries(parsed[here].structs)) {
    if (special[`${here}.${name}`] || name.startsWith('Internal')) continue;
    const rows = {};
    for (const field of fields) {
      const json = /json:"([^"]*)"/.exec(field.tag)?.[1] ?? '';
      const number = /protobuf:"(?:bytes|varint|fixed64),(\d+)/.exec(field.tag)?.[1];
      const inline = json.includes('inline') || (field.goName === undefined && json.startsWith(','));
      const jsonName = json.split(',')[0];
      if (number === undefined) {
        if (!inline && jsonName !== '' && jsonName !== '-')
          console.warn(`no number: ${here}.${name}.${jsonName}`);
        continue;
      }
      const seen = {};
      const type = resolveType(field.type, here, seen);
      const pointer = field.type.startsWith('*') ? ' *' : '';
      // A value that is not a pointer is always on the wire; JSON leaves it out when it is zero and has omitempty.
      const keep = pointer === '' && !json.includes('omitempty') && !json.includes('omitzero') ? ' !' : '';
      rows[inline ? `...${type}` : jsonName] = `${number} ${type}${pointer}${keep}`;
      if (inline) {
        inlined.push([`${here}.${name}`, type]);
        continue;
      }
      const path = `${here}.${name}`;
      if (seen.found !== undefined) put(fieldEnums, path, jsonName, seen.found);
      const entry = {};
      const strategy = /patchStrategy:"([^"]*)"/.exec(field.tag)?.[1];
      const key = /patchMergeKey:"([^"]*)"/.exec(field.tag)?.[1];
      const listType = field.comments.find((c) => c.startsWith('+listType='))?.slice(10);
      const mapKeys = field.comments.filter((c) => c.startsWith('+listMapKey=')).map((c) => c.slice(12));
      const mapType = field.comments
        .find((c) => c.startsWith('+mapType=') || c.startsWith('+structType='))
        ?.split('=')[1];
      if (strategy) entry.strategy = strategy;
      if (key) entry.mergeKey = key;
      if (listType) entry.listType = listType;
      if (mapKeys.length > 0) entry.mapKeys = mapKeys;
      if (mapType) entry.mapType = mapType;
      if (Object.keys(entry).length > 0) put(mergeKeys, path, jsonName, entry);
    }
    if (Object.keys(rows).length > 0 || fields.length === 0) messages[name] = rows;
  }
  for (const [name, values] of Object.entries(parsed[here].enums)) {
    for (const [type, value] of parsed[here].constants) if (type === name) values.push(value);
    if (values.length > 0) enums[`${here}.${name}`] = values.filter((v) => v !== '').sort();
  }
  write(`protobuf/generated/${here}.json`, messages, 1);
}
const enumsOfFields = {};
for (const [path, fields] of Object.entries(fieldEnums))
  for (const [field, name] of Object.entries(fields))
    if (enums[name]) put(enumsOfFields, path, field, enums[name]);
for (const table of [mergeKeys, enumsOfFields])
  for (const [outer, inner] of [...inlined, ...inlined])
    if (table[inner]) table[outer] = { ...table[inner], ...table[outer] };
write('patch/generated/merge-keys.json', mergeKeys, 1);
write('validation/generated/enums.json', enumsOfFields, 1);

function put(table, path, field, value) {
  table[path] ??= {};
  table[path][field] = value;
}

function write(name, data, depth) {
  const file = join(root, name);
  if (!existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${render(data, depth, '')}\n`);
}

/** JSON with one line for everything below `depth`. */
function render(value, depth, indent) {
  if (depth === 0 || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  if (keys.length === 0) return '{}';
  const inner = `${indent} `;
  return `{\n${keys.map((k) => `${inner}${JSON.stringify(k)}: ${render(value[k], depth - 1, inner)}`).join(',\n')}\n${indent}}`;
}
