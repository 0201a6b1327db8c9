import { expect, onTestFinished, vi } from 'vitest';
import type { ClusterFacts } from '../../src/tui/lab/facts.ts';
import type { TuiLab } from '../../src/tui/lab/port.ts';
import { frameLines } from '../../src/tui/screens/index.ts';
import { createController } from '../../src/tui/state/controller.ts';
import { createStore } from '../../src/tui/state/store.ts';
import { initialState, type UiState } from '../../src/tui/state/ui-state.ts';
import { plainText } from '../../src/tui/text/line.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { fakeLab } from '../course/fake-lab.ts';

export const sizes = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
];
export const plainTheme = createTheme({ color: false, ascii: false });

export const oneMachine: ClusterFacts = {
  machines: [
    {
      name: 'controller-0',
      roles: ['controller'],
      address: '10.240.0.10',
      podCidr: undefined,
      power: 'on',
      link: 'up',
      bootId: 'b',
      units: [],
    },
  ],
  etcd: [
    {
      machine: 'controller-0',
      endpoint: 'https://10.240.0.10:2379',
      leader: true,
      term: '7',
      index: '1234',
      memberId: 'a1',
      version: '3.6.5',
      error: undefined,
    },
  ],
  nodes: [],
  pods: undefined,
  apiError: undefined,
};

export interface ScreensOptions {
  readonly size?: { readonly columns: number; readonly rows: number };
  readonly theme?: ReturnType<typeof createTheme>;
  /** Files of the course that differ from those of the tiny pack. */
  readonly changes?: Readonly<Record<string, string>>;
  readonly cluster?: ClusterFacts;
  readonly lab?: Partial<TuiLab>;
  readonly openLab?: (lab: TuiLab) => Promise<TuiLab>;
  /** Leaves the screens as they are before the lab is opened. */
  readonly unopened?: boolean;
}

/** The screens over a course whose checks look at a world of names (test/course/fake-lab.ts). */
export async function openScreens(options: ScreensOptions = {}) {
  const { size = sizes[0]!, theme = plainTheme, cluster = oneMachine } = options;
  const world = fakeLab(options.changes === undefined ? {} : { changes: options.changes });
  const copied: string[] = [];
  const terminal = {
    copy: (text: string) => void copied.push(text),
    redraw: vi.fn(),
    shell: vi.fn(),
    quit: vi.fn(),
    fail: vi.fn(),
  };
  const lab: TuiLab = {
    course: world.course,
    machines: async () => cluster.machines,
    cluster: async () => cluster,
    async *journal(machine, unit) {
      for (const message of ['elected leader', 'ready to serve']) {
        yield { time: 0, bootId: 'b', unit, identifier: machine, pid: 1, priority: 6, message };
      }
    },
    power: async () => undefined,
    up: async () => undefined,
    async *changes() {},
    ...options.lab,
  };
  const store = createStore<UiState>(initialState(size, '/lab'));
  const controller = createController({
    store,
    theme,
    terminal,
    openLab: () => options.openLab?.(lab) ?? Promise.resolve(lab),
    examine: async () => [{ name: 'Node', state: 'good', found: 'v20' }],
  });
  onTestFinished(() => controller.end());
  if (options.unopened !== true) await controller.begin(undefined);
  const frame = () => frameLines(store.get(), theme).map(plainText);
  const text = () => frame().join('\n');
  const keys = (...names: string[]) => {
    for (const name of names) controller.key(name);
  };
  const until = (part: string) => vi.waitFor(() => expect(text()).toContain(part), 5000);
  return { world, lab, store, controller, terminal, frame, text, keys, until, copied };
}
