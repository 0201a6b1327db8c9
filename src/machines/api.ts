/** The words that labd and its clients share: what travels over labd.sock as JSON. */

export type PowerState = 'on' | 'off';
export type LinkState = 'up' | 'down';
export type ActiveState = 'active' | 'inactive' | 'activating' | 'deactivating' | 'failed' | 'reloading';

export interface UnitStatus {
  /** With its suffix: `etcd.service`. */
  readonly name: string;
  readonly description: string;
  readonly loadState: 'loaded' | 'not-found' | 'bad-setting';
  readonly activeState: ActiveState;
  /** systemd's word for the finer state: `running`, `exited`, `dead`, `auto-restart`, `start-pre` … */
  readonly subState: string;
  /** Why the last run ended: `success`, `exit-code`, `signal`, `timeout`, `start-limit-hit` … */
  readonly result: string;
  readonly pid: number | undefined;
  /** Milliseconds since the epoch of the last change of the active state. */
  readonly since: number | undefined;
  /** Automatic restarts since the last manual start. */
  readonly restarts: number;
  readonly enabled: boolean;
  /** Bytes resident, where the platform tells. */
  readonly memory: number | undefined;
}

export interface MachineStatus {
  readonly name: string;
  readonly roles: readonly string[];
  readonly address: string;
  readonly podCidr: string | undefined;
  readonly power: PowerState;
  readonly link: LinkState;
  readonly bootId: string | undefined;
  readonly units: readonly UnitStatus[];
}

export interface JournalEntry {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly bootId: string;
  readonly unit: string | undefined;
  /** The program's name as journalctl shows it: `etcd`, `systemd`, `kernel`. */
  readonly identifier: string;
  readonly pid: number;
  /** syslog's: 3 error, 4 warning, 6 info. */
  readonly priority: number;
  readonly message: string;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export type LabEvent =
  | { readonly type: 'unit'; readonly machine: string; readonly unit: UnitStatus }
  | { readonly type: 'power'; readonly machine: string; readonly power: PowerState }
  | { readonly type: 'link'; readonly machine: string; readonly link: LinkState };

export interface LabInfo {
  readonly version: string;
  readonly pid: number;
  readonly runtimeDir: string;
  readonly workspace: string;
  /** Port of the CONNECT proxy on 127.0.0.1; undefined while there is none. */
  readonly proxyPort: number | undefined;
  /** Processes of the machines, by pid. */
  readonly processes: readonly { readonly pid: number; readonly machine: string; readonly name: string }[];
}

export interface JournalQuery {
  readonly unit?: string;
  /** The newest so many entries. */
  readonly lines?: number;
  readonly follow?: boolean;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly until?: number;
  /** Only entries of the current boot. */
  readonly thisBoot?: boolean;
}

export interface ExecRequest {
  readonly command: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** One line of the answer to an exec: base64 of bytes as they come, then the exit code. */
export type ExecFrame =
  | { readonly stream: 'stdout' | 'stderr'; readonly data: string }
  | { readonly exitCode: number };
