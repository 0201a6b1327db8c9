/**
 * A Swagger 2.0 document in gnostic's protobuf, as older clients ask for it (kubectl explain and apply up to 1.27).
 * Field numbers are those of github.com/google/gnostic openapiv2/OpenAPIv2.proto; extensions travel as YAML, which JSON is.
 */
import { Writer } from '../protobuf/wire.ts';
import type { OpenApiSchema } from './components.ts';
import type { Operation, PathItem } from './paths.ts';

export interface Swagger {
  readonly swagger: '2.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly definitions: Readonly<Record<string, OpenApiSchema>>;
}

export function encodeSwagger(document: Swagger): Buffer {
  return message((w) => {
    w.stringField(1, document.swagger);
    w.bytesField(
      2,
      message((info) => {
        info.stringField(1, document.info.title);
        info.stringField(2, document.info.version);
      }),
    );
    w.bytesField(
      8,
      message((paths) => {
        for (const [path, item] of Object.entries(document.paths))
          paths.bytesField(2, named(path, pathItem(item)));
      }),
    );
    w.bytesField(9, properties(document.definitions));
  });
}

function message(write: (writer: Writer) => void): Buffer {
  const writer = new Writer();
  write(writer);
  return writer.finish();
}

function named(name: string, value: Buffer): Buffer {
  return message((w) => {
    w.stringField(1, name);
    w.bytesField(2, value);
  });
}

/** NamedAny: an extension's name and its value as YAML. */
function extensions(writer: Writer, number: number, object: object): void {
  for (const [key, value] of Object.entries(object)) {
    if (!key.startsWith('x-')) continue;
    writer.bytesField(number, named(key, yaml(value)));
  }
}

function yaml(value: unknown): Buffer {
  return message((w) => w.stringField(2, `${JSON.stringify(value)}\n`));
}

const methods: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

function pathItem(item: PathItem): Buffer {
  return message((w) => {
    for (const [key, value] of Object.entries(item)) {
      if (Array.isArray(value)) for (const p of value) w.bytesField(9, parameter(p));
      else if (methods[key] !== undefined) w.bytesField(methods[key], operation(value));
    }
  });
}

function operation(value: Operation): Buffer {
  return message((w) => {
    for (const tag of value.tags) w.stringField(1, tag);
    w.stringField(3, value.description);
    w.stringField(5, value.operationId);
    for (const type of (value.produces ?? []) as string[]) w.stringField(6, type);
    for (const type of (value.consumes ?? []) as string[]) w.stringField(7, type);
    for (const p of value.parameters ?? []) w.bytesField(8, parameter(p));
    w.bytesField(9, responses(value.responses));
    extensions(w, 13, value);
  });
}

interface ParameterLike {
  name: string;
  in: string;
  required?: boolean;
  [key: string]: unknown;
}

/** ParametersItem → Parameter → BodyParameter, or NonBodyParameter → its place. */
function parameter(p: ParameterLike): Buffer {
  const inner = message((w) => {
    if (p.in === 'body') {
      const body = message((b) => {
        b.stringField(2, p.name);
        b.stringField(3, p.in);
        b.varintField(4, p.required === true);
        b.bytesField(5, schema(p.schema as OpenApiSchema));
      });
      w.bytesField(1, body);
      return;
    }
    const isPath = p.in === 'path';
    const place = message((b) => {
      b.varintField(1, p.required === true);
      b.stringField(2, p.in);
      b.stringField(4, p.name);
      b.stringField(isPath ? 5 : 6, String(p.type));
    });
    w.bytesField(
      2,
      message((n) => n.bytesField(isPath ? 4 : 3, place)),
    );
  });
  return message((w) => w.bytesField(1, inner));
}

function responses(all: Record<string, unknown>): Buffer {
  return message((w) => {
    for (const [code, value] of Object.entries(all)) {
      const { description, schema: result } = value as { description: string; schema?: OpenApiSchema };
      const response = message((r) => {
        r.stringField(1, description);
        if (result !== undefined) {
          r.bytesField(
            2,
            message((item) => item.bytesField(1, schema(result))),
          );
        }
      });
      w.bytesField(
        1,
        named(
          code,
          message((v) => v.bytesField(1, response)),
        ),
      );
    }
  });
}

function properties(map: Readonly<Record<string, OpenApiSchema>>): Buffer {
  return message((w) => {
    for (const [name, value] of Object.entries(map)) w.bytesField(1, named(name, schema(value)));
  });
}

function schema(s: OpenApiSchema): Buffer {
  return message((w) => {
    if (s.$ref !== undefined) w.stringField(1, s.$ref);
    if (s.format !== undefined) w.stringField(2, s.format);
    if (s.description !== undefined) w.stringField(4, s.description);
    for (const field of s.required ?? []) w.stringField(19, field);
    if (s.additionalProperties !== undefined) {
      const value = s.additionalProperties;
      w.bytesField(
        21,
        message((a) => a.bytesField(1, schema(value))),
      );
    }
    if (s.type !== undefined) {
      const { type } = s;
      w.bytesField(
        22,
        message((t) => t.stringField(1, type)),
      );
    }
    if (s.items !== undefined) {
      const { items } = s;
      w.bytesField(
        23,
        message((i) => i.bytesField(1, schema(items))),
      );
    }
    if (s.properties !== undefined) w.bytesField(25, properties(s.properties));
    extensions(w, 31, s);
  });
}
