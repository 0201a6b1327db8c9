import type { JournalLine } from './types.ts';

interface Sentence {
  readonly text: string;
  /** A warning or worse, or a sentence outside of the log: a program that gives up says why on a line of its own. */
  readonly isComplaint: boolean;
}

/** A line of a log without its time and place: zap's JSON (etcd, containerd), klog (Kubernetes). */
function readSentence(message: string): Sentence {
  const klog = /^([IWEF])\d{4} \S+\s+\d+ [^\]]*\] (.*)$/.exec(message);
  if (klog !== null) return { text: klog[2]!, isComplaint: klog[1] !== 'I' };
  if (!message.startsWith('{"level"')) return { text: message, isComplaint: true };
  try {
    const { level, msg, error } = JSON.parse(message) as Readonly<Record<string, unknown>>;
    const text = error === undefined ? String(msg) : `${String(msg)}: ${String(error)}`;
    return { text, isComplaint: level !== 'debug' && level !== 'info' };
  } catch {
    // A line that was cut short.
    return { text: message, isComplaint: true };
  }
}

/**
 * Why a program ended, of all that its journal says: the complaints of the last run that had any, each once, without
 * what systemd says of every program. Oldest first.
 */
export function lastWords(lines: readonly JournalLine[], most = 5): readonly string[] {
  const said = lines
    .filter(({ identifier }) => identifier !== 'systemd')
    .map(({ pid, message }) => ({ pid, ...readSentence(message) }));
  if (said.length === 0) return lines.slice(-most).map(({ message }) => message);
  const last = said.findLast(({ isComplaint }) => isComplaint);
  const telling =
    last === undefined
      ? said.filter(({ pid }) => pid === said.at(-1)!.pid)
      : said.filter(({ pid, isComplaint }) => isComplaint && pid === last.pid);
  return [...new Set(telling.map(({ text }) => text))].slice(-most);
}
