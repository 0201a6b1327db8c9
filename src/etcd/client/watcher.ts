import { type Cancel, type Clock, systemClock } from '../../lib/clock.ts';
import type { ClientStream, GrpcChannel } from '../../lib/grpc/channel.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import { etcdError } from '../proto/errors.ts';
import type { Event, ResponseHeader } from '../proto/kv.ts';
import { methods } from '../proto/methods.ts';
import { type WatchCreateRequestInit, WatchRequest, WatchResponse } from '../proto/services.ts';

/** The watch ended for good; `compactRevision` is set when the revision asked for no longer exists. */
export class WatchCanceledError extends GrpcError {
  readonly compactRevision: number;

  constructor(code: GrpcCode, message: string, compactRevision: number) {
    super(code, message);
    this.name = 'WatchCanceledError';
    this.compactRevision = compactRevision;
  }
}

export interface WatchListener {
  /** The server holds the watch; `header.revision` is the revision of the store then. Again after each reconnect. */
  onCreated?(header: ResponseHeader): void;
  /** Events in order of revision; all events of one revision come in one call. */
  onEvents(events: readonly Event[], header: ResponseHeader): void;
  /** Every event up to this revision has been delivered. */
  onProgress?(revision: number): void;
  /** The end of the watch; lost connections are no end, they are mended. */
  onError(error: WatchCanceledError): void;
}

export interface WatchHandle {
  /** Stops the watch; the listener hears nothing more. */
  cancel(): void;
}

interface Watch {
  readonly id: number;
  readonly request: WatchCreateRequestInit;
  readonly listener: WatchListener;
  /** Where a new stream resumes; 0 until the server has said which revision "now" was. */
  nextRevision: number;
  created: boolean;
  /** Fragments of a response whose rest is still to come. */
  fragments: Event[];
}

/** Where to open the stream, and what to call when that place turns out to be no good. */
export interface WatchEndpoint {
  readonly channel: GrpcChannel;
  leave(): void;
}

const maxRetryMs = 1000;

/**
 * All watches of a client on one stream. The client chooses the watch ids, so only a refusal is matched by order.
 * When the stream breaks, a new one is opened and each watch resumes after the last revision it has seen.
 */
export class WatchMultiplexer {
  readonly #endpoint: () => Promise<WatchEndpoint>;
  readonly #metadata: Readonly<Record<string, string>>;
  readonly #clock: Clock;
  readonly #watches = new Map<number, Watch>();
  /** In the order of asking, which is that of the answers: a refusal carries no id. */
  #unanswered: Watch[] = [];
  #stream: ClientStream | undefined;
  #opening = false;
  #lastId = 0;
  #retryMs = 0;
  #retry: Cancel | undefined;
  #closed = false;

  /** `endpoint` gives the one to use now; asked again after each failure. */
  constructor(
    endpoint: () => Promise<WatchEndpoint>,
    metadata: Readonly<Record<string, string>>,
    clock: Clock = systemClock,
  ) {
    this.#endpoint = endpoint;
    this.#metadata = metadata;
    this.#clock = clock;
  }

  watch(request: WatchCreateRequestInit, listener: WatchListener): WatchHandle {
    const watch: Watch = {
      id: ++this.#lastId,
      request,
      listener,
      nextRevision: request.startRevision ?? 0,
      created: false,
      fragments: [],
    };
    this.#watches.set(watch.id, watch);
    if (this.#stream !== undefined) this.#create(this.#stream, watch);
    else this.#open();
    return { cancel: () => this.#cancel(watch) };
  }

  /** Asks for the revision that all watches have reached; the answer comes through onProgress. */
  requestProgress(): void {
    this.#stream?.send(WatchRequest.encode({ progressRequest: {} }));
  }

  close(): void {
    this.#closed = true;
    this.#retry?.();
    this.#stream?.cancel();
    this.#stream = undefined;
    this.#watches.clear();
  }

  #cancel(watch: Watch): void {
    if (!this.#watches.delete(watch.id)) return;
    if (this.#watches.size === 0) {
      // Nobody listens: the stream goes too, so that an idle client costs the server nothing.
      this.#stream?.cancel();
      this.#stream = undefined;
    } else this.#stream?.send(WatchRequest.encode({ cancelRequest: { watchId: watch.id } }));
  }

  #create(stream: ClientStream, watch: Watch): void {
    watch.fragments = [];
    this.#unanswered.push(watch);
    stream.send(
      WatchRequest.encode({
        createRequest: { ...watch.request, watchId: watch.id, startRevision: watch.nextRevision },
      }),
    );
  }

  #open(): void {
    if (this.#opening || this.#closed || this.#retry !== undefined) return;
    this.#opening = true;
    this.#endpoint().then(
      ({ channel, leave }) => {
        this.#opening = false;
        if (this.#closed || this.#watches.size === 0) return;
        const stream: ClientStream = channel.stream(
          methods.watch.path,
          {
            onMessage: (message) => {
              if (this.#stream === stream) this.#receive(WatchResponse.decode(message));
            },
            onEnd: (error) => {
              if (this.#stream !== stream) return;
              this.#stream = undefined;
              // Connected it may be, but cut off from the others: a member without a leader ends the stream, too.
              if (error?.code === GrpcCode.Unavailable) leave();
              this.#reopen();
            },
          },
          { metadata: this.#metadata },
        );
        this.#stream = stream;
        this.#unanswered = [];
        for (const watch of this.#watches.values()) this.#create(stream, watch);
      },
      () => {
        this.#opening = false;
        this.#reopen();
      },
    );
  }

  #reopen(): void {
    if (this.#closed || this.#watches.size === 0 || this.#retry !== undefined) return;
    const delay = this.#retryMs;
    this.#retryMs = Math.min(maxRetryMs, delay === 0 ? 20 : delay * 2);
    this.#retry = this.#clock.after(delay, () => {
      this.#retry = undefined;
      this.#open();
    });
  }

  #receive(response: WatchResponse): void {
    this.#retryMs = 0;
    const header = response.header!;
    if (response.watchId === -1 && !response.created && !response.canceled) {
      for (const watch of this.#watches.values()) this.#progress(watch, header.revision);
      return;
    }
    const asked = response.created ? this.#unanswered.shift() : undefined;
    const watch = this.#watches.get(asked?.id ?? response.watchId);
    if (watch === undefined) return;
    if (response.canceled) {
      this.#watches.delete(watch.id);
      watch.listener.onError(canceledError(response));
      return;
    }
    if (response.created) {
      watch.created = true;
      if (watch.nextRevision === 0) watch.nextRevision = header.revision + 1;
      watch.listener.onCreated?.(header);
      return;
    }
    if (response.events.length === 0) {
      this.#progress(watch, header.revision);
      return;
    }
    if (response.fragment) {
      watch.fragments.push(...response.events);
      return;
    }
    const events = watch.fragments.length === 0 ? response.events : [...watch.fragments, ...response.events];
    watch.fragments = [];
    watch.nextRevision = events[events.length - 1]!.kv!.modRevision + 1;
    watch.listener.onEvents(events, header);
  }

  #progress(watch: Watch, revision: number): void {
    if (!watch.created) return;
    watch.nextRevision = Math.max(watch.nextRevision, revision + 1);
    watch.listener.onProgress?.(revision);
  }
}

function canceledError(response: WatchResponse): WatchCanceledError {
  if (response.compactRevision > 0) {
    const compacted = etcdError('Compacted');
    return new WatchCanceledError(compacted.code, compacted.message, response.compactRevision);
  }
  const reason = response.cancelReason || 'etcdserver: watch canceled';
  return new WatchCanceledError(GrpcCode.Canceled, reason, 0);
}
