/** Keys that stand twice in one JSON object: JSON.parse keeps the last and says nothing. */

/** An object or a list that is open at the place where the scan stands. */
interface Open {
  /** Of an object; a list has none. */
  readonly keys: Set<string> | undefined;
  /** The key or the index of the value that is being read. */
  at: string | number;
}

const [quote, backslash, comma, colon] = ['"', '\\', ',', ':'].map((char) => char.charCodeAt(0));
const [openObject, closeObject, openList, closeList] = ['{', '}', '[', ']'].map((char) => char.charCodeAt(0));

/**
 * `duplicate field "spec.replicas"`, one text a key. The text must be valid JSON (parse it first). Each write passes
 * through here, so a path is only put together when there is something to say.
 */
export function duplicateFields(json: string): string[] {
  const found = new Set<string>();
  const open: Open[] = [];
  let string = '';
  for (let at = 0; at < json.length; at++) {
    const inner = open[open.length - 1];
    switch (json.charCodeAt(at)) {
      case quote: {
        const end = endOfString(json, at + 1);
        string = json.slice(at + 1, end);
        at = end;
        break;
      }
      case colon: {
        const key = string.includes('\\') ? (JSON.parse(`"${string}"`) as string) : string;
        inner!.at = key;
        if (inner!.keys!.has(key)) found.add(`duplicate field "${pathOf(open)}"`);
        inner!.keys!.add(key);
        break;
      }
      case comma:
        if (typeof inner!.at === 'number') inner!.at += 1;
        break;
      case openObject:
        open.push({ keys: new Set(), at: '' });
        break;
      case openList:
        open.push({ keys: undefined, at: 0 });
        break;
      case closeObject:
      case closeList:
        open.pop();
    }
  }
  return [...found];
}

/** The place of the closing quote of a string whose first character stands at `from`. */
function endOfString(json: string, from: number): number {
  for (let at = json.indexOf('"', from); ; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json.charCodeAt(at - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
}

const pathOf = (open: readonly Open[]): string =>
  open
    .map(({ at }) => (typeof at === 'number' ? `[${at}]` : `.${at}`))
    .join('')
    .slice(1);
