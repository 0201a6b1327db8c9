import { readFileSync, renameSync } from 'node:fs';
import { errorCode } from '../../lib/errors.ts';
import { writeFileAtomicSync } from '../../lib/files.ts';
import { isRecord } from '../../lib/is-record.ts';
import type { Route } from '../../usernet/state.ts';
import type { LinkState, PowerState } from '../api.ts';

export interface SavedMachine {
  readonly power: PowerState;
  readonly link: LinkState;
  readonly bootId: string | undefined;
  /** Names of the units that were started. */
  readonly running: readonly string[];
  /** Added by hand. The network's own state lies in the runtime folder, which the host's reboot empties. */
  readonly routes: readonly Route[];
}

/** What `.lab/units.json` holds, by the machines' names: enough to bring everything back after labd was killed. */
export type SavedState = Readonly<Record<string, SavedMachine>>;

/**
 * Nothing when there is no file yet, which is how every lab begins. A file that is damaged must not keep the lab from
 * starting: what can be read of it is taken, and the file is kept beside as `units.json.damaged`.
 */
export function readSavedState(path: string): SavedState {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {};
    throw error;
  }
  const machines = parse(text);
  if (machines === undefined) {
    renameSync(path, `${path}.damaged`);
    return {};
  }
  return Object.fromEntries(Object.entries(machines).map(([name, value]) => [name, readMachine(value)]));
}

export function writeSavedState(path: string, machines: SavedState): void {
  writeFileAtomicSync(path, `${JSON.stringify({ machines })}\n`, 0o600);
}

type Raw = Readonly<Record<string, unknown>>;

function parse(text: string): Raw | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && isRecord(value.machines) ? value.machines : undefined;
  } catch {
    return undefined;
  }
}

function readMachine(value: unknown): SavedMachine {
  const { power, link, bootId, running, routes }: Raw = isRecord(value) ? value : {};
  const list = (items: unknown): readonly unknown[] => (Array.isArray(items) ? items : []);
  return {
    power: power === 'on' ? 'on' : 'off',
    link: link === 'down' ? 'down' : 'up',
    bootId: typeof bootId === 'string' ? bootId : undefined,
    running: list(running).filter((name) => typeof name === 'string'),
    routes: list(routes).filter(isRoute),
  };
}

const isRoute = (value: unknown): value is Route =>
  isRecord(value) &&
  typeof value.to === 'string' &&
  ['undefined', 'string'].includes(typeof value.via) &&
  ['undefined', 'string'].includes(typeof value.device);
