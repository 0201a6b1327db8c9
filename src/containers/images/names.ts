import { createHash } from 'node:crypto';

/** Image names as people write them and as they are meant (Models distribution/reference). */
export interface ImageName {
  /** `docker.io/k8s-lab/web` */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pattern = new RegExp(
  `^((?:[A-Za-z0-9.-]+(?::\\d+)?/)?${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

/** `k8s-lab/web` → docker.io/k8s-lab/web:latest; undefined when the text cannot be an image's name. */
export function parseImageName(text: string): ImageName | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, path = '', tag, digest] = match;
  const first = path.split('/')[0]!;
  const hasDomain = path.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const rest = hasDomain ? path.slice(first.length + 1) : path;
  const domain = hasDomain ? (first === 'index.docker.io' ? 'docker.io' : first) : 'docker.io';
  const full = domain === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  return {
    repository: `${domain}/${full}`,
    tag: tag ?? (digest === undefined ? 'latest' : undefined),
    digest,
  };
}

export function formatImageName({ repository, tag, digest }: ImageName): string {
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

export const sha256 = (content: string | Uint8Array) =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;
