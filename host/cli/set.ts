import type { FeatureSet, SetConfig } from '../catalog/set.ts';
import type { ResolvedSettings } from '../config/settings.ts';
import type { Settings } from '../config/table.ts';
import { WindrowError } from '../errors.ts';

/** What the configuration says of the set that a command works on. */
export const setConfigOf = ({ set, sets }: Pick<Settings, 'set' | 'sets'>): SetConfig => sets[set] ?? {};

/** Raises what `sets` of the configuration says about sets that do not exist. */
export async function checkSetNames({ values, origins }: ResolvedSettings): Promise<void> {
  const { sets } = await import('../catalog/catalog.ts');
  const known = sets.map(({ name }) => name);
  const unknown = Object.keys(values.sets).find(name => !known.includes(name));
  if (unknown === undefined || origins.sets.kind !== 'file') return;
  const { suggest } = await import('../suggest.ts');
  const { file, line } = origins.sets;
  const what = `unknown key "${unknown}" in "sets"`;
  throw new WindrowError('WR_CONFIG_INVALID', { file, line, what, suggestion: suggest(unknown, known) });
}

/** The set that a command works on, with its options and what is switched off in the configuration. */
export async function configuredSet(resolved: ResolvedSettings): Promise<FeatureSet> {
  await checkSetNames(resolved);
  const { setByName } = await import('../catalog/catalog.ts');
  return setByName(resolved.values.set, setConfigOf(resolved.values));
}

/** Raises that a command does not work on sets of this layout, and names the one that does. */
export function requireLayout(set: FeatureSet, kind: FeatureSet['layout']['kind'], command: string): void {
  if (set.layout.kind === kind) return;
  const [kept, other] = kind === 'rows' ? ['partition by partition', 'backfill'] : ['row by row', 'update'];
  const instead = `windrow ${other} --set ${set.name}`;
  throw new WindrowError('WR_SET_LAYOUT', { set: set.name, kept, command, instead });
}
