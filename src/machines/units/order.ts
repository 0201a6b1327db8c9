/** What ordering needs to know of a unit. */
export interface Ordered {
  readonly name: string;
  readonly after: readonly string[];
  readonly before: readonly string[];
}

/**
 * Groups of units that may start together, each group after those before it (After= and Before= of the units given).
 * A cycle is broken at the unit that comes first by name, as systemd drops a job to break one.
 */
export function startGroups<T extends Ordered>(units: readonly T[]): T[][] {
  const names = new Set(units.map((unit) => unit.name));
  const waits = new Map<string, Set<string>>(units.map((unit) => [unit.name, new Set()]));
  for (const unit of units) {
    for (const other of unit.after)
      if (names.has(other) && other !== unit.name) waits.get(unit.name)!.add(other);
    for (const other of unit.before)
      if (names.has(other) && other !== unit.name) waits.get(other)!.add(unit.name);
  }
  const groups: T[][] = [];
  const left = new Map(units.map((unit) => [unit.name, unit]));
  while (left.size > 0) {
    let ready = [...left.values()].filter((unit) =>
      [...waits.get(unit.name)!].every((name) => !left.has(name)),
    );
    if (ready.length === 0) ready = [[...left.values()].sort((a, b) => (a.name < b.name ? -1 : 1))[0]!];
    for (const unit of ready) left.delete(unit.name);
    groups.push(ready);
  }
  return groups;
}
