import { afterAll, expect } from 'vitest';
import { checkKind, evaluateCheck } from '../../src/checks/index.ts';
import type {
  CheckContext,
  CheckSpec,
  DnsOutcome,
  EtcdEndpointFacts,
  EtcdMemberFacts,
  ExecResult,
  Failure,
  FileStat,
  HttpOutcome,
  HttpQuery,
  JournalLine,
  MachineState,
  PortOutcome,
  UnitStatus,
} from '../../src/checks/types.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { loadTopology } from '../../src/machines/topology.ts';

export const nowMs = Date.UTC(2026, 10, 21);

export interface FakeFile {
  readonly content: string;
  readonly mode?: number;
}

/** Everything a context answers, set by a test; the rest is empty. A file given as text has mode 0644. */
export interface World {
  files?: Record<string, string | FakeFile>;
  machineFiles?: Record<string, Record<string, string | FakeFile>>;
  folders?: readonly string[];
  states?: Record<string, MachineState>;
  units?: Record<string, Partial<UnitStatus>>;
  journal?: readonly (Partial<JournalLine> & { readonly message: string })[];
  exec?: (host: string, command: string) => ExecResult;
  http?: (query: HttpQuery) => HttpOutcome;
  port?: (address: string, port: number) => PortOutcome;
  dns?: DnsOutcome;
  endpoints?: readonly EtcdEndpointFacts[];
  members?: readonly EtcdMemberFacts[];
  etcdGet?: () => Uint8Array | undefined;
  /** Default: hard-way. */
  topology?: string;
}

export const ok = (stdout = ''): ExecResult => ({ exitCode: 0, stdout, stderr: '' });
const absent: UnitStatus = {
  loadState: 'not-found',
  enabled: false,
  activeState: 'inactive',
  subState: 'dead',
};

export function fakeContext(world: World = {}, clock = new FakeClock(nowMs)): CheckContext {
  const find = (host: string, path: string) =>
    host === 'jumpbox' ? world.files?.[path] : world.machineFiles?.[host]?.[path];
  const read = async (host: string, path: string) => {
    const file = find(host, path);
    if (file === undefined || world.folders?.includes(path)) return undefined;
    return Buffer.from(typeof file === 'string' ? file : file.content);
  };
  const stat = async (host: string, path: string): Promise<FileStat | undefined> => {
    if (world.folders?.includes(path)) return { type: 'directory', mode: 0o755, size: 4096 };
    const file = find(host, path);
    if (file === undefined) return undefined;
    const { content, mode = 0o644 } = typeof file === 'string' ? { content: file } : file;
    return { type: 'file', mode, size: content.length };
  };
  const exec = async (host: string, command: string) => world.exec?.(host, command) ?? ok();
  return {
    topology: loadTopology(world.topology ?? 'hard-way'),
    clock,
    jumpbox: {
      readFile: (path) => read('jumpbox', path),
      stat: (path) => stat('jumpbox', path),
      exec: (command) => exec('jumpbox', command),
    },
    machines: {
      state: async (machine) => world.states?.[machine] ?? 'running',
      readFile: read,
      stat,
      unit: async (machine, unit) => ({ ...absent, ...world.units?.[`${machine}:${unit}`] }),
      journal: async () => (world.journal ?? []).map((line) => ({ identifier: 'program', pid: 7, ...line })),
      exec,
    },
    network: {
      http: async (query) =>
        world.http?.(query) ?? { layer: 'connect', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
      port: async (address, port) => world.port?.(address, port) ?? { open: true },
      dns: async () => world.dns ?? { status: 'NOERROR', addresses: [] },
    },
    etcd: {
      endpoints: async () => world.endpoints ?? [],
      members: async () => world.members ?? [],
      get: async () => world.etcdGet?.(),
    },
  };
}

/**
 * Helpers for the tests of one kind. At the end of the file every reason of the kind must have been produced: a reason that
 * no test can produce is one that nobody has seen.
 */
export function testKind(kind: string, covered: { readonly elsewhere?: readonly string[] } = {}) {
  const seen = new Set<string>(covered.elsewhere);
  afterAll(() => {
    const unseen = Object.keys(checkKind(kind).reasons).filter((reason) => !seen.has(reason));
    expect(unseen, `reasons of ${kind} that no test produced`).toEqual([]);
  });
  const spec = (parameters: Record<string, unknown>): CheckSpec => ({
    kind,
    title: 'a check',
    fix: '04-chapter/step',
    ...parameters,
  });
  return {
    async passes(parameters: Record<string, unknown>, world: World = {}): Promise<void> {
      expect(await evaluateCheck(spec(parameters), fakeContext(world))).toEqual({ state: 'pass' });
    },
    /** Asserts the first finding's reason and message, and gives the result. */
    async fails(
      parameters: Record<string, unknown>,
      world: World,
      reason: string,
      message: string | RegExp,
    ): Promise<Failure> {
      const result = await evaluateCheck(spec(parameters), fakeContext(world));
      if (result.state !== 'fail') throw new Error(`expected a failure, got ${JSON.stringify(result)}`);
      expect(result.reason).toBe(reason);
      if (typeof message === 'string') expect(result.message).toBe(message);
      else expect(result.message).toMatch(message);
      expect(result.fix.step).toBe('04-chapter/step');
      for (const text of [result.expected, result.found, result.where, result.fix.remedy])
        expect(text).not.toBe('');
      seen.add(reason);
      for (const finding of result.also) seen.add(finding.reason);
      return result;
    },
  };
}

/** What every kind that looks at a machine says when it cannot. */
export const machineTroubles = async (
  fails: ReturnType<typeof testKind>['fails'],
  spec: Record<string, unknown>,
  machine: string,
) => {
  await fails(spec, { states: { [machine]: 'off' } }, 'machine-off', /is switched off/);
  await fails(spec, { states: { [machine]: 'missing' } }, 'machine-missing', /does not exist yet/);
};
