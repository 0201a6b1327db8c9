import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '../../lib/files.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';

/**
 * Records by id, in memory and as one file each, written before a call is answered. Ids may be shortened as long as
 * they stay unique, as crictl does it.
 */
export class RecordStore<T extends { readonly id: string }> {
  readonly #records = new Map<string, T>();
  readonly #folder: string;
  readonly #serialize: (record: T) => string;

  constructor(folder: string, serialize: (record: T) => string, parse: (text: string) => T) {
    this.#folder = folder;
    this.#serialize = serialize;
    for (const name of listFolder(folder)) {
      if (!name.endsWith('.json')) continue;
      const record = parse(readFileSync(join(folder, name), 'utf8'));
      this.#records.set(record.id, record);
    }
  }

  all(): T[] {
    return [...this.#records.values()];
  }

  find(id: string): T | undefined {
    const exact = this.#records.get(id);
    if (exact !== undefined || id === '') return exact;
    const matches = this.all().filter((record) => record.id.startsWith(id));
    return matches.length === 1 ? matches[0] : undefined;
  }

  /** Throws GrpcError NotFound: `what` is such as `an error occurred when try to find sandbox`. */
  get(id: string, what: string): T {
    const found = this.find(id);
    if (found === undefined) {
      throw new GrpcError(GrpcCode.NotFound, `${what} ${JSON.stringify(id)}: not found`);
    }
    return found;
  }

  put(record: T): T {
    this.#records.set(record.id, record);
    writeFileAtomicSync(join(this.#folder, `${record.id}.json`), this.#serialize(record), 0o600);
    return record;
  }

  /** Changes a record that is still there; does nothing when it was removed in between. */
  change(id: string, fields: Partial<T>): T | undefined {
    const record = this.#records.get(id);
    return record === undefined ? undefined : this.put({ ...record, ...fields });
  }

  remove(id: string): void {
    this.#records.delete(id);
    rmSync(join(this.#folder, `${id}.json`), { force: true });
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
