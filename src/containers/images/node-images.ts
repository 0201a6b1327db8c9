import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '../../lib/files.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import { type ImageName, parseImageName } from './names.ts';
import { findInRegistry, notFoundMessage, type RegistryImage } from './registry.ts';

/** The images that were pulled to this node: names only, since their content is the registry's. */
export class NodeImages {
  readonly #file: string;
  readonly #names: Set<string>;

  constructor(stateDir: string) {
    this.#file = join(stateDir, 'images.json');
    this.#names = new Set(readNames(this.#file));
  }

  /** Resolves with the image; throws GrpcError NotFound with the remedy. */
  pull(text: string): RegistryImage {
    const name = parseImageName(text);
    if (name === undefined) {
      throw new GrpcError(
        GrpcCode.InvalidArgument,
        `failed to parse image reference ${JSON.stringify(text)}: invalid reference format`,
      );
    }
    const image = findInRegistry(name);
    if (image === undefined) throw new GrpcError(GrpcCode.NotFound, notFoundMessage(text));
    this.#names.add(`${image.repository}:${image.tag}`);
    this.#save();
    return image;
  }

  /** All pulled images, one entry for each content; `tags` are full names. */
  list(): { readonly image: RegistryImage; readonly tags: readonly string[] }[] {
    const byId = new Map<string, { image: RegistryImage; tags: string[] }>();
    for (const full of [...this.#names].sort()) {
      const name = parseImageName(full);
      const image = name === undefined ? undefined : findInRegistry(name);
      if (image === undefined) continue;
      const entry = byId.get(image.id) ?? { image, tags: [] };
      entry.tags.push(full);
      byId.set(image.id, entry);
    }
    return [...byId.values()];
  }

  /** By name, by `name@digest` or by id (with or without `sha256:`). */
  find(text: string): { readonly image: RegistryImage; readonly tags: readonly string[] } | undefined {
    const id = /^(sha256:)?([0-9a-f]{64})$/.exec(text)?.[2];
    if (id !== undefined) return this.list().find(({ image }) => image.id === `sha256:${id}`);
    const name = parseImageName(text);
    if (name === undefined) return undefined;
    return this.list().find(({ image, tags }) => isNamed(name, image, tags));
  }

  /** No error when it is not there. */
  remove(text: string): void {
    for (const tag of this.find(text)?.tags ?? []) this.#names.delete(tag);
    this.#save();
  }

  #save(): void {
    writeFileAtomicSync(this.#file, JSON.stringify([...this.#names].sort()));
  }
}

const isNamed = (name: ImageName, image: RegistryImage, tags: readonly string[]) =>
  name.digest !== undefined
    ? name.repository === image.repository && name.digest === image.digest
    : tags.includes(`${name.repository}:${name.tag}`);

function readNames(file: string): string[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as string[];
  } catch {
    return [];
  }
}
