/** Keys that stand twice in one JSON object: JSON.parse keeps the last and says nothing. */

/** `duplicate field "spec.replicas"`, one text a key. The text must be valid JSON (parse it first). */
export function duplicateFields(json: string): string[] {
  const found: string[] = [];
  let at = 0;

  const space = (): void => {
    while (/\s/.test(json[at] ?? '')) at += 1;
  };
  const text = (): string => {
    const start = at;
    at += 1;
    while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
    at += 1;
    return JSON.parse(json.slice(start, at)) as string;
  };
  const list = (path: string): void => {
    at += 1;
    space();
    for (let i = 0; at < json.length && json[at] !== ']'; i += 1) {
      value(`${path}[${i}]`);
      space();
      if (json[at] === ',') at += 1;
      space();
    }
    at += 1;
  };
  const map = (path: string): void => {
    const seen = new Set<string>();
    at += 1;
    space();
    while (at < json.length && json[at] !== '}') {
      const key = text();
      const here = path === '' ? key : `${path}.${key}`;
      if (seen.has(key)) found.push(`duplicate field "${here}"`);
      seen.add(key);
      space();
      at += 1; // the colon
      value(here);
      space();
      if (json[at] === ',') at += 1;
      space();
    }
    at += 1;
  };
  const value = (path: string): void => {
    space();
    if (json[at] === '{') map(path);
    else if (json[at] === '[') list(path);
    else if (json[at] === '"') text();
    else while (at < json.length && !/[,}\]\s]/.test(json[at]!)) at += 1;
  };

  value('');
  return [...new Set(found)];
}
