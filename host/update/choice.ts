import type pg from 'pg';
import { setByName } from '../catalog/catalog.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { WindrowError } from '../errors.ts';
import { isMigrated } from '../store/migrate.ts';
import { type BarSource, importedSource, openSource } from '../store/sources.ts';
import { withSwitches } from '../store/switches.ts';
import { suggest } from '../suggest.ts';
import type { UpdateOrder } from './order.ts';
import { type RowTable, rowTable } from './table.ts';
import type { UpdateOptions } from './types.ts';

const defaultTimeoutMs = 30_000;

/** What the options of an update come to. */
export type Choice = {
  readonly set: FeatureSet;
  readonly families: readonly string[];
  readonly source: BarSource;
  readonly symbols: readonly string[];
  readonly table: RowTable;
  readonly order: UpdateOrder;
};

function familiesOf(set: FeatureSet, phases: readonly number[] | undefined): string[] {
  if (phases === undefined) return set.families.map(({ name }) => name);
  const known = new Set(set.families.flatMap(({ phase }) => (phase === undefined ? [] : [phase])));
  const unknown = phases.find(phase => !known.has(phase));
  if (unknown !== undefined || phases.length === 0) {
    const expects = known.size > 0 ? `one of ${[...known].join(', ')} for set ${set.name}` : 'none';
    throw new WindrowError('WR_SETTING_INVALID', { setting: 'phases', expects, found: unknown ?? 'none' });
  }
  return set.families.flatMap(({ name, phase }) =>
    phase !== undefined && phases.includes(phase) ? [name] : [],
  );
}

function symbolsOf(source: BarSource, asked: readonly string[] | undefined): readonly string[] {
  if (source.symbols.length === 0) throw new WindrowError('WR_NO_BARS', { source: source.id, where: '' });
  const wanted = asked?.map(symbol => symbol.toLowerCase()) ?? source.symbols;
  for (const symbol of wanted) {
    if (source.symbols.includes(symbol)) continue;
    const suggestion = suggest(symbol, source.symbols);
    const unknown = { symbol, source: source.id, suggestion };
    throw source.refused.get(symbol) ?? new WindrowError('WR_SYMBOL_UNKNOWN', unknown);
  }
  return [...new Set(wanted)];
}

/** Checks the options of an update against the catalogue and the bars that there are. */
export async function choose(client: pg.Client, options: UpdateOptions): Promise<Choice> {
  const { database, schema = 'public', type = 'double' } = options;
  const config = { options: options.setOptions, custom: options.custom, off: options.off };
  const setConfig = await withSwitches(client, options.set, config);
  const set = setByName(options.set, setConfig);
  if (set.layout.kind !== 'rows') {
    const values = { set: set.name, kept: 'partition by partition', command: 'windrow update' };
    throw new WindrowError('WR_SET_LAYOUT', { ...values, instead: `windrow backfill --set ${set.name}` });
  }
  const families = familiesOf(set, options.phases);
  const ownBars = options.source?.table === undefined;
  // nothing was ever imported
  if (ownBars && !(await isMigrated(client)))
    throw new WindrowError('WR_NO_BARS', { source: importedSource(schema, set.bars), where: '' });
  const spec = { schema, set: set.name, ...options.source };
  const source = await openSource(client, spec);
  return {
    set,
    families,
    source,
    symbols: symbolsOf(source, options.symbols),
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
