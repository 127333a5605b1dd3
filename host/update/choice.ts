import type pg from 'pg';
import { familyByName, setByName } from '../catalog/catalog.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { WindrowError } from '../errors.ts';
import { isMigrated } from '../store/migrate.ts';
import { type BarSource, importedSource, openSource } from '../store/sources.ts';
import { withSwitches } from '../store/switches.ts';
import { chosenSymbols, noBars } from '../store/symbols.ts';
import type { UpdateOrder } from './order.ts';
import { type RowTable, rowTable } from './table.ts';
import type { UpdateOptions } from './types.ts';

const defaultTimeoutMs = 30_000;

export type ChoiceOptions = UpdateOptions & {
  /** Limits what is looked at to some families, of the phases if these are limited too. */
  readonly families?: readonly string[] | undefined;
};

/** What the options of an update come to. */
export type Choice = {
  readonly set: FeatureSet;
  readonly families: readonly string[];
  readonly source: BarSource;
  readonly symbols: readonly string[];
  readonly table: RowTable;
  readonly order: UpdateOrder;
};

function familiesOf(
  set: FeatureSet,
  { families, phases }: Pick<ChoiceOptions, 'families' | 'phases'>,
): string[] {
  if (families !== undefined) {
    const chosen = new Set(families.map(name => familyByName(set, name).name));
    const inPhases = familiesOf(set, { phases });
    const both = inPhases.filter(name => chosen.has(name));
    if (both.length > 0) return both;
    const expects = `some of ${inPhases.join(', ')}`;
    throw new WindrowError('WR_SETTING_INVALID', {
      setting: 'families',
      expects,
      found: [...chosen].join(', '),
    });
  }
  if (phases === undefined) return set.families.map(({ name }) => name);
  const known = new Set(set.families.flatMap(({ phase }) => (phase === undefined ? [] : [phase])));
  const unknown = phases.find(phase => !known.has(phase));
  if (unknown !== undefined || phases.length === 0) {
    const expects =
      known.size > 0
        ? `one of ${[...known].join(', ')} for set ${set.name}`
        : `none: set ${set.name} has no phases`;
    throw new WindrowError('WR_SETTING_INVALID', { setting: 'phases', expects, found: unknown ?? 'none' });
  }
  return set.families.flatMap(({ name, phase }) =>
    phase !== undefined && phases.includes(phase) ? [name] : [],
  );
}

/** Checks the options of an update against the catalogue and the bars that there are. */
export async function choose(client: pg.Client, options: ChoiceOptions): Promise<Choice> {
  const { database, schema = 'public', type = 'double' } = options;
  const config = { options: options.setOptions, custom: options.custom, off: options.off };
  const setConfig = await withSwitches(client, options.set, config);
  const set = setByName(options.set, setConfig);
  if (set.layout.kind !== 'rows') {
    const values = { set: set.name, kept: 'partition by partition', command: 'windrow update' };
    throw new WindrowError('WR_SET_LAYOUT', { ...values, instead: `windrow backfill --set ${set.name}` });
  }
  const families = familiesOf(set, options);
  const ownBars = options.source?.table === undefined;
  // nothing was ever imported
  if (ownBars && !(await isMigrated(client))) throw noBars(set, importedSource(schema, set.bars));
  const spec = { schema, set: set.name, ...options.source };
  const source = await openSource(client, spec);
  return {
    set,
    families,
    source,
    symbols: chosenSymbols(set, source, options.symbols),
    table: rowTable(set, { schema, type, ownBars }),
    order: {
      connection: database.connection,
      source: spec,
      set: set.name,
      setConfig,
      families,
      schema,
      type,
      ownBars,
      symbolTimeoutMs: options.symbolTimeoutMs ?? defaultTimeoutMs,
    },
  };
}
