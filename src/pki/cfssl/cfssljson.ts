import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomicSync } from '../../lib/files.ts';
import { type FlagSpecs, parseFlags } from '../../lib/flags.ts';
import { asObject, field, type JsonObject, JsonSyntaxError, parseGoJson } from './go-json.ts';
import { type CfsslIo, goFileError } from './io.ts';

const flagSpecs = {
  bare: { type: 'boolean', default: false, help: "the input is not wrapped in the API's response" },
  f: { type: 'string', default: '-', help: 'the input, - for standard input' },
  stdout: { type: 'boolean', default: false, help: 'print instead of writing files' },
  version: { type: 'boolean', default: false, help: 'print the version' },
} as const satisfies FlagSpecs;

interface OutputFile {
  readonly name: string;
  readonly content: string;
  readonly mode: number;
}

function outputFiles(input: JsonObject, base: string): OutputFile[] {
  const text = (...names: readonly string[]) => {
    for (const name of names) {
      const value = field(input, name);
      if (typeof value === 'string' && value !== '') return value;
    }
    return undefined;
  };
  const files: [string, string | undefined, number][] = [
    [`${base}.pem`, text('cert', 'certificate'), 0o664],
    [`${base}-key.pem`, text('key', 'private_key'), 0o600],
    [`${base}.csr`, text('csr', 'certificate_request'), 0o644],
  ];
  return files.flatMap(([name, content, mode]) => (content === undefined ? [] : [{ name, content, mode }]));
}

/** The API's response around the result; errors in it are printed and end the program. */
function unwrap(response: JsonObject, io: CfsslIo): JsonObject | undefined {
  if (field(response, 'success') === true)
    return asObject(field(response, 'result'), 'Response.result', 'map[string]interface {}');
  io.stderr('Request failed:\n');
  const errors = field(response, 'errors');
  for (const entry of Array.isArray(errors) ? errors : []) {
    const message =
      typeof entry === 'object' && entry !== null ? (entry as { message?: unknown }).message : undefined;
    io.stderr(`\t${String(message ?? '')}\n`);
  }
  return undefined;
}

/**
 * The program `cfssljson`: splits the JSON that cfssl prints into BASE.pem, BASE-key.pem (0600) and BASE.csr. Answers the exit code.
 * Files are replaced whole, so that a reader never sees half a key, and a failed run leaves the old ones alone.
 */
export async function cfssljson(args: readonly string[], io: CfsslIo): Promise<number> {
  const { flags, positional } = parseFlags(args, flagSpecs, { program: 'cfssljson', stopAtPositional: true });
  if (flags.version) {
    io.stdout(`Version: 1.6.5+k8s-lab\nRuntime: node${process.version}\n`);
    return 0;
  }
  let text: string;
  try {
    text = flags.f === '-' ? await io.readStdin() : io.readFile(flags.f);
  } catch (error) {
    io.stderr(`Failed to read input: ${goFileError(flags.f, error)}\n`);
    return 1;
  }
  let input: JsonObject | undefined;
  try {
    const parsed = asObject(parseGoJson(text), '', 'map[string]interface {}');
    input = flags.bare ? parsed : unwrap(parsed, io);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    io.stderr(`Failed to parse input: ${error.message}\n`);
    return 1;
  }
  if (input === undefined) return 1;
  for (const { name, content, mode } of outputFiles(input, positional[0] ?? 'cert')) {
    if (flags.stdout) {
      io.stdout(`${content}\n`);
      continue;
    }
    try {
      // Upstream makes no folder either: a mistyped base must not hide keys somewhere.
      statSync(dirname(name));
      writeFileAtomicSync(name, content, mode);
    } catch (error) {
      io.stderr(`${goFileError(name, error)}\n`);
      return 1;
    }
  }
  return 0;
}
