import type { UnitCommand } from './command-line.ts';

export const serviceTypes = ['simple', 'exec', 'notify', 'oneshot'] as const;
export type ServiceType = (typeof serviceTypes)[number];

export const restartPolicies = [
  'no',
  'always',
  'on-success',
  'on-failure',
  'on-abnormal',
  'on-abort',
  'on-watchdog',
] as const;
export type RestartPolicy = (typeof restartPolicies)[number];

export const killModes = ['control-group', 'mixed', 'process', 'none'] as const;

/** A service as its file describes it. Durations are milliseconds. */
export interface ServiceUnit {
  readonly name: string;
  /** The file as the machine sees it. */
  readonly path: string;
  readonly text: string;
  readonly description: string;
  readonly documentation: readonly string[];
  readonly after: readonly string[];
  readonly before: readonly string[];
  readonly requires: readonly string[];
  readonly wants: readonly string[];
  readonly wantedBy: readonly string[];
  readonly requiredBy: readonly string[];
  readonly aliases: readonly string[];
  readonly type: ServiceType;
  readonly execStartPre: readonly UnitCommand[];
  readonly execStart: readonly UnitCommand[];
  readonly execStartPost: readonly UnitCommand[];
  readonly execReload: readonly UnitCommand[];
  readonly execStop: readonly UnitCommand[];
  readonly execStopPost: readonly UnitCommand[];
  readonly environment: Readonly<Record<string, string>>;
  readonly environmentFiles: readonly { readonly path: string; readonly optional: boolean }[];
  readonly workingDirectory: string | undefined;
  readonly restart: RestartPolicy;
  readonly restartSecMs: number;
  readonly startLimitIntervalMs: number;
  readonly startLimitBurst: number;
  readonly timeoutStartMs: number;
  readonly timeoutStopMs: number;
  readonly killMode: (typeof killModes)[number];
  readonly killSignal: NodeJS.Signals;
  readonly remainAfterExit: boolean;
  readonly successExitStatus: readonly (number | string)[];
  readonly restartPreventExitStatus: readonly (number | string)[];
  readonly syslogIdentifier: string | undefined;
  readonly stateDirectories: readonly string[];
  readonly warnings: readonly string[];
  /** Set when the unit cannot be started: systemd's `bad-setting`. */
  readonly error: string | undefined;
}
