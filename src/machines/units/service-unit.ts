import {
  expandSpecifiers,
  parseCommand,
  type SpecifierContext,
  splitWords,
  type UnitCommand,
} from './command-line.ts';
import { parseSystemdBoolean, parseTimeSpan, parseUnitFile, type Setting } from './unit-file.ts';

export type ServiceType = 'simple' | 'exec' | 'notify' | 'oneshot';
export type RestartPolicy =
  | 'no'
  | 'always'
  | 'on-success'
  | 'on-failure'
  | 'on-abnormal'
  | 'on-abort'
  | 'on-watchdog';
export type KillMode = 'control-group' | 'mixed' | 'process' | 'none';

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
  readonly killMode: KillMode;
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

/** Settings of real machines that mean nothing where processes share one kernel: accepted, since refusing a working unit would mislead. */
const accepted = new Set(
  (
    'LimitNOFILE LimitNPROC LimitCORE LimitMEMLOCK LimitSTACK LimitAS TasksMax Delegate OOMScoreAdjust User Group UMask Nice Slice ' +
    'StandardOutput StandardError StandardInput PIDFile NotifyAccess CPUAccounting MemoryAccounting IOAccounting MemoryMax MemoryHigh ' +
    'CPUQuota CPUWeight CPUShares IOSchedulingClass IOSchedulingPriority PermissionsStartOnly NoNewPrivileges PrivateTmp PrivateDevices ' +
    'ProtectSystem ProtectHome ProtectKernelTunables ProtectKernelModules ProtectControlGroups ReadWritePaths ReadOnlyPaths CapabilityBoundingSet AmbientCapabilities ' +
    'RestrictAddressFamilies SystemCallFilter SystemCallArchitectures LockPersonality MemoryDenyWriteExecute RestrictRealtime RestrictNamespaces ' +
    'RuntimeDirectoryMode StateDirectoryMode SendSIGKILL FinalKillSignal TimeoutAbortSec WatchdogSec SyslogLevel SyslogFacility LogLevelMax GuessMainPID RestartForceExitStatus'
  ).split(' '),
);
const unitAccepted = new Set(
  'BindsTo PartOf Conflicts Requisite OnFailure DefaultDependencies ConditionPathExists ConditionPathIsDirectory ConditionFileNotEmpty AssertPathExists StopWhenUnneeded RefuseManualStop RefuseManualStart AllowIsolate JobTimeoutSec IgnoreOnIsolate'.split(
    ' ',
  ),
);

const types: readonly string[] = ['simple', 'exec', 'notify', 'oneshot'];
const restartPolicies: readonly string[] = [
  'no',
  'always',
  'on-success',
  'on-failure',
  'on-abnormal',
  'on-abort',
  'on-watchdog',
];
const killModes: readonly string[] = ['control-group', 'mixed', 'process', 'none'];

/** Reads a unit file; whatever is wrong with it is in `warnings` and `error`, as systemd would log it. */
export function parseServiceUnit(text: string, path: string, context: SpecifierContext): ServiceUnit {
  const file = parseUnitFile(text, path);
  const warnings = [...file.warnings];
  const draft = {
    description: context.unit as string,
    documentation: [] as string[],
    after: [] as string[],
    before: [] as string[],
    requires: [] as string[],
    wants: [] as string[],
    wantedBy: [] as string[],
    requiredBy: [] as string[],
    aliases: [] as string[],
    type: undefined as ServiceType | undefined,
    execStartPre: [] as UnitCommand[],
    execStart: [] as UnitCommand[],
    execStartPost: [] as UnitCommand[],
    execReload: [] as UnitCommand[],
    execStop: [] as UnitCommand[],
    execStopPost: [] as UnitCommand[],
    environment: {} as Record<string, string>,
    environmentFiles: [] as { path: string; optional: boolean }[],
    workingDirectory: undefined as string | undefined,
    restart: 'no' as RestartPolicy,
    restartSecMs: 100,
    startLimitIntervalMs: 10_000,
    startLimitBurst: 5,
    timeoutStartMs: 90_000,
    timeoutStopMs: 90_000,
    killMode: 'control-group' as KillMode,
    killSignal: 'SIGTERM' as NodeJS.Signals,
    remainAfterExit: false,
    successExitStatus: [] as (number | string)[],
    restartPreventExitStatus: [] as (number | string)[],
    syslogIdentifier: undefined as string | undefined,
    stateDirectories: [] as string[],
  };
  let error: string | undefined;

  const bad = (setting: Setting, what: string) =>
    warnings.push(`${path}:${setting.line}: ${what}: ${setting.value}`);
  const expand = (value: string) => expandSpecifiers(value, context);
  const words = (list: string[]) => (setting: Setting) => {
    if (setting.value === '') list.length = 0;
    else list.push(...splitWords(expand(setting.value)));
  };
  const commands = (list: UnitCommand[]) => (setting: Setting) => {
    if (setting.value === '') {
      list.length = 0;
      return;
    }
    try {
      list.push(parseCommand(setting.value, context));
    } catch (cause) {
      warnings.push(`${path}:${setting.line}: ${(cause as Error).message}, ignoring: ${setting.value}`);
    }
  };
  const duration = (assign: (ms: number) => void) => (setting: Setting) => {
    const ms = parseTimeSpan(setting.value);
    if (ms === undefined) bad(setting, `Failed to parse ${setting.key}= value, ignoring`);
    else assign(ms);
  };
  const oneOf =
    <T extends string>(values: readonly string[], assign: (value: T) => void) =>
    (setting: Setting) => {
      if (values.includes(setting.value)) assign(setting.value as T);
      else bad(setting, `Failed to parse ${setting.key}= value, ignoring`);
    };
  const statuses = (list: (number | string)[]) => (setting: Setting) => {
    for (const word of splitWords(setting.value)) list.push(/^\d+$/.test(word) ? Number(word) : word);
  };
  const folders = (base: string) => (setting: Setting) => {
    draft.stateDirectories.push(...splitWords(expand(setting.value)).map((name) => `${base}/${name}`));
  };

  const apply = (read: (setting: Setting) => void) => read;
  const startLimitInterval = duration((ms) => {
    draft.startLimitIntervalMs = ms;
  });
  const startLimitBurst = (setting: Setting) => {
    if (/^\d+$/.test(setting.value)) draft.startLimitBurst = Number(setting.value);
    else bad(setting, 'Failed to parse StartLimitBurst= value, ignoring');
  };
  const known: Readonly<Record<string, Readonly<Record<string, (setting: Setting) => void>>>> = {
    Unit: {
      Description: apply((setting) => {
        draft.description = expand(setting.value);
      }),
      Documentation: words(draft.documentation),
      After: words(draft.after),
      Before: words(draft.before),
      Requires: words(draft.requires),
      Wants: words(draft.wants),
      StartLimitIntervalSec: startLimitInterval,
      StartLimitInterval: startLimitInterval,
      StartLimitBurst: startLimitBurst,
    },
    Install: {
      WantedBy: words(draft.wantedBy),
      RequiredBy: words(draft.requiredBy),
      Alias: words(draft.aliases),
      Also: apply(() => {}),
    },
    Service: {
      Type: apply((setting) => {
        if (types.includes(setting.value)) draft.type = setting.value as ServiceType;
        else if (['forking', 'dbus', 'idle', 'notify-reload'].includes(setting.value)) {
          error = `Type=${setting.value} is not supported by k8s-lab: use simple, exec, notify or oneshot`;
          warnings.push(`${path}:${setting.line}: ${error}`);
        } else bad(setting, 'Failed to parse service type, ignoring');
      }),
      ExecStartPre: commands(draft.execStartPre),
      ExecStart: commands(draft.execStart),
      ExecStartPost: commands(draft.execStartPost),
      ExecReload: commands(draft.execReload),
      ExecStop: commands(draft.execStop),
      ExecStopPost: commands(draft.execStopPost),
      Environment: apply((setting) => {
        if (setting.value === '') draft.environment = {};
        for (const word of splitWords(expand(setting.value))) {
          const at = word.indexOf('=');
          if (at < 1) bad(setting, 'Invalid environment assignment, ignoring');
          else draft.environment[word.slice(0, at)] = word.slice(at + 1);
        }
      }),
      EnvironmentFile: apply((setting) => {
        if (setting.value === '') draft.environmentFiles = [];
        else {
          const optional = setting.value.startsWith('-');
          draft.environmentFiles.push({ path: expand(setting.value.slice(optional ? 1 : 0)), optional });
        }
      }),
      WorkingDirectory: apply((setting) => {
        draft.workingDirectory = expand(setting.value.replace(/^-/, '')).replace(/^~$/, '/root');
      }),
      Restart: oneOf<RestartPolicy>(restartPolicies, (value) => {
        draft.restart = value;
      }),
      RestartSec: duration((ms) => {
        draft.restartSecMs = ms;
      }),
      StartLimitInterval: startLimitInterval,
      StartLimitBurst: startLimitBurst,
      TimeoutStartSec: duration((ms) => {
        draft.timeoutStartMs = ms === 0 ? Number.POSITIVE_INFINITY : ms;
      }),
      TimeoutStopSec: duration((ms) => {
        draft.timeoutStopMs = ms === 0 ? Number.POSITIVE_INFINITY : ms;
      }),
      TimeoutSec: duration((ms) => {
        draft.timeoutStartMs = draft.timeoutStopMs = ms === 0 ? Number.POSITIVE_INFINITY : ms;
      }),
      KillMode: oneOf<KillMode>(killModes, (value) => {
        draft.killMode = value;
      }),
      KillSignal: oneOf<NodeJS.Signals>(
        ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL', 'SIGUSR1', 'SIGUSR2'],
        (value) => {
          draft.killSignal = value;
        },
      ),
      RemainAfterExit: apply((setting) => {
        draft.remainAfterExit = parseSystemdBoolean(setting.value) ?? false;
      }),
      SuccessExitStatus: statuses(draft.successExitStatus),
      RestartPreventExitStatus: statuses(draft.restartPreventExitStatus),
      SyslogIdentifier: apply((setting) => {
        draft.syslogIdentifier = expand(setting.value);
      }),
      StateDirectory: folders('/var/lib'),
      RuntimeDirectory: folders('/run'),
      LogsDirectory: folders('/var/log'),
      ConfigurationDirectory: folders('/etc'),
    },
  };

  for (const [section, settings] of file.sections) {
    const table = known[section];
    if (table === undefined) {
      if (!section.startsWith('X-')) warnings.push(`${path}: Unknown section '${section}'. Ignoring.`);
      continue;
    }
    for (const setting of settings) {
      const read = table[setting.key];
      if (read !== undefined) read(setting);
      else if (setting.key.startsWith('X-')) continue;
      else if (!(section === 'Service' ? accepted : unitAccepted).has(setting.key)) {
        warnings.push(
          `${path}:${setting.line}: Unknown key '${setting.key}' in section [${section}], ignoring.`,
        );
      }
    }
  }

  const type = draft.type ?? (draft.execStart.length === 0 ? 'oneshot' : 'simple');
  if (error === undefined && draft.execStart.length === 0 && draft.execStop.length === 0) {
    error = 'Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.';
    warnings.push(`${context.unit}: ${error}`);
  } else if (error === undefined && draft.execStart.length > 1 && type !== 'oneshot') {
    error =
      'Service has more than one ExecStart= setting, which is only allowed for Type=oneshot services. Refusing.';
    warnings.push(`${context.unit}: ${error}`);
  }
  for (const command of [...draft.execStart, ...draft.execStartPre]) {
    if (command.path.startsWith('/')) continue;
    // systemd looks a bare name up in a fixed path; the caller does so too. A relative path is an error.
    if (command.path.includes('/')) {
      error = `Neither a valid executable name nor an absolute path: ${command.path}`;
      warnings.push(`${path}: ${error}`);
    }
  }
  return { name: context.unit, path, text, ...draft, type, warnings, error };
}
