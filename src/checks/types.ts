import type { Clock } from '../lib/clock.ts';
import type { Topology } from '../machines/topology.ts';

/**
 * A check as lab.yaml spells it: the kind, a title for the reader, and the parameters of the kind (see kinds/*.ts).
 * Values are already rendered: no `{{ }}` is left in them.
 */
export interface CheckSpec {
  readonly kind: string;
  readonly title: string;
  /** Unique among the checks of its step; `needs` of other checks name it. */
  readonly id?: string;
  /** Ids of checks that must pass first; when one does not, this check is blocked and not evaluated. */
  readonly needs?: readonly string[];
  /** The step to go back to when this check fails, such as `04-certificate-authority/kubernetes`. */
  readonly fix?: string;
  readonly [parameter: string]: unknown;
}

/** What to do about a failure: a command or sentence, and the step where it belongs. */
export interface Fix {
  readonly step?: string;
  readonly remedy: string;
}

/** One thing that is wrong. */
export interface Finding<Reason extends string = string> {
  readonly reason: Reason;
  /** One or two sentences: what is wrong and what breaks because of it. */
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  /** File, machine, unit or address, such as `controller-0:/etc/etcd/ca.pem`. */
  readonly where: string;
  /** What to do, without the step: the specification knows that. */
  readonly remedy: string;
}

export type CheckResult =
  | { readonly state: 'pass' }
  | Failure
  | { readonly state: 'blocked'; readonly by: readonly string[] }
  | { readonly state: 'error'; readonly message: string };

export interface Failure {
  readonly state: 'fail';
  readonly reason: string;
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  readonly where: string;
  readonly fix: Fix;
  /** What else is wrong, in the order of importance. */
  readonly also: readonly Finding[];
}

/** `jumpbox` (the learner's workspace and computer) or the name of a machine. */
export type Host = string;
export const jumpbox: Host = 'jumpbox';

export interface FileStat {
  readonly type: 'file' | 'directory' | 'other';
  /** Permission bits only, such as 0o600. */
  readonly mode: number;
  readonly size: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As systemd tells it: LoadState, UnitFileState, ActiveState, SubState. */
export interface UnitStatus {
  readonly loadState: 'loaded' | 'not-found' | 'bad-setting' | 'error' | 'masked';
  readonly enabled: boolean;
  /** `active`, `activating`, `inactive`, `failed`, `deactivating`. */
  readonly activeState: string;
  /** `running`, `dead`, `auto-restart`, `failed` … */
  readonly subState: string;
  /** Why the last run ended, in systemd's words: `success`, `exit-code`, `signal`, `timeout`, `start-limit-hit` … */
  readonly result?: string;
  /** Since when the unit is in this state, milliseconds since the epoch. */
  readonly since?: number;
  /** How often systemd has started it again by itself since somebody last started it. */
  readonly restarts?: number;
}

/** A line of a journal: what was said, and which process said it (`systemd` for what systemd says of the unit). */
export interface JournalLine {
  readonly identifier: string;
  readonly pid: number;
  readonly message: string;
}

export type MachineState = 'running' | 'off' | 'missing';

/** What checks ask of machines; `jumpbox` is no machine here. Implemented over src/machines/client.ts, faked in tests. */
export interface MachineAccess {
  state(machine: string): Promise<MachineState>;
  /** Undefined: there is no such file. */
  readFile(machine: string, path: string): Promise<Uint8Array | undefined>;
  stat(machine: string, path: string): Promise<FileStat | undefined>;
  unit(machine: string, unit: string): Promise<UnitStatus>;
  /** The last lines of a unit's journal, oldest first. */
  journal(machine: string, unit: string, lines: number): Promise<readonly JournalLine[]>;
  /** Runs a shell command line on the machine, as `ssh MACHINE COMMAND` would. */
  exec(machine: string, command: string): Promise<ExecResult>;
}

/** The learner's side: files of the workspace (relative paths) and commands in the lab's shell. */
export interface JumpboxAccess {
  readFile(path: string): Promise<Uint8Array | undefined>;
  stat(path: string): Promise<FileStat | undefined>;
  /** Runs a shell command line in the workspace with the lab's tools first on the PATH. */
  exec(command: string): Promise<ExecResult>;
}

export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface HttpQuery {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: TlsMaterial;
  readonly timeoutMs?: number;
}

/** What became of a request; the layers below HTTP are told apart, because they have different causes. */
export type HttpOutcome =
  | {
      readonly layer: 'http';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      readonly layer: 'connect';
      /** `ECONNREFUSED`, `ETIMEDOUT`, `EHOSTUNREACH`, `ECONNRESET`, `ENOTFOUND` … */
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly layer: 'tls';
      /** OpenSSL's or Node's code: `ERR_TLS_CERT_ALTNAME_INVALID`, `UNABLE_TO_VERIFY_LEAF_SIGNATURE` … */
      readonly code: string;
      readonly message: string;
    };

export interface EtcdEndpointFacts {
  readonly endpoint: string;
  /** Undefined when the endpoint answered. */
  readonly error?: string;
  readonly memberId?: string;
  readonly leaderId?: string;
  readonly term?: string;
  /** Of the last entry in the member's log. */
  readonly raftIndex?: string;
  readonly version?: string;
  /** Why a linearizable read failed, or undefined when it was answered: only with a quorum it is. */
  readonly unhealthy?: string;
}

export interface EtcdMemberFacts {
  readonly id: string;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
}

export interface EtcdAccess {
  /** Status of each endpoint; never throws for one that does not answer. */
  endpoints(endpoints: readonly string[], tls: TlsMaterial): Promise<readonly EtcdEndpointFacts[]>;
  /** Asked of the first endpoint that answers; throws when none does. */
  members(endpoints: readonly string[], tls: TlsMaterial): Promise<readonly EtcdMemberFacts[]>;
  /** Raw bytes of a key; undefined: no such key. Throws when no endpoint answers. */
  get(endpoints: readonly string[], tls: TlsMaterial, key: string): Promise<Uint8Array | undefined>;
}

export interface PortOutcome {
  readonly open: boolean;
  /** Node's error code when it is not open. */
  readonly code?: string;
}

export interface DnsOutcome {
  /** NOERROR, NXDOMAIN, SERVFAIL, REFUSED; or the error code when no answer came (ETIMEDOUT, EHOSTUNREACH …). */
  readonly status: string;
  readonly addresses: readonly string[];
}

/** Requests as they leave the jumpbox, over the lab's network. */
export interface NetworkAccess {
  http(query: HttpQuery): Promise<HttpOutcome>;
  port(address: string, port: number, timeoutMs: number): Promise<PortOutcome>;
  dns(server: string, name: string, type: 'A' | 'SRV' | 'PTR', timeoutMs: number): Promise<DnsOutcome>;
}

/** All that an evaluation may know of the world. Checks only read. */
export interface CheckContext {
  readonly topology: Topology;
  readonly clock: Clock;
  readonly jumpbox: JumpboxAccess;
  readonly machines: MachineAccess;
  readonly network: NetworkAccess;
  readonly etcd: EtcdAccess;
  /** Ends waiting (`wait:` of a check) early; the check then tells what it saw last. */
  readonly signal?: AbortSignal;
}

/** One kind of check: a file in kinds/. */
export interface CheckKind<Reason extends string = string> {
  readonly kind: string;
  /** Every reason that a finding can have, with what it means: `dev check` wants a text for each. */
  readonly reasons: Readonly<Record<Reason, string>>;
  /**
   * Reads the parameters and returns the evaluation. Throws LabError for a parameter that is missing, unknown or of the
   * wrong type, so that `dev check` can refuse a pack without evaluating anything.
   */
  prepare(spec: CheckSpec): (context: CheckContext) => Promise<readonly Finding<Reason>[]>;
}
