import { ApiError } from '../api-error.ts';
import type { KubeObject } from '../request.ts';
import { type EtcdKeyValue, type EtcdPort, prefixEnd } from './etcd-port.ts';
import { encodeObject, StoredObject } from './stored-object.ts';
import type { Transformer } from './transformer.ts';

/** An update function saw the newest state and refuses, or gives the object to store; undefined: nothing to write. */
export type TryUpdate = (current: StoredObject | undefined) => Promise<KubeObject | undefined>;

export interface WriteOptions {
  /** Remove the object after this many seconds (events). */
  readonly ttlSeconds?: number;
}

const leaseReuseMs = 60_000;
const objectsPerLease = 1000;

/**
 * Objects of one resource over etcd, with nothing kept between calls but the lease that events share.
 * Every write is one transaction that compares mod_revision. Models pkg/storage/etcd3/store.go.
 */
export class Storage {
  readonly #etcd: EtcdPort;
  readonly #transformer: Transformer;
  readonly #now: () => number;
  #lease: { id: Promise<bigint>; untilMs: number; left: number; ttlSeconds: number } | undefined;

  constructor(etcd: EtcdPort, transformer: Transformer, now: () => number = Date.now) {
    this.#etcd = etcd;
    this.#transformer = transformer;
    this.#now = now;
  }

  /** Linearizable read. */
  async get(key: string): Promise<StoredObject | undefined> {
    const { kvs } = await this.#etcd.range(key);
    return kvs[0] === undefined ? undefined : this.decode(kvs[0]);
  }

  /** Undefined when the key exists already. */
  async create(
    key: string,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<StoredObject | undefined> {
    const text = encodeObject(object);
    const result = await this.#etcd.txn({
      compare: [{ key, modRevision: 0 }],
      success: [await this.#put(key, text, options)],
      failure: [],
    });
    return result.succeeded ? new StoredObject(key, text, result.revision) : undefined;
  }

  /**
   * Reads, lets `tryUpdate` decide, writes only if nobody else wrote in between, else starts again with what is there.
   * `suggestion` is a state from the cache: when tryUpdate refuses by it, the newest state is fetched before giving up.
   */
  async guaranteedUpdate(
    key: string,
    suggestion: StoredObject | undefined,
    tryUpdate: TryUpdate,
    options: WriteOptions = {},
  ): Promise<StoredObject | undefined> {
    let current = suggestion ?? (await this.get(key));
    let suggested = suggestion !== undefined;
    for (;;) {
      let updated: KubeObject | undefined;
      try {
        updated = await tryUpdate(current);
      } catch (error) {
        if (!suggested) throw error;
        const fresh = await this.get(key);
        suggested = false;
        if (fresh?.revision === current?.revision) throw error;
        current = fresh;
        continue;
      }
      if (updated === undefined) return current;
      const text = encodeObject(updated);
      if (current !== undefined && text === encodeObject(current.object)) {
        // No change: no new revision. A state from the cache must be the newest for that.
        if (!suggested) return current;
        const fresh = await this.get(key);
        suggested = false;
        if (fresh?.revision === current.revision) return current;
        current = fresh;
        continue;
      }
      const result = await this.#etcd.txn({
        compare: [{ key, modRevision: current?.revision ?? 0 }],
        success: [await this.#put(key, text, options)],
        failure: [{ get: { key } }],
      });
      if (result.succeeded) return new StoredObject(key, text, result.revision);
      const found = result.found[0];
      current = found === undefined ? undefined : this.decode(found);
      suggested = false;
    }
  }

  /** Removes the key if it still has the revision. Gives the newest state when it has another one. */
  async delete(
    key: string,
    revision: number,
  ): Promise<{ deletedAt: number } | { current: StoredObject | undefined }> {
    const result = await this.#etcd.txn({
      compare: [{ key, modRevision: revision }],
      success: [{ delete: { key } }],
      failure: [{ get: { key } }],
    });
    if (result.succeeded) return { deletedAt: result.revision };
    const found = result.found[0];
    return { current: found === undefined ? undefined : this.decode(found) };
  }

  /** A page of the state of a revision (0: now). Throws EtcdCompactedError for one that is gone. */
  async list(
    prefix: string,
    options: { start?: string; revision?: number; limit?: number } = {},
  ): Promise<{ revision: number; objects: StoredObject[]; more: boolean; remaining: number }> {
    const result = await this.#etcd.range(options.start ?? prefix, {
      end: prefixEnd(prefix),
      revision: options.revision ?? 0,
      limit: options.limit ?? 0,
    });
    const objects = result.kvs.map((kv) => this.decode(kv));
    return {
      revision: options.revision || result.revision,
      objects,
      more: result.more,
      remaining: result.count - objects.length,
    };
  }

  decode(kv: EtcdKeyValue): StoredObject {
    let plain: Buffer;
    try {
      plain = this.#transformer.fromStorage(kv.value, kv.key);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ApiError(
        500,
        'InternalError',
        `Internal error occurred: unable to transform key ${JSON.stringify(kv.key)}: ${why}`,
      );
    }
    if (plain.subarray(0, 4).toString('latin1') === 'k8s\0') {
      throw new ApiError(
        500,
        'InternalError',
        `Internal error occurred: ${kv.key} is stored as protobuf; only JSON values can be read`,
      );
    }
    return new StoredObject(kv.key, plain.toString('utf8'), kv.modRevision);
  }

  async #put(key: string, text: string, options: WriteOptions) {
    const value = this.#transformer.toStorage(Buffer.from(text), key);
    if (options.ttlSeconds === undefined) return { put: { key, value } };
    return { put: { key, value, lease: await this.#leaseFor(options.ttlSeconds) } };
  }

  /** Events of the same minute share a lease. Models pkg/storage/etcd3/lease_manager.go. */
  #leaseFor(ttlSeconds: number): Promise<bigint> {
    const now = this.#now();
    let lease = this.#lease;
    if (lease === undefined || lease.ttlSeconds !== ttlSeconds || now >= lease.untilMs || lease.left <= 0) {
      const reuseMs = Math.min(leaseReuseMs, ttlSeconds * 50);
      const id = this.#etcd.leaseGrant(ttlSeconds + Math.ceil(reuseMs / 1000));
      lease = { id, untilMs: now + reuseMs, left: objectsPerLease, ttlSeconds };
      this.#lease = lease;
      id.catch(() => {
        this.#lease = undefined;
      });
    }
    lease.left--;
    return lease.id;
  }
}
