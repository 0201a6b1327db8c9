import { type Address, formatAddress } from './config.ts';

/** Answers in a row that change a backend's state. One good answer is enough; one bad one may be chance. */
const fallAfter = 2;

interface Member {
  readonly address: Address;
  up: boolean;
  failures: number;
}

export interface PoolChange {
  readonly address: Address;
  readonly up: boolean;
}

/**
 * The backends of a frontend and which of them are fit to serve. Pure: who checks them, and when, is decided outside.
 * Backends start as up, so that a balancer that was just started serves before its first check is through.
 */
export class Pool {
  readonly #members: readonly Member[];
  #turn = 0;

  constructor(backends: readonly Address[]) {
    this.#members = backends.map((address) => ({ address, up: true, failures: 0 }));
  }

  /** The backends to try for a new connection, best first: those that are up, in turn; then, in despair, the others. */
  candidates(): readonly Address[] {
    const count = this.#members.length;
    const inTurn = this.#members.map((_, index) => this.#members[(this.#turn + index) % count]!);
    this.#turn = (this.#turn + 1) % count;
    return [...inTurn.filter((member) => member.up), ...inTurn.filter((member) => !member.up)].map(
      (member) => member.address,
    );
  }

  /** What a health check found. Returns the change, when there is one. */
  reportCheck(address: Address, healthy: boolean): PoolChange | undefined {
    const member = this.#find(address);
    member.failures = healthy ? 0 : member.failures + 1;
    return this.#set(member, healthy || (member.up && member.failures < fallAfter));
  }

  /** A client's connection failed: that is proof enough, the next client shall not wait for it too. */
  reportConnectFailure(address: Address): PoolChange | undefined {
    const member = this.#find(address);
    member.failures = fallAfter;
    return this.#set(member, false);
  }

  isUp(address: Address): boolean {
    return this.#find(address).up;
  }

  #set(member: Member, up: boolean): PoolChange | undefined {
    if (member.up === up) return undefined;
    member.up = up;
    return { address: member.address, up };
  }

  #find(address: Address): Member {
    const member = this.#members.find((candidate) => candidate.address === address);
    if (member === undefined) throw new Error(`${formatAddress(address)} is no backend of this pool`);
    return member;
  }
}
