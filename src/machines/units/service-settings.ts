import {
  expandSpecifiers,
  parseCommand,
  type SpecifierContext,
  splitWords,
  type UnitCommand,
} from './command-line.ts';
import {
  killModes,
  restartPolicies,
  type ServiceType,
  type ServiceUnit,
  serviceTypes,
} from './service-unit.ts';
import { parseSystemdBoolean, parseTimeSpan, type Setting } from './unit-file.ts';

/** A service while its file is read: lists grow, and a later line replaces an earlier one. */
export type ServiceDraft = {
  -readonly [K in Exclude<
    keyof ServiceUnit,
    'name' | 'path' | 'text' | 'type'
  >]: ServiceUnit[K] extends readonly (infer T)[] ? T[] : ServiceUnit[K];
} & { type: ServiceType | undefined };

export interface Reading {
  readonly draft: ServiceDraft;
  readonly context: SpecifierContext;
  /** Notes what systemd would log about the setting, with its place and value. */
  warn(setting: Setting, what: string): void;
  /** The unit cannot be started because of the setting. */
  refuse(setting: Setting, why: string): void;
}

type SettingReader = (setting: Setting, reading: Reading) => void;

type KeysOf<T> = { [K in keyof ServiceDraft]: ServiceDraft[K] extends T ? K : never }[keyof ServiceDraft];

/** What a unit is without a line about it. Models systemd.service(5). */
export const emptyDraft = (unitName: string): ServiceDraft => ({
  description: unitName,
  documentation: [],
  after: [],
  before: [],
  requires: [],
  wants: [],
  wantedBy: [],
  requiredBy: [],
  aliases: [],
  type: undefined,
  execStartPre: [],
  execStart: [],
  execStartPost: [],
  execReload: [],
  execStop: [],
  execStopPost: [],
  environment: {},
  environmentFiles: [],
  workingDirectory: undefined,
  restart: 'no',
  restartSecMs: 100,
  startLimitIntervalMs: 10_000,
  startLimitBurst: 5,
  timeoutStartMs: 90_000,
  timeoutStopMs: 90_000,
  killMode: 'control-group',
  killSignal: 'SIGTERM',
  remainAfterExit: false,
  successExitStatus: [],
  restartPreventExitStatus: [],
  syslogIdentifier: undefined,
  stateDirectories: [],
  warnings: [],
  error: undefined,
});

/** An empty value takes back what the lines before it said. */
const words =
  (key: KeysOf<string[]>): SettingReader =>
  ({ value }, { draft, context }) => {
    if (value === '') draft[key] = [];
    else draft[key].push(...splitWords(expandSpecifiers(value, context)));
  };

const commands =
  (key: KeysOf<UnitCommand[]>): SettingReader =>
  (setting, { draft, context, warn }) => {
    if (setting.value === '') {
      draft[key] = [];
      return;
    }
    try {
      draft[key].push(parseCommand(setting.value, context));
    } catch (cause) {
      warn(setting, `${(cause as Error).message}, ignoring`);
    }
  };

const duration =
  (...keys: readonly KeysOf<number>[]): SettingReader =>
  (setting, { draft, warn }) => {
    const ms = parseTimeSpan(setting.value);
    if (ms === undefined) warn(setting, `Failed to parse ${setting.key}= value, ignoring`);
    else for (const key of keys) draft[key] = ms;
  };

/** A time-out of 0 is none. */
const timeout =
  (...keys: readonly KeysOf<number>[]): SettingReader =>
  (setting, reading) => {
    duration(...keys)(setting, reading);
    for (const key of keys) if (reading.draft[key] === 0) reading.draft[key] = Number.POSITIVE_INFINITY;
  };

const oneOf =
  <K extends 'restart' | 'killMode' | 'killSignal'>(
    key: K,
    values: readonly ServiceDraft[K][],
  ): SettingReader =>
  (setting, { draft, warn }) => {
    const value = values.find((one) => one === setting.value);
    if (value === undefined) warn(setting, `Failed to parse ${setting.key}= value, ignoring`);
    else draft[key] = value;
  };

const statuses =
  (key: 'successExitStatus' | 'restartPreventExitStatus'): SettingReader =>
  ({ value }, { draft }) => {
    for (const word of splitWords(value)) draft[key].push(/^\d+$/.test(word) ? Number(word) : word);
  };

const folders =
  (base: string): SettingReader =>
  ({ value }, { draft, context }) => {
    const names = splitWords(expandSpecifiers(value, context));
    draft.stateDirectories.push(...names.map((name) => `${base}/${name}`));
  };

/** systemd's other types. */
const otherTypes: readonly string[] = ['forking', 'dbus', 'idle', 'notify-reload'];
const killSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL', 'SIGUSR1', 'SIGUSR2'] as const;

const startLimitInterval = duration('startLimitIntervalMs');
const startLimitBurst: SettingReader = (setting, { draft, warn }) => {
  if (/^\d+$/.test(setting.value)) draft.startLimitBurst = Number(setting.value);
  else warn(setting, 'Failed to parse StartLimitBurst= value, ignoring');
};

/** The settings that do something, by section. */
export const settingReaders: Readonly<Record<string, Readonly<Record<string, SettingReader>>>> = {
  Unit: {
    Description: ({ value }, { draft, context }) => {
      draft.description = expandSpecifiers(value, context);
    },
    Documentation: words('documentation'),
    After: words('after'),
    Before: words('before'),
    Requires: words('requires'),
    Wants: words('wants'),
    StartLimitIntervalSec: startLimitInterval,
    StartLimitInterval: startLimitInterval,
    StartLimitBurst: startLimitBurst,
  },
  Install: {
    WantedBy: words('wantedBy'),
    RequiredBy: words('requiredBy'),
    Alias: words('aliases'),
    Also: () => {},
  },
  Service: {
    Type: (setting, { draft, warn, refuse }) => {
      const type = serviceTypes.find((one) => one === setting.value);
      if (type !== undefined) draft.type = type;
      else if (otherTypes.includes(setting.value))
        refuse(
          setting,
          `Type=${setting.value} is not supported by k8s-lab: use simple, exec, notify or oneshot`,
        );
      else warn(setting, 'Failed to parse service type, ignoring');
    },
    ExecStartPre: commands('execStartPre'),
    ExecStart: commands('execStart'),
    ExecStartPost: commands('execStartPost'),
    ExecReload: commands('execReload'),
    ExecStop: commands('execStop'),
    ExecStopPost: commands('execStopPost'),
    Environment: (setting, { draft, context, warn }) => {
      if (setting.value === '') draft.environment = {};
      for (const word of splitWords(expandSpecifiers(setting.value, context))) {
        const at = word.indexOf('=');
        if (at < 1) warn(setting, 'Invalid environment assignment, ignoring');
        else draft.environment = { ...draft.environment, [word.slice(0, at)]: word.slice(at + 1) };
      }
    },
    EnvironmentFile: ({ value }, { draft, context }) => {
      const optional = value.startsWith('-');
      const path = expandSpecifiers(value.slice(optional ? 1 : 0), context);
      draft.environmentFiles = value === '' ? [] : [...draft.environmentFiles, { path, optional }];
    },
    WorkingDirectory: ({ value }, { draft, context }) => {
      draft.workingDirectory = expandSpecifiers(value.replace(/^-/, ''), context).replace(/^~$/, '/root');
    },
    Restart: oneOf('restart', restartPolicies),
    RestartSec: duration('restartSecMs'),
    StartLimitInterval: startLimitInterval,
    StartLimitBurst: startLimitBurst,
    TimeoutStartSec: timeout('timeoutStartMs'),
    TimeoutStopSec: timeout('timeoutStopMs'),
    TimeoutSec: timeout('timeoutStartMs', 'timeoutStopMs'),
    KillMode: oneOf('killMode', killModes),
    KillSignal: oneOf('killSignal', killSignals),
    RemainAfterExit: ({ value }, { draft }) => {
      draft.remainAfterExit = parseSystemdBoolean(value) ?? false;
    },
    SuccessExitStatus: statuses('successExitStatus'),
    RestartPreventExitStatus: statuses('restartPreventExitStatus'),
    SyslogIdentifier: ({ value }, { draft, context }) => {
      draft.syslogIdentifier = expandSpecifiers(value, context);
    },
    StateDirectory: folders('/var/lib'),
    RuntimeDirectory: folders('/run'),
    LogsDirectory: folders('/var/log'),
    ConfigurationDirectory: folders('/etc'),
  },
};

/** Settings of real machines that mean nothing where processes share one kernel: accepted, since refusing a working unit would mislead. */
const acceptedOfService = new Set(
  (
    'LimitNOFILE LimitNPROC LimitCORE LimitMEMLOCK LimitSTACK LimitAS TasksMax Delegate OOMScoreAdjust User Group UMask Nice Slice ' +
    'StandardOutput StandardError StandardInput PIDFile NotifyAccess CPUAccounting MemoryAccounting IOAccounting MemoryMax MemoryHigh ' +
    'CPUQuota CPUWeight CPUShares IOSchedulingClass IOSchedulingPriority PermissionsStartOnly NoNewPrivileges PrivateTmp PrivateDevices ' +
    'ProtectSystem ProtectHome ProtectKernelTunables ProtectKernelModules ProtectControlGroups ReadWritePaths ReadOnlyPaths CapabilityBoundingSet AmbientCapabilities ' +
    'RestrictAddressFamilies SystemCallFilter SystemCallArchitectures LockPersonality MemoryDenyWriteExecute RestrictRealtime RestrictNamespaces ' +
    'RuntimeDirectoryMode StateDirectoryMode SendSIGKILL FinalKillSignal TimeoutAbortSec WatchdogSec SyslogLevel SyslogFacility LogLevelMax GuessMainPID RestartForceExitStatus'
  ).split(' '),
);
const acceptedOfUnit = new Set(
  'BindsTo PartOf Conflicts Requisite OnFailure DefaultDependencies ConditionPathExists ConditionPathIsDirectory ConditionFileNotEmpty AssertPathExists StopWhenUnneeded RefuseManualStop RefuseManualStart AllowIsolate JobTimeoutSec IgnoreOnIsolate'.split(
    ' ',
  ),
);

/** Whether systemd knows a setting that is read over here. */
export const isAccepted = (section: string, key: string): boolean =>
  (section === 'Service' ? acceptedOfService : acceptedOfUnit).has(key);
