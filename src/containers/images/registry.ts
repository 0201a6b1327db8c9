import { readFileSync } from 'node:fs';
import { nearest } from '../../lib/nearest.ts';
import { programFile } from '../../lib/package-root.ts';
import { formatImageName, type ImageName, parseImageName, sha256 } from './names.ts';

/**
 * The built-in images, as data. The lab works offline, so these are all there are; what runs in them are programs of
 * the lab, and the files of an image are small texts that name those programs (see rootfs.ts).
 */
export interface ImageDefinition {
  /** Without registry and tag: `k8s-lab/web`. */
  readonly name: string;
  readonly tags: readonly string[];
  readonly program: string;
  /** Where the program lies in the image. */
  readonly path: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Variables that the image sets; a tag may add its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the image carries a shell and the usual small tools, as Debian's base does. */
  readonly hasTools: boolean;
}

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const definitions: readonly ImageDefinition[] = [
  {
    name: 'k8s-lab/web',
    tags: ['latest', '1', '2'],
    program: 'image-web',
    path: '/usr/local/bin/web',
    entrypoint: ['/usr/local/bin/web'],
    cmd: [],
    env: { PATH: searchPath },
    hasTools: true,
  },
  {
    name: 'k8s-lab/toolbox',
    tags: ['latest', '1'],
    program: 'image-toolbox',
    path: '/bin/toolbox',
    entrypoint: [],
    cmd: ['sh'],
    env: { PATH: searchPath },
    hasTools: true,
  },
  {
    name: 'k8s-lab/coredns',
    tags: ['latest', '1.11'],
    program: 'coredns',
    path: '/coredns',
    entrypoint: ['/coredns'],
    cmd: [],
    env: { PATH: searchPath },
    hasTools: false,
  },
  {
    name: 'k8s-lab/pause',
    tags: ['latest', '3.10'],
    program: 'image-pause',
    path: '/pause',
    entrypoint: ['/pause'],
    cmd: [],
    env: { PATH: searchPath },
    hasTools: false,
  },
];

export interface RegistryImage {
  readonly definition: ImageDefinition;
  readonly tag: string;
  /** The digest of the image's configuration: its id on the node. */
  readonly id: string;
  /** The digest of its manifest, as in `docker.io/k8s-lab/web@sha256:…`. */
  readonly digest: string;
  readonly repository: string;
  readonly env: Readonly<Record<string, string>>;
  /** Bytes of the program that the image brings. */
  readonly size: number;
}

/** The version that a tag of the web image serves; `latest` is the newest. */
const versionOf = (definition: ImageDefinition, tag: string) =>
  tag === 'latest' ? (definition.tags.toSorted().findLast((other) => other !== 'latest') ?? tag) : tag;

const loaded = new Map<string, RegistryImage>();

function load(definition: ImageDefinition, tag: string): RegistryImage {
  const key = `${definition.name}:${tag}`;
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const version = versionOf(definition, tag);
  const env = { ...definition.env, K8S_LAB_IMAGE_VERSION: version };
  const program = readProgram(definition.program);
  const { tags: _tags, ...content } = definition;
  // Tags that mean the same content share a digest, as `latest` and the newest version do.
  const id = sha256(JSON.stringify({ ...content, env, layer: sha256(program) }));
  const image: RegistryImage = {
    definition,
    tag,
    id,
    digest: sha256(`manifest of ${id}`),
    repository: `docker.io/${definition.name}`,
    env,
    size: program.length,
  };
  loaded.set(key, image);
  return image;
}

function readProgram(program: string): Buffer {
  try {
    return readFileSync(programFile(program));
  } catch {
    // A build of some programs only: the image is there, and starting it will say what is missing.
    return Buffer.from(program);
  }
}

/** What a pull would find. */
export function findInRegistry(name: ImageName): RegistryImage | undefined {
  const definition = definitions.find((entry) => `docker.io/${entry.name}` === name.repository);
  if (definition === undefined) return undefined;
  if (name.digest !== undefined)
    return definition.tags.map((tag) => load(definition, tag)).find((image) => image.digest === name.digest);
  return name.tag !== undefined && definition.tags.includes(name.tag)
    ? load(definition, name.tag)
    : undefined;
}

/** Why a pull fails, with what to do about it. `text` is the name as it was asked for. */
export function notFoundMessage(text: string): string {
  const name = parseImageName(text);
  const full = name === undefined ? text : formatImageName(name);
  const known = definitions.find((entry) => `docker.io/${entry.name}` === name?.repository);
  const builtIn = definitions.map((entry) => entry.name);
  const hint =
    known === undefined
      ? `built-in images: ${builtIn.join(', ')}${suggestion(name, builtIn)}`
      : `${known.name} has the tags ${known.tags.join(', ')}`;
  return (
    `failed to pull and unpack image ${JSON.stringify(full)}: failed to resolve reference ${JSON.stringify(full)}: ` +
    `${full}: not found: this lab works offline; ${hint}`
  );
}

/** What people usually want when they write the name of a well-known image. */
const counterparts: Readonly<Record<string, string>> = {
  nginx: 'k8s-lab/web',
  httpd: 'k8s-lab/web',
  caddy: 'k8s-lab/web',
  echoserver: 'k8s-lab/web',
  'hello-world': 'k8s-lab/web',
  busybox: 'k8s-lab/toolbox',
  alpine: 'k8s-lab/toolbox',
  ubuntu: 'k8s-lab/toolbox',
  debian: 'k8s-lab/toolbox',
  curl: 'k8s-lab/toolbox',
  dnsutils: 'k8s-lab/toolbox',
};

function suggestion(name: ImageName | undefined, builtIn: readonly string[]): string {
  if (name === undefined) return '';
  const last = name.repository.split('/').at(-1)!;
  const found =
    counterparts[last] ?? nearest(name.repository.replace(/^docker\.io\/(library\/)?/, ''), builtIn);
  return found === undefined ? '' : ` (nearest: ${found})`;
}
