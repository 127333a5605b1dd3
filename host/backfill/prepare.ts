import type pg from 'pg';
import { familyByName, setByName, versionOf } from '../catalog/catalog.ts';
import { defaultSet, type FeatureSet, type SetConfig } from '../catalog/set.ts';
import type { CellType } from '../engine/copy.ts';
import { WindrowError } from '../errors.ts';
import type { Connection } from '../store/database.ts';
import { findLeftovers, type Leftover, leftoverText } from '../store/leftovers.ts';
import { isMigrated, migrate } from '../store/migrate.ts';
import { type BarSource, importedSource, openSource } from '../store/sources.ts';
import type { SourceSpec } from '../store/sourceTables.ts';
import { type PartitionState, partitionStates, type StatusQuery } from '../store/status.ts';
import { withSwitches } from '../store/switches.ts';
import { noBars } from '../store/symbols.ts';
import { barNeeds, planOf, readsByFamily, type TaskOrder, withHorizon } from './order.ts';
import { type ConfiguredParameters, overruledNotes, symbolParameters } from './parameters.ts';
import { streamBytes } from './partition.ts';
import { type Selection, select } from './select.ts';
import type { BackfillPlan, Task } from './types.ts';

/** What is computed, from which bars, into which tables. */
export type PrepareOptions = Selection & {
  readonly set?: string | undefined;
  /** Options of the set, and features to switch off beside those that are switched off in the database. */
  readonly setConfig?: SetConfig | undefined;
  readonly horizonBits?: number | undefined;
  /** `real` halves the storage. */
  readonly type?: CellType | undefined;
  /** Schema of the tables; default `public`. */
  readonly schema?: string | undefined;
  /** The user's own tables of bars; default: those that `import` fills. */
  readonly source?: SourceSpec | undefined;
  readonly parameters?: ConfiguredParameters | undefined;
  /** Computes again what is up to date. */
  readonly force?: boolean | undefined;
};

export type Prepared = {
  readonly set: FeatureSet;
  readonly schema: string;
  readonly type: CellType;
  readonly source: BarSource;
  readonly plan: BackfillPlan;
  /** State of every partition of the selection. */
  readonly states: readonly PartitionState[];
  readonly notes: readonly string[];
  /** What earlier definitions left in the tables. */
  readonly leftovers: readonly Leftover[];
  orders(connection: Connection, runId: string): TaskOrder[];
};

// For the estimate: what a cell and a partition cost a connection on a two-core machine, as docs/performance.md measures.
const cellNs = 90;
const partitionMs = 60;
const typicalMonthRows = 30_000;

/** The states where there is no ledger yet. */
const allMissing = ({
  symbols,
  months,
  families,
}: Pick<StatusQuery, 'symbols' | 'months' | 'families'>): PartitionState[] =>
  symbols.flatMap(symbol =>
    months.flatMap(month =>
      families.map(({ family }): PartitionState => ({ symbol, month, family, state: 'missing' })),
    ),
  );

/** Finds out what there is to do. With `write`, parameters of new symbols are fixed. */
export async function prepare(
  client: pg.Client,
  options: PrepareOptions,
  { write }: { readonly write: boolean },
): Promise<Prepared> {
  const name = options.set ?? defaultSet;
  const schema = options.schema ?? 'public';
  const type = options.type ?? 'double';
  if (write) await migrate(client);
  const ledger = write || (await isMigrated(client));
  const setConfig = await withSwitches(client, name, options.setConfig);
  const set = withHorizon(setByName(name, setConfig), options.horizonBits);
  if (write && set.layout.kind !== 'partitions') {
    const values = { set: set.name, kept: 'row by row', command: 'a backfill' };
    throw new WindrowError('WR_SET_LAYOUT', { ...values, instead: `windrow update --set ${set.name}` });
  }
  // what cannot be planned is told before anything is done
  for (const family of set.families) if (family.custom) planOf(set, family.name);
  // nothing was ever imported, computed or fixed
  if (!ledger && options.source?.table === undefined) throw noBars(set, importedSource(schema, set.bars));
  const spec = { schema, set: set.name, ...options.source };
  const source = await openSource(client, spec);
  const selected = await select(client, set, source, options);
  const symbols = [...new Set(selected.months.map(({ symbol }) => symbol))];
  const parameters = await symbolParameters(client, set, source, symbols, {
    configured: options.parameters,
    write,
    ledger,
  });
  const version = (family: string, symbol: string): string =>
    versionOf(set, familyByName(set, family), { type, parameters: parameters.get(symbol)! });
  const months = [...new Set(selected.months.map(({ bars }) => bars.month))].sort();
  const families = selected.families.map(family => ({
    family,
    version: (symbol: string) => version(family, symbol),
  }));
  const present = new Map(selected.months.map(({ symbol, bars }) => [`${symbol} ${bars.month}`, bars]));
  const query = { set: set.name, schema, source, families, symbols, months };
  const all = ledger ? await partitionStates(client, query) : allMissing(query);
  const states = all.filter(({ symbol, month }) => present.has(`${symbol} ${month}`));
  const due = states.filter(({ state }) => options.force || state !== 'done');
  const tasks = [...Map.groupBy(due, ({ symbol, month }) => `${symbol} ${month}`)]
    .map(
      ([key, group]): Task => ({
        symbol: group[0]!.symbol,
        month: group[0]!.month,
        families: group.map(({ family }) => family),
        rows: present.get(key)!.rows ?? typicalMonthRows,
      }),
    )
    // month by month: two months of one symbol at the same time would wait for each other where they attach
    .sort((a, b) => (a.month === b.month ? 0 : a.month < b.month ? -1 : 1));
  const partitions = due.length;
  const features = (family: string): number => familyByName(set, family).features.length;
  const total = (of: (task: Task, family: string) => number): number =>
    tasks.reduce((sum, task) => sum + task.families.reduce((part, family) => part + of(task, family), 0), 0);
  const cells = total((task, family) => task.rows * features(family));
  const leftovers = await findLeftovers(client, set, schema);
  // of a run what concerns its own families; all of it is the status' business
  const own = leftovers.filter(
    ({ table, columns }) =>
      columns !== undefined && selected.families.some(family => table === `${schema}.${family}`),
  );
  return {
    set,
    schema,
    type,
    source,
    states,
    notes: [
      ...selected.notes,
      ...overruledNotes(options.parameters ?? {}, parameters),
      ...own.map(leftoverText),
    ],
    leftovers,
    plan: {
      tasks,
      partitions,
      upToDate: states.length - partitions,
      rows: total(task => task.rows),
      cells,
      bytes: total((task, family) => streamBytes(task.rows, features(family), task.symbol, type)),
      estimatedMs: (cells * cellNs) / 1e6 + partitions * partitionMs,
    },
    orders: (connection, runId) => {
      const reads = readsByFamily(set);
      return tasks.map(task => ({
        task,
        connection,
        source: spec,
        set: set.name,
        setConfig,
        horizonBits: set.horizonBits,
        type,
        schema,
        parameters: parameters.get(task.symbol)!,
        needs: barNeeds(task.families.map(reads)),
        versions: Object.fromEntries(task.families.map(family => [family, version(family, task.symbol)])),
        runId,
        attempt: 1,
      }));
    },
  };
}
