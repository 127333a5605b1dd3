import { relative } from 'node:path';
import { withoutPasswords } from '../secrets.ts';
import type { Origin, ResolvedSettings } from './settings.ts';
import { type SettingName, settingNames, settingOf } from './table.ts';

export function originText(origin: Origin, cwd = process.cwd()): string {
  if (origin.kind === 'default') return 'default';
  if (origin.kind === 'env') return `environment ${origin.name}`;
  if (origin.kind === 'flag') return `flag ${origin.name}`;
  const near = relative(cwd, origin.file);
  return `${near.startsWith('..') ? origin.file : near}:${origin.line}`;
}

/** One setting in force as `windrow config` prints it. */
export type ShownSetting = {
  readonly name: SettingName;
  readonly key: string;
  readonly value: unknown;
  readonly origin: Origin;
};

/** All settings in force, secrets blanked. `value` is null where nothing is set. */
export function shownSettings(resolved: ResolvedSettings): ShownSetting[] {
  return settingNames.map(name => {
    const value = resolved.values[name];
    const shown = settingOf(name).secret && typeof value === 'string' ? withoutPasswords(value) : value;
    return { name, key: settingOf(name).key, value: shown ?? null, origin: resolved.origins[name] };
  });
}
