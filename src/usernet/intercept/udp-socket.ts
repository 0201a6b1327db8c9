import type * as dgram from 'node:dgram';
import * as net from 'node:net';
import { passes } from '../forward.ts';
import { type Endpoint, endpoint, type NetworkErrorCode, networkError } from './internals.ts';
import { type Claim, claimPort, randomPort, socketPath } from './ports.ts';
import { decodePreamble, encodePreamble } from './preamble.ts';
import { UdpFlow } from './udp-flow.ts';
import type { View } from './view.ts';

/** The lab's side of one datagram socket; dgram.ts dresses it in Node's interface. */
export class UdpSocket {
  readonly #view: View;
  readonly #owner: dgram.Socket;
  readonly #flows = new Map<string, UdpFlow>();
  /** Stands for the bound handle that keeps a process alive. */
  #alive: NodeJS.Timeout | undefined;
  #referenced = true;
  #server: net.Server | undefined;
  #claim: Claim | undefined;
  bound: Endpoint | undefined;
  connected: Endpoint | undefined;
  closed = false;

  constructor(view: View, owner: dgram.Socket) {
    this.#view = view;
    this.#owner = owner;
  }

  /** Binds with a listening socket; the error is one of bind(2). */
  bind(address: string, port: number, done: (error?: Error) => void): void {
    const namespace = this.#view.namespace;
    const fail = (code: NetworkErrorCode) =>
      process.nextTick(done, networkError('bind', code, address, port));
    if (namespace === undefined || !this.#view.isOwnAddress(address)) {
      fail('EADDRNOTAVAIL');
      return;
    }
    const claim = claimPort(this.#view.folderOf(namespace), 'UDP', address, port);
    if (claim === undefined) {
      fail('EADDRINUSE');
      return;
    }
    this.#claim = claim;
    this.#setBound(endpoint(address, claim.port));
    const server = net.createServer({ allowHalfOpen: false }, (stream) => this.#accept(stream));
    this.#server = server;
    server.once('error', done);
    server.listen({ path: claim.path, backlog: 4096 }, () => {
      server.removeListener('error', done);
      server.unref();
      done();
    });
  }

  /**
   * An ephemeral port for a socket that only asks: answers come back over the flows, so nobody listens on it. A third
   * party that made up a datagram to this port would not get through.
   */
  bindImplicitly(): void {
    if (this.bound !== undefined) return;
    this.#setBound(endpoint('0.0.0.0', randomPort()));
    process.nextTick(() => this.#owner.emit('listening'));
  }

  /** Sends, or drops as a network does. Returns the error of send(2) where the kernel would know at once. */
  send(message: Buffer, address: string, port: number): Error | undefined {
    this.bindImplicitly();
    const key = `${address}:${port}`;
    let flow = this.#flows.get(key);
    if (flow !== undefined && !flow.closed) {
      const local = flow.peer === 'local';
      if (local || passes(this.#view.network.state(), this.#view.identity.namespace, flow.peer)) {
        flow.send(message);
      }
      return undefined;
    }
    const verdict = this.#view.decide({
      protocol: 'UDP',
      destination: address,
      port,
      source: this.bound!.address,
    });
    switch (verdict.kind) {
      case 'drop':
        return undefined;
      case 'unreachable':
        return networkError('send', verdict.code, address, port);
      case 'refuse':
        this.#refused();
        return undefined;
      case 'deliver':
        break;
    }
    const path = socketPath(this.#view.folderOf(verdict.namespace), 'UDP', verdict.address, verdict.port);
    const stream = net.connect({ path });
    stream.once('error', () => this.#refused());
    stream.write(
      encodePreamble({
        sourceAddress: verdict.seenSource,
        sourcePort: this.bound!.port,
        address: verdict.address,
        port: verdict.port,
      }),
    );
    const isLocal = verdict.namespace.id === this.#view.identity.namespace;
    flow = this.#open(stream, key, isLocal ? 'local' : verdict.address, endpoint(address, port));
    flow.send(message);
    return undefined;
  }

  close(): void {
    this.closed = true;
    clearInterval(this.#alive);
    this.#server?.close();
    this.#claim?.release();
    for (const flow of this.#flows.values()) flow.end();
    this.#flows.clear();
  }

  ref(): void {
    this.#referenced = true;
    this.#alive?.ref();
  }

  unref(): void {
    this.#referenced = false;
    this.#alive?.unref();
  }

  #setBound(bound: Endpoint): void {
    this.bound = bound;
    this.#alive = setInterval(() => undefined, 2 ** 30);
    if (!this.#referenced) this.#alive.unref();
  }

  #open(stream: net.Socket, key: string, peer: string, from: Endpoint): UdpFlow {
    const flow = new UdpFlow(stream, peer, (message) => this.#deliver(message, from));
    this.#keep(stream, key, flow);
    return flow;
  }

  #keep(stream: net.Socket, key: string, flow: UdpFlow): void {
    this.#flows.set(key, flow);
    stream.once('close', () => {
      if (this.#flows.get(key) === flow) this.#flows.delete(key);
    });
  }

  #accept(stream: net.Socket): void {
    let from: Endpoint | undefined;
    const flow: UdpFlow = new UdpFlow(
      stream,
      'local',
      (message) => this.#deliver(message, from!),
      (bytes) => {
        const preamble = decodePreamble(bytes);
        if (preamble === undefined) return false;
        from = endpoint(preamble.sourceAddress, preamble.sourcePort);
        this.#keep(stream, `${from.address}:${from.port}`, flow);
        return true;
      },
    );
  }

  #deliver(message: Buffer, from: Endpoint): void {
    if (this.closed) return;
    const { connected } = this;
    // A connected socket hears its peer only.
    if (connected !== undefined && (connected.address !== from.address || connected.port !== from.port))
      return;
    this.#owner.emit('message', message, { ...from, size: message.length });
  }

  /** The ICMP answer "port unreachable": only a connected socket learns of it. */
  #refused(): void {
    const { connected } = this;
    if (connected === undefined) return;
    process.nextTick(() => {
      if (this.closed) return;
      const error = networkError('send', 'ECONNREFUSED', connected.address, connected.port);
      error.message = 'recvmsg ECONNREFUSED';
      error.syscall = 'recvmsg';
      this.#owner.emit('error', error);
    });
  }
}
