import { readFileSync } from 'node:fs';
import { LabError } from '../lib/errors.ts';
import { writeFileAtomicSync } from '../lib/files.ts';

/** What is remembered of a step. Kept by the step's name, so that a pack may add or move steps. */
export interface StepRecord {
  /** When all its checks first passed, ISO 8601. */
  readonly done?: string;
  /** Failed checks by the learner since it was last green: every third one offers the next hint. */
  readonly failures?: number;
  /** How many hints the learner has opened. */
  readonly hints?: number;
}

interface ProgressFile {
  readonly version: 1;
  readonly pack: string;
  readonly steps: Readonly<Record<string, StepRecord>>;
}

/** Where progress is kept. The file is replaced as a whole, so a crash leaves the old one or the new one. */
export interface ProgressStore {
  get(ref: string): StepRecord;
  set(ref: string, record: StepRecord): void;
  remove(refs: Iterable<string>): void;
  /** True when nothing is recorded. */
  readonly empty: boolean;
  /** Reads again what another command may have written. */
  reload(): void;
}

/** Throws {@link LabError} when the file is there but is not ours. */
function read(path: string): Record<string, StepRecord> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  try {
    const file = JSON.parse(text) as ProgressFile;
    if (file.version === 1 && typeof file.steps === 'object') return { ...file.steps };
  } catch {
    // Falls through to the error below: a damaged file must not look like an empty one.
  }
  throw new LabError('the progress file cannot be read', {
    where: path,
    remedy: 'move it away; `k8s-lab check` finds again what is done',
  });
}

export function openProgress(path: string, pack: string): ProgressStore {
  let steps = read(path);
  const save = () => {
    const file: ProgressFile = { version: 1, pack, steps };
    writeFileAtomicSync(path, `${JSON.stringify(file, null, 2)}\n`);
  };
  return {
    get: (ref) => steps[ref] ?? {},
    set(ref, record) {
      steps = { ...read(path), [ref]: record };
      save();
    },
    remove(refs) {
      steps = read(path);
      for (const ref of refs) delete steps[ref];
      save();
    },
    get empty() {
      return Object.keys(steps).length === 0;
    },
    reload() {
      steps = read(path);
    },
  };
}
