import { relative } from 'node:path';
import type { FeatureSet, SetConfig } from '../catalog/set.ts';
import type { ResolvedSettings } from '../config/settings.ts';
import type { Settings } from '../config/table.ts';
import { WindrowError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { ChoiceOptions } from '../update/choice.ts';
import type { UpdateOptions } from '../update/types.ts';

/** What the configuration says of a set; by default of the one that a command works on. */
export function setConfigOf(
  { set, sets, custom }: Pick<Settings, 'set' | 'sets' | 'custom'>,
  name = set,
): SetConfig {
  const own = Object.entries(custom).filter(([, family]) => family.set === name);
  if (own.length === 0) return sets[name] ?? {};
  const families = Object.fromEntries(own.map(([family, { set: _, ...rest }]) => [family, rest]));
  return { ...sets[name], custom: families };
}

/** The same, as an update takes it. */
export function updateSetOf(values: Settings): Pick<UpdateOptions, 'set' | 'setOptions' | 'custom' | 'off'> {
  const { options: setOptions, custom, off } = setConfigOf(values);
  return { set: values.set, setOptions, custom, off };
}

/** What settings say about rows of a set that is kept row by row. */
export function rowChoice(database: Database, values: Settings): ChoiceOptions {
  const { schema, source, type, families, pairs: symbols } = values;
  return { database, ...updateSetOf(values), schema, source, type, symbols, families };
}

/** Raises what the configuration says about sets that do not exist. */
export async function checkSetNames({ values, file, lineOf }: ResolvedSettings): Promise<void> {
  if (file === undefined) return;
  const { sets } = await import('../catalog/catalog.ts');
  const { suggest } = await import('../suggest.ts');
  const known = sets.map(({ name }) => name);
  const reject = (name: string, what: string, path: readonly string[]): never => {
    throw new WindrowError('WR_CONFIG_INVALID', {
      ...{ file, line: lineOf(path), what },
      suggestion: suggest(name, known),
    });
  };
  for (const name of Object.keys(values.sets))
    if (!known.includes(name)) reject(name, `unknown key "${name}" in "sets"`, ['sets', name]);
  for (const [family, { set = '' }] of Object.entries(values.custom))
    if (!known.includes(set))
      reject(set, `family "${family}" is of set "${set}", which does not exist`, ['custom', family, 'set']);
}

/** An error about a family of the user with the line of the file that it stands in. */
function withLine(error: unknown, { file, lineOf }: ResolvedSettings): unknown {
  if (!(error instanceof WindrowError) || file === undefined) return error;
  const path = error.values.path as readonly string[] | undefined;
  if (path?.[0] !== 'custom') return error;
  const near = relative(process.cwd(), file);
  const place = `${near.startsWith('..') ? file : near}:${lineOf(path)}: ${error.values.place}`;
  return new WindrowError(error.code, { ...error.values, place }, { cause: error });
}

/** A set with its options, the user's families and what is switched off; by default the one that a command works on. */
export async function configuredSet(
  resolved: ResolvedSettings,
  name = resolved.values.set,
): Promise<FeatureSet> {
  await checkSetNames(resolved);
  const { setByName } = await import('../catalog/catalog.ts');
  try {
    return setByName(name, setConfigOf(resolved.values, name));
  } catch (error) {
    throw withLine(error, resolved);
  }
}

/** Raises that a command does not work on sets of this layout, and names the one that does, and the sets that it takes. */
export async function requireLayout(
  set: FeatureSet,
  kind: FeatureSet['layout']['kind'],
  command: string,
): Promise<void> {
  if (set.layout.kind === kind) return;
  const { sets } = await import('../catalog/catalog.ts');
  const fitting = sets.filter(({ layout }) => layout.kind === kind).map(({ name }) => name);
  const [kept, other] = kind === 'rows' ? ['partition by partition', 'backfill'] : ['row by row', 'update'];
  const instead = `windrow ${other} --set ${set.name}, or with --set one of: ${fitting.join(', ')}`;
  throw new WindrowError('WR_SET_LAYOUT', { set: set.name, kept, command, instead });
}
