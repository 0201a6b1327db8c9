import { notAcceptable } from '../status-errors.ts';

export const mediaTypes = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
} as const;

/** In which shape an answer goes out. Models pkg/endpoints/handlers/negotiation. */
export interface Accepted {
  readonly format: 'json' | 'yaml';
  /** Table and PartialObjectMetadata are views of any object. */
  readonly as: 'object' | 'table' | 'metadata';
}

interface Clause {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
  readonly quality: number;
}

/** Accept, best first; clauses of equal quality keep their order. */
export function parseAccept(header: string): Clause[] {
  return header
    .split(',')
    .map((text) => {
      const [type = '', ...rest] = text.split(';').map((part) => part.trim());
      const params = Object.fromEntries(
        rest.map((part) => {
          const at = part.indexOf('=');
          return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
        }),
      );
      return { type: type.toLowerCase(), params, quality: Number(params.q ?? 1) };
    })
    .filter(({ type, quality }) => type !== '' && quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

/**
 * JSON is spoken wherever the client allows it: client-go names JSON after protobuf in its Accept header. Throws 406
 * when nothing fits.
 */
export function negotiate(header: string | undefined): Accepted {
  if (header === undefined || header.trim() === '') return { format: 'json', as: 'object' };
  for (const { type, params } of parseAccept(header)) {
    const format =
      type === mediaTypes.json || type === '*/*' || type === 'application/*'
        ? 'json'
        : type === mediaTypes.yaml
          ? 'yaml'
          : undefined;
    if (format === undefined) continue;
    if (params.as === undefined) return { format, as: 'object' };
    if (params.g !== 'meta.k8s.io' || params.v !== 'v1') continue;
    if (params.as === 'Table') return { format, as: 'table' };
    if (params.as === 'PartialObjectMetadata' || params.as === 'PartialObjectMetadataList') {
      return { format, as: 'metadata' };
    }
  }
  throw notAcceptable([mediaTypes.json, mediaTypes.yaml]);
}

/** The type of a body without its parameters, in lower case; '' when the client sent none. */
export const contentType = (header: string | undefined): string =>
  (header ?? '').split(';')[0]!.trim().toLowerCase();
