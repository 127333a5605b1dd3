import type pg from 'pg';
import { type CatalogFeature, familyByName, featuresOf, redefinedIn } from '../catalog/catalog.ts';
import { besideOf } from '../catalog/roles.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { CopyDecoder, cellOf } from '../engine/copy.ts';
import { Arena } from '../engine/module.ts';
import { Session } from '../engine/session.ts';
import {
  addMovements,
  type DiffReport,
  diffOf,
  type FeatureDiff,
  type Movement,
  type Values,
} from '../movement.ts';
import { drawn, type Sample } from '../sample.ts';
import { allSymbols } from '../store/allSymbols.ts';
import { tableColumns } from '../store/columnValues.ts';
import type { Database } from '../store/database.ts';
import { readLedger } from '../store/ledger.ts';
import { isMigrated } from '../store/migrate.ts';
import { copyOutSql } from '../store/publish.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { readingSettings } from '../store/sources.ts';
import { partitionName } from '../store/tables.ts';
import { BarCache } from './barCache.ts';
import { type Lane, laneOver } from './lane.ts';
import { barNeeds, type PlannedFamily, plannedFamily, type TaskOrder } from './order.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';
import { readBars } from './readBars.ts';
import { symbolRows } from './symbolRows.ts';
import type { Member } from './types.ts';

export type { DiffReport, FeatureDiff };

export type DiffOptions = PrepareOptions & {
  readonly database: Database;
  /**
   * What is held against the present options: others, whose values are computed from the same bars. Without them it is what
   * is stored, of families whose version in the ledger is not the present one.
   */
  readonly against?: PrepareOptions | undefined;
  /** Of each family; default 3 partitions. */
  readonly sample?: Sample | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

const defaultSample: Sample = { count: 3 };

type Part = { readonly order: TaskOrder; readonly family: string };

const keyOf = ({ order: { task }, family }: Part): string => `${family} ${task.symbol} ${task.month}`;

const partsOf = (prepared: Prepared, database: Database): Part[] =>
  prepared.plan.tasks
    .map(prepared.orderOf(database.connection, ''))
    .flatMap(order => order.task.families.map(family => ({ order, family })));

const planned = ({ set, schema, type }: Prepared, family: string): PlannedFamily =>
  plannedFamily(set, family, { schema, type });

const membersOf = ({ task }: TaskOrder): readonly Member[] => task.members ?? [task];

/** A feature of the family, by its name there. */
const ownName = (qualified: string): string => qualified.slice(qualified.lastIndexOf('.') + 1);

/** What a symbol's rows of a family are by these definitions. */
async function computed(
  lane: Lane,
  set: FeatureSet,
  order: TaskOrder,
  { plan }: PlannedFamily,
  { symbol }: Member,
): Promise<Values> {
  const { arena } = lane;
  const mark = arena.top;
  try {
    const bars = await readBars(lane, symbol, order.task.month, barNeeds([plan]));
    const of = besideOf(set, symbol);
    const { input } = await symbolRows(lane, order, plan, { symbol, bars, of });
    const { parameters, columns, rows, firstRow, type } = input;
    const results = plan.features.map(() => arena.allocate((rows - firstRow) * 8));
    const session = new Session(arena, plan, parameters);
    session.load(columns);
    session.firstOutput = firstRow;
    session.keep(results);
    const from = Math.max(0, firstRow - plan.lookback + 1);
    session.run(from, rows - from);
    return {
      time: arena.f64(columns.time! + firstRow * 8, rows - firstRow).slice(),
      columns: new Map(
        plan.features.map(({ name }, i) => [
          ownName(name),
          arena.f64(results[i]!, rows - firstRow).map(value => cellOf(value, type)),
        ]),
      ),
    };
  } finally {
    arena.release(mark);
  }
}

/** What is stored of a symbol, of those columns that the table has. */
async function stored(
  { client, arena }: Lane,
  order: TaskOrder,
  { table }: PlannedFamily,
  { symbol, rows }: Member,
  columns: readonly string[],
): Promise<Values> {
  const mark = arena.top;
  try {
    const decoder = new CopyDecoder(arena, { columns: columns.length, type: order.type, capacity: rows + 1 });
    await client.query(readingSettings);
    await receiveCopy(client, copyOutSql({ ...table, columns }, symbol, order.task.month), decoder);
    decoder.finish();
    return decoder.values(columns);
  } finally {
    arena.release(mark);
  }
}

const familyFeatures = (set: FeatureSet, family: string): CatalogFeature[] =>
  set.families.some(({ name }) => name === family) ? featuresOf(set, [familyByName(set, family)]) : [];

async function storedFamilyDiff(
  lane: Lane,
  prepared: Prepared,
  family: string,
  parts: readonly Part[],
): Promise<FeatureDiff[]> {
  const own = planned(prepared, family);
  const { table } = own;
  const is = table.columns;
  const movements = new Map<string, Movement>();
  const was = new Set<string>();
  const frame = [table.timeColumn, table.symbolColumn];
  for (const { order } of parts) {
    const { symbol, month } = order.task;
    const place = { schema: table.schema, table: partitionName(table, symbol, month) };
    const columns = (await tableColumns(lane.client, place)).filter(name => !frame.includes(name));
    for (const name of columns) was.add(name);
    const both = columns.filter(name => is.includes(name));
    for (const member of membersOf(order)) {
      const values = await stored(lane, order, own, member, both);
      addMovements(movements, member.symbol, {
        was: values,
        is: await computed(lane, prepared.set, order, own, member),
      });
    }
  }
  return diffOf(family, [...was], is, movements);
}

/** Parts whose partitions were computed by other definitions than the present ones. */
async function redefinedParts(client: pg.Client, prepared: Prepared, database: Database): Promise<Part[]> {
  if (!(await isMigrated(client))) return [];
  const { set, schema } = prepared;
  const ledger = new Map(
    (await readLedger(client, { set: set.name, schema }))
      .filter(({ checksum }) => checksum !== '')
      .map(row => [`${row.family} ${row.symbol} ${row.month}`, row]),
  );
  return partsOf(prepared, database).filter(part => {
    const noted = ledger.get(keyOf(part));
    if (noted === undefined || noted.version === part.order.versions[part.family]) return false;
    // one more pair with bars makes another version of what holds all pairs, and no other definition
    const members = membersOf(part.order).map(({ symbol }) => symbol);
    return part.order.task.symbol !== allSymbols || (noted.members ?? []).join() === members.join();
  });
}

/** What moved since partitions were stored: their values against those of the present definitions, from the same bars. */
async function againstStored(lane: Lane, prepared: Prepared, options: DiffOptions): Promise<DiffReport> {
  const { sample = defaultSample, seed = 1, signal } = options;
  const parts = await redefinedParts(lane.client, prepared, options.database);
  const features: FeatureDiff[] = [];
  const byFamily = Map.groupBy(parts, ({ family }) => family);
  let partitions = 0;
  for (const [family, all] of byFamily) {
    signal?.throwIfAborted();
    lane.bars.renew();
    const some = drawn(all, sample, seed, keyOf);
    partitions += some.length;
    features.push(...(await storedFamilyDiff(lane, prepared, family, some)));
  }
  return { features, families: byFamily.size, partitions };
}

/** What moves between two configurations: both computed from the same bars. */
async function againstOther(
  lane: Lane,
  is: Prepared,
  was: Prepared,
  options: DiffOptions,
): Promise<DiffReport> {
  const { database, sample = defaultSample, seed = 1, signal } = options;
  const [now, before] = [is, was].map(side =>
    Map.groupBy(partsOf(side, database), ({ family }) => family),
  ) as [Map<string, Part[]>, Map<string, Part[]>];
  const features: FeatureDiff[] = [];
  let partitions = 0;
  for (const family of new Set([...now.keys(), ...before.keys()])) {
    signal?.throwIfAborted();
    const [own, others] = [familyFeatures(is.set, family), familyFeatures(was.set, family)];
    const movements = new Map<string, Movement>();
    const theirs = new Map((before.get(family) ?? []).map(part => [keyOf(part), part]));
    const both = (now.get(family) ?? []).filter(part => theirs.has(keyOf(part)));
    for (const part of drawn(both, sample, seed, keyOf)) {
      partitions++;
      for (const member of membersOf(part.order)) {
        lane.bars.renew();
        const side = (prepared: Prepared, { order }: Part): Promise<Values> =>
          computed(lane, prepared.set, order, planned(prepared, family), member);
        addMovements(movements, member.symbol, {
          was: await side(was, theirs.get(keyOf(part))!),
          is: await side(is, part),
        });
      }
    }
    const names = (all: readonly CatalogFeature[]): string[] => all.map(({ name }) => name);
    features.push(...diffOf(family, names(others), names(own), movements, redefinedIn(others, own)));
  }
  return { features, families: new Set([...now.keys(), ...before.keys()]).size, partitions };
}

/**
 * Says which features moved, and by how much, on a sample: between what is stored and the present definitions, or between two
 * configurations. Nothing is written.
 */
export async function diff(options: DiffOptions): Promise<DiffReport> {
  const { database, against } = options;
  const client = await database.connect();
  try {
    const arena = await Arena.create();
    const prepared = await prepare(client, { ...options, force: true }, { write: false });
    const lane = laneOver(client, arena, new BarCache(prepared.source));
    if (against === undefined) return await againstStored(lane, prepared, options);
    const other = await prepare(client, { ...against, force: true }, { write: false });
    return await againstOther(lane, prepared, other, options);
  } finally {
    await client.end();
  }
}
