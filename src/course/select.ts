import { UsageError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import type { Chapter, Fault, Pack, Step } from './model.ts';

/** Things of that id, else those whose id begins so: one of them is the answer, several are a question. */
function byIdOrPrefix<T extends { readonly id: string }>(name: string, items: readonly T[]): readonly T[] {
  const exact = items.filter((item) => item.id === name);
  if (exact.length > 0) return exact;
  return items.filter((item) => item.id.startsWith(name));
}

/** A chapter by number (`4`, `04`), id, unique prefix, or its id without the number. Throws {@link UsageError}. */
export function selectChapter(pack: Pack, name: string): Chapter {
  if (/^\d+$/.test(name)) {
    const chapter = pack.chapters[Number(name) - 1];
    if (chapter !== undefined) return chapter;
    throw new UsageError(`there is no chapter ${name}`, {
      remedy: `chapters are 1 to ${pack.chapters.length}`,
    });
  }
  const bare = pack.chapters.map((chapter) => ({ id: chapter.id.replace(/^\d+-/, ''), chapter }));
  let found: readonly Chapter[] = byIdOrPrefix(name, pack.chapters);
  if (found.length === 0) found = byIdOrPrefix(name, bare).map((entry) => entry.chapter);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new UsageError(
      `${JSON.stringify(name)} could be ${found.map((chapter) => chapter.id).join(' or ')}`,
    );
  }
  const names = [...pack.chapters.map((chapter) => chapter.id), ...bare.map((entry) => entry.id)];
  throw new UsageError(`unknown chapter ${JSON.stringify(name)}`, {
    remedy: didYouMean(name, names) ?? '`k8s-lab list` shows them',
  });
}

export interface Selection {
  readonly chapter: Chapter;
  /** All steps of the chapter, or the one that was named. */
  readonly steps: readonly Step[];
}

/** `CHAPTER` or `CHAPTER/STEP`. Throws {@link UsageError} naming the nearest match. */
export function selectSteps(pack: Pack, name: string): Selection {
  const [chapterName = '', stepName, ...rest] = name.split('/');
  if (rest.length > 0) throw new UsageError(`${JSON.stringify(name)} is not CHAPTER or CHAPTER/STEP`);
  const chapter = selectChapter(pack, chapterName);
  if (stepName === undefined || stepName === '') return { chapter, steps: chapter.steps };
  const found = byIdOrPrefix(stepName, chapter.steps);
  if (found.length === 1) return { chapter, steps: found };
  if (found.length > 1) {
    throw new UsageError(`${JSON.stringify(stepName)} could be ${found.map((step) => step.id).join(' or ')}`);
  }
  const names = chapter.steps.map((step) => step.id);
  throw new UsageError(`chapter ${chapter.id} has no step ${JSON.stringify(stepName)}`, {
    remedy: didYouMean(stepName, names) ?? `its steps are ${names.join(', ')}`,
  });
}

/** `CHAPTER/FAULT`, or a fault's own name where only one chapter has it. Throws {@link UsageError}. */
export function selectFault(pack: Pack, name: string): Fault {
  const [first = '', second] = name.split('/');
  const faults = (second === undefined ? pack.chapters : [selectChapter(pack, first)])
    .flatMap((chapter) => chapter.faults)
    .filter(({ applies }) => applies);
  const found = byIdOrPrefix(second ?? first, faults);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const spelled = found.map((fault) => `${fault.chapter}/${fault.id}`).join(' or ');
    throw new UsageError(`${JSON.stringify(name)} could be ${spelled}`);
  }
  throw new UsageError(`unknown fault ${JSON.stringify(name)}`, {
    remedy:
      didYouMean(
        second ?? first,
        faults.map((fault) => fault.id),
      ) ?? '`k8s-lab fault list` shows them',
  });
}
