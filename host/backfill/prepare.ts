import type pg from 'pg';
import { familyByName, joinVersions, setByName, versionOf } from '../catalog/catalog.ts';
import { defaultSet, type FeatureSet, type SetConfig } from '../catalog/set.ts';
import type { CellType } from '../engine/copy.ts';
import { WindrowError } from '../errors.ts';
import { allSymbols } from '../store/allSymbols.ts';
import type { Connection } from '../store/database.ts';
import { findLeftovers, type Leftover, leftoverText } from '../store/leftovers.ts';
import { isMigrated, migrate } from '../store/migrate.ts';
import type { Month } from '../store/month.ts';
import { type BarSource, importedSource, openSource } from '../store/sources.ts';
import type { SourceSpec } from '../store/sourceTables.ts';
import { type PartitionState, partitionStates, type StatusQuery } from '../store/status.ts';
import { withSwitches } from '../store/switches.ts';
import { noBars } from '../store/symbols.ts';
import { barNeeds, peerSymbols, planOf, readsByFamily, type TaskOrder, withHorizon } from './order.ts';
import { type ConfiguredParameters, overruledNotes, symbolParameters } from './parameters.ts';
import { type Selection, select } from './select.ts';
import { planOfTasks, tasksOf } from './tasks.ts';
import type { BackfillPlan, Member, Task } from './types.ts';

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
  /** What makes tasks of the plan, or pieces of them, into orders. */
  orderOf(connection: Connection, runId: string): (task: Task) => TaskOrder;
};

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

/** A function of a family and a symbol that is reckoned once for each two. */
function once(of: (family: string, symbol: string) => string): (family: string, symbol: string) => string {
  const known = new Map<string, string>();
  return (family, symbol) => {
    const key = `${family} ${symbol}`;
    const text = known.get(key) ?? of(family, symbol);
    known.set(key, text);
    return text;
  };
}

/** A sentence on other symbols that families read and that have no bars. */
function missingPeers(peers: readonly string[], source: BarSource): string[] {
  const missing = peers.filter(peer => !source.symbols.includes(peer));
  if (missing.length === 0) return [];
  return [`no bars of ${missing.join(', ')}: what the families read of them is NULL`];
}

/** Finds out what there is to do. With `write`, parameters of new symbols are fixed. */
export async function prepare(
  client: pg.Client,
  options: PrepareOptions,
  { write }: { readonly write: boolean },
): Promise<Prepared> {
  const name = options.set ?? defaultSet;
  const schema = options.schema ?? 'public';
  const type = options.type ?? 'double';
  // a schema that is there is brought up to date by whoever looks at it: an older one lacks columns
  const ledger = write || (await isMigrated(client));
  if (ledger) await migrate(client);
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
  const members = [...selected.members.values()].flat().map(({ symbol }) => symbol);
  const parameters = await symbolParameters(client, set, source, [...new Set([...symbols, ...members])], {
    configured: options.parameters,
    write,
    ledger,
  });
  const isWhole = (family: string): boolean => familyByName(set, family).partition === 'month';
  const others = new Map(
    [...new Set([...symbols, ...members])].map(symbol => {
      const own = symbols.includes(symbol) ? selected.families : selected.families.filter(isWhole);
      return [symbol, peerSymbols(set, own, symbol)] as const;
    }),
  );
  const peers = [...new Set([...others.values()].flat())].sort();
  const peerParameters = Object.fromEntries(
    await symbolParameters(client, set, source, peers, {
      ...{ configured: options.parameters, write, ledger, lenient: true },
    }),
  );
  const version = once((family, symbol) =>
    versionOf(set, familyByName(set, family), {
      type,
      parameters: parameters.get(symbol)!,
      symbol,
      peerParameters,
    }),
  );
  const membersOf = (month: Month): readonly Member[] => selected.members.get(month) ?? [];
  const versionAt = (family: string, symbol: string, month: Month): string =>
    symbol === allSymbols
      ? joinVersions(membersOf(month).map(member => [member.symbol, version(family, member.symbol)]))
      : version(family, symbol);
  const months = [...new Set(selected.months.map(({ bars }) => bars.month))].sort();
  const present = new Set(selected.months.map(({ symbol, bars }) => `${symbol} ${bars.month}`));
  const stateOf = (query: Pick<StatusQuery, 'symbols' | 'families'>): Promise<PartitionState[]> =>
    ledger
      ? partitionStates(client, { set: set.name, schema, source, months, ...query })
      : Promise.resolve(allMissing({ months, ...query }));
  const families = selected.families.map(family => ({
    family,
    version: (symbol: string, month: Month) => versionAt(family, symbol, month),
  }));
  const own = families.filter(({ family }) => !isWhole(family));
  const whole = families
    .filter(({ family }) => isWhole(family))
    .map(family => ({ ...family, members: (month: Month) => membersOf(month).map(({ symbol }) => symbol) }));
  const states = [
    ...(await stateOf({ symbols, families: own })).filter(({ symbol, month }) =>
      present.has(`${symbol} ${month}`),
    ),
    ...(await stateOf({ symbols: [allSymbols], families: whole })),
  ];
  const due = states.filter(({ state }) => options.force || state !== 'done');
  const tasks = tasksOf(due, selected);
  const leftovers = await findLeftovers(client, set, schema);
  // of a run what concerns its own families; all of it is the status' business
  const ownLeftovers = leftovers.filter(
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
      ...ownLeftovers.map(leftoverText),
      ...missingPeers(peers, source),
    ],
    leftovers,
    plan: planOfTasks(set, tasks, { type, upToDate: states.length - due.length }),
    orderOf: (connection, runId) => {
      const reads = readsByFamily(set);
      return task => ({
        task,
        connection,
        source: spec,
        set: set.name,
        setConfig,
        horizonBits: set.horizonBits,
        type,
        schema,
        parameters: parameters.get(task.symbol) ?? {},
        memberParameters: Object.fromEntries(
          (task.members ?? []).map(({ symbol }) => [symbol, parameters.get(symbol)!]),
        ),
        peerParameters: Object.fromEntries(
          (task.members ?? [task])
            .flatMap(({ symbol }) => others.get(symbol)!)
            .map(peer => [peer, peerParameters[peer]!]),
        ),
        needs: barNeeds(task.families.map(reads)),
        versions: Object.fromEntries(
          task.families.map(family => [family, versionAt(family, task.symbol, task.month)]),
        ),
        runId,
        attempt: 1,
        force: options.force ?? false,
      });
    },
  };
}
