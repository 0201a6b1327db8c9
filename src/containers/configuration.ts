import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { errorCode, errorMessage, LabError } from '../lib/errors.ts';

/** What this runtime reads of containerd's config.toml, in the layouts of version 2 (1.x) and version 3 (2.x). */
export interface Configuration {
  readonly root: string;
  readonly state: string;
  readonly address: string;
  readonly cni: { readonly binDir: string; readonly confDir: string };
  readonly defaultRuntime: string;
  /** Names of the runtimes that a pod's runtimeClass may ask for. */
  readonly runtimes: readonly string[];
  readonly streaming: { readonly address: string; readonly port: number };
}

const defaultConfiguration: Configuration = {
  root: '/var/lib/containerd',
  state: '/run/containerd',
  address: '/run/containerd/containerd.sock',
  cni: { binDir: '/opt/cni/bin', confDir: '/etc/cni/net.d' },
  defaultRuntime: 'runc',
  runtimes: ['runc'],
  streaming: { address: '127.0.0.1', port: 0 },
};

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Settings that mean nothing where there is neither a kernel to configure nor a registry to reach. */
const withoutEffect: ReadonlySet<string> = new Set(
  (
    'version oom_score imports disabled_plugins required_plugins grpc.gid grpc.uid grpc.max_recv_message_size grpc.max_send_message_size ' +
    'cri.enable_selinux cri.selinux_category_range cri.max_container_log_line_size cri.disable_apparmor cri.restrict_oom_score_adj ' +
    'cri.disable_proc_mount cri.unset_seccomp_profile cri.tolerate_missing_hugetlb_controller cri.device_ownership_from_security_context ' +
    'cri.enable_unprivileged_ports cri.enable_unprivileged_icmp cri.enable_cdi cri.cdi_spec_dirs cri.ignore_image_defined_volumes ' +
    'cri.drain_exec_sync_io_timeout cri.stats_collect_period cri.stream_idle_timeout cri.registry.config_path cri.cni.max_conf_num ' +
    'cri.cni.setup_serially cri.containerd.snapshotter cri.containerd.discard_unpacked_layers cri.containerd.ignore_rdt_not_enabled_errors ' +
    'cri.containerd.ignore_blockio_not_enabled_errors cri.sandbox_image cri.pinned_images'
  ).split(' '),
);

/** Settings that would change what a learner sees, and that are not done here. */
const unsupported: ReadonlySet<string> = new Set([
  'cri.cni.conf_template',
  'cri.enable_tls_streaming',
  'cri.netns_mounts_under_state_dir',
  'grpc.tcp_address',
]);

/** The CRI plugin's names in both layouts; version 3 moved some settings to the image plugin. */
const criPlugins: readonly string[] = [
  'io.containerd.grpc.v1.cri',
  'io.containerd.cri.v1.runtime',
  'io.containerd.cri.v1.images',
];
const sections: readonly string[] = ['grpc', 'cri.cni', 'cri.containerd', 'cri.registry'];

/** All settings of a file by their paths; those of the CRI plugin begin with `cri`, whatever the layout calls it. */
function* settingsOf(table: Table, prefix = ''): Generator<readonly [path: string, value: unknown]> {
  for (const [key, value] of Object.entries(table)) {
    const path = `${prefix}${key}`;
    if (path === 'plugins' && isTable(value)) {
      for (const [name, plugin] of Object.entries(value)) {
        if (criPlugins.includes(name) && isTable(plugin)) yield* settingsOf(plugin, 'cri.');
        else yield [`plugins.${JSON.stringify(name)}`, plugin];
      }
    } else if (sections.includes(path) && isTable(value)) yield* settingsOf(value, `${path}.`);
    else yield [path, value];
  }
}

type Draft = { -readonly [K in keyof Configuration]: Configuration[K] };

/** What the settings that are texts change. */
const textSettings: Readonly<Record<string, (draft: Draft, text: string) => Partial<Configuration>>> = {
  root: (_, root) => ({ root }),
  state: (_, state) => ({ state }),
  'grpc.address': (_, address) => ({ address }),
  'cri.cni.bin_dir': ({ cni }, binDir) => ({ cni: { ...cni, binDir } }),
  'cri.cni.conf_dir': ({ cni }, confDir) => ({ cni: { ...cni, confDir } }),
  'cri.containerd.default_runtime_name': (_, defaultRuntime) => ({ defaultRuntime }),
  'cri.stream_server_address': ({ streaming }, address) => ({ streaming: { ...streaming, address } }),
  'cri.stream_server_port': ({ streaming }, port) => ({ streaming: { ...streaming, port: Number(port) } }),
};

/**
 * Reads the text of a config.toml. Throws LabError for TOML that is none, a version that is unknown, a setting of the
 * wrong type or one that the lab refuses; `warn` hears of keys that containerd would not know either.
 */
export function parseConfiguration(text: string, file: string, warn: (key: string) => void): Configuration {
  const refuse = (what: string, remedy?: string) =>
    new LabError(`containerd: failed to load TOML: ${what}`, { where: file, ...(remedy && { remedy }) });
  let root: Table;
  try {
    root = parse(text);
  } catch (error) {
    throw refuse(errorMessage(error).split('\n')[0]!);
  }
  const version = root.version ?? 1;
  if (version !== 2 && version !== 3) {
    throw refuse(
      `unsupported config version ${String(version)}`,
      'write `version = 3` (or 2) as its first line',
    );
  }
  const draft: Draft = { ...defaultConfiguration };
  for (const [path, value] of settingsOf(root)) {
    // Version 3 has a list where version 2 had one folder; plugins are looked for in the first.
    const [key, given] = path === 'cri.cni.bin_dirs' ? ['cri.cni.bin_dir', [value].flat()[0]] : [path, value];
    const change = textSettings[key];
    if (change !== undefined) {
      if (typeof given !== 'string') throw refuse(`${path} must be a string`);
      Object.assign(draft, change(draft, given));
    } else if (path === 'cri.containerd.runtimes' && isTable(value)) {
      draft.runtimes = Object.keys(value);
      for (const [name, runtime] of Object.entries(value)) {
        const type = isTable(runtime) ? runtime.runtime_type : undefined;
        if (type !== undefined && type !== 'io.containerd.runc.v2')
          throw refuse(
            `runtime ${JSON.stringify(name)} has runtime_type ${JSON.stringify(type)}, which the lab does not have`,
            'use runtime_type = "io.containerd.runc.v2"',
          );
      }
    } else if (unsupported.has(path)) {
      if (value !== false && value !== '')
        throw refuse(
          `${path.replace(/^cri\./, '')} is not supported by the lab's containerd`,
          'remove that line',
        );
    } else if (!withoutEffect.has(path)) warn(path);
  }
  if (!draft.runtimes.includes(draft.defaultRuntime)) {
    throw refuse(
      `invalid plugin config: no corresponding runtime configured in \`containerd.runtimes\` for \`containerd\` \`default_runtime_name = "${draft.defaultRuntime}"\``,
    );
  }
  return draft;
}

/** Reads the file; without one that is there, containerd's defaults apply. */
export function readConfiguration(file: string, warn: (key: string) => void): Configuration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return defaultConfiguration;
    throw new LabError(`containerd: ${errorMessage(error)}`, { where: file });
  }
  return parseConfiguration(text, file, warn);
}
