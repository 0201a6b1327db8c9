import type { SpecifierContext } from './command-line.ts';
import {
  emptyDraft,
  isAccepted,
  type Reading,
  type ServiceDraft,
  settingReaders,
} from './service-settings.ts';
import type { ServiceUnit } from './service-unit.ts';
import { parseUnitFile } from './unit-file.ts';

/** Reads a unit file; whatever is wrong with it is in `warnings` and `error`, as systemd would log it. */
export function parseServiceUnit(text: string, path: string, context: SpecifierContext): ServiceUnit {
  const file = parseUnitFile(text, path);
  const draft = emptyDraft(context.unit);
  draft.warnings.push(...file.warnings);
  const reading: Reading = {
    draft,
    context,
    warn: ({ line, value }, what) => draft.warnings.push(`${path}:${line}: ${what}: ${value}`),
    refuse({ line }, why) {
      draft.error = why;
      draft.warnings.push(`${path}:${line}: ${why}`);
    },
  };
  for (const [section, settings] of file.sections) {
    const readers = settingReaders[section];
    if (readers === undefined) {
      if (!section.startsWith('X-')) draft.warnings.push(`${path}: Unknown section '${section}'. Ignoring.`);
      continue;
    }
    for (const setting of settings) {
      const { key, line } = setting;
      const read = readers[key];
      if (read !== undefined) read(setting, reading);
      else if (!key.startsWith('X-') && !isAccepted(section, key))
        draft.warnings.push(`${path}:${line}: Unknown key '${key}' in section [${section}], ignoring.`);
    }
  }
  const type = draft.type ?? (draft.execStart.length === 0 ? 'oneshot' : 'simple');
  verify(draft, type, path, context.unit);
  return { name: context.unit, path, text, ...draft, type };
}

/** What is wrong with the unit as a whole. Models service_verify() in src/core/service.c. */
function verify(draft: ServiceDraft, type: ServiceUnit['type'], path: string, unit: string): void {
  const refuse = (where: string, why: string) => {
    draft.error = why;
    draft.warnings.push(`${where}: ${why}`);
  };
  const { execStart, execStop, execStartPre } = draft;
  if (draft.error === undefined && execStart.length === 0 && execStop.length === 0)
    refuse(unit, 'Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.');
  else if (draft.error === undefined && execStart.length > 1 && type !== 'oneshot')
    refuse(
      unit,
      'Service has more than one ExecStart= setting, which is only allowed for Type=oneshot services. Refusing.',
    );
  // A bare name is looked up in a fixed path when the unit starts; a relative path is an error.
  for (const { path: program } of [...execStart, ...execStartPre]) {
    if (!program.startsWith('/') && program.includes('/'))
      refuse(path, `Neither a valid executable name nor an absolute path: ${program}`);
  }
}
