import type pg from 'pg';
import { type CatalogFeature, featuresOf, redefinedIn } from '../catalog/catalog.ts';
import { CopyDecoder } from '../engine/copyDecoder.ts';
import { cellOf } from '../engine/copyTable.ts';
import { Arena } from '../engine/module.ts';
import {
  addMovements,
  type DiffReport,
  diffOf,
  type FeatureDiff,
  type Movement,
  type Values,
} from '../movement.ts';
import { drawn, type Sample } from '../sample.ts';
import { tableColumns } from '../store/columnValues.ts';
import { qualify, quote } from '../store/identifiers.ts';
import { checkMonths, type Month } from '../store/month.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { readingSettings } from '../store/sources.ts';
import { type Lane, openLane, readBars, readPeers } from './batch.ts';
import { type Choice, type ChoiceOptions, choose } from './choice.ts';
import { historyOf } from './compute.ts';
import { featureVersion } from './order.ts';
import { rowsSql } from './storedRows.ts';
import { dueOf, keyOfMonth, type SymbolMonth, symbolMonths } from './symbolMonths.ts';
import { requireRowTable } from './table.ts';

export type DiffRowsOptions = Omit<
  ChoiceOptions,
  'force' | 'dryRun' | 'workers' | 'symbolTimeoutMs' | 'onEvent'
> & {
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
  /** What is held against the present definitions: others of the same set. Without them it is what is stored by older ones. */
  readonly against?: Pick<ChoiceOptions, 'setOptions' | 'custom' | 'off' | 'type' | 'families'> | undefined;
  /** Months of symbols; default 3. */
  readonly sample?: Sample | undefined;
  readonly seed?: number | undefined;
};

const defaultSample: Sample = { count: 3 };

/** What the rows of a symbol in a month are by the lane's definitions. */
async function computed(lane: Lane, part: SymbolMonth): Promise<Values> {
  const { arena, rowPlan, computer, order } = lane;
  const mark = arena.top;
  try {
    const loaded = await readBars(lane, [dueOf(part)], historyOf(rowPlan.plan));
    await readPeers(lane, loaded);
    const [bars] = loaded;
    if (!bars || bars.rows === bars.firstRow) return { time: new Float64Array(), columns: new Map() };
    const values = computer.values(bars);
    return {
      time: arena.f64(bars.time + bars.firstRow * 8, bars.rows - bars.firstRow).slice(),
      columns: new Map(
        rowPlan.features.map(({ name }, i) => [name, values[i]!.map(value => cellOf(value, order.type))]),
      ),
    };
  } finally {
    arena.release(mark);
  }
}

/** What is stored of them, of those columns that the table has. */
async function stored(lane: Lane, part: SymbolMonth, columns: readonly string[]): Promise<Values> {
  const { client, arena, order, table } = lane;
  const mark = arena.top;
  try {
    const decoder = new CopyDecoder(arena, { columns: columns.length, type: order.type });
    const list = [table.timeColumn, ...columns].map(quote).join(', ');
    await receiveCopy(
      client,
      `copy (select ${list} from ${qualify(table.schema, table.name)} where ${rowsSql(lane, dueOf(part))}
         order by ${quote(table.timeColumn)}) to stdout (format binary)`,
      decoder,
    );
    decoder.finish();
    return decoder.values(columns);
  } finally {
    arena.release(mark);
  }
}

const featuresIn = ({ set, families }: Choice): Map<string, CatalogFeature[]> =>
  new Map(
    set.families
      .filter(({ name }) => families.includes(name))
      .map(family => [family.name, featuresOf(set, [family])]),
  );

/** The families on both sides, each feature with what became of it. */
function report(
  [is, was]: readonly [Map<string, CatalogFeature[]>, Map<string, CatalogFeature[]>],
  movements: ReadonlyMap<string, Movement>,
  partitions: number,
  redefinition?: typeof redefinedIn,
): DiffReport {
  const families = [...new Set([...is.keys(), ...was.keys()])];
  const features = families.flatMap((family): FeatureDiff[] => {
    const [now, before] = [is.get(family) ?? [], was.get(family) ?? []];
    const names = (all: readonly CatalogFeature[]): string[] => all.map(({ name }) => name);
    return diffOf(family, names(before), names(now), movements, redefinition?.(before, now));
  });
  return { features, families: families.length, partitions };
}

/** Rows that older definitions have made against those of the present ones, from the same bars. */
async function againstStored(
  client: pg.Client,
  choice: Choice,
  options: DiffRowsOptions,
): Promise<DiffReport> {
  const { sample = defaultSample, seed = 1, signal } = options;
  const { table, set, order } = choice;
  await requireRowTable(client, table);
  const older = await symbolMonths(client, choice, options, featureVersion(set, order.type));
  if (older.length === 0) return { features: [], families: 0, partitions: 0 };
  const there = new Set(await tableColumns(client, { schema: table.schema, table: table.name }));
  const is = featuresIn(choice);
  const was = new Map(
    [...is].map(([family, features]) => [family, features.filter(({ name }) => there.has(name))]),
  );
  const columns = [...was.values()].flat().map(({ name }) => name);
  const movements = new Map<string, Movement>();
  const parts = drawn(older, sample, seed, keyOfMonth);
  const lane = await openLane(order, await Arena.create());
  try {
    await lane.client.query(readingSettings);
    for (const part of parts) {
      signal?.throwIfAborted();
      const before = await stored(lane, part, columns);
      addMovements(movements, part.symbol, { was: before, is: await computed(lane, part) });
    }
  } finally {
    await lane.client.end();
  }
  return report([is, was], movements, parts.length);
}

/** What two definitions of a set make of the same bars. */
async function againstOther(
  client: pg.Client,
  choice: Choice,
  options: DiffRowsOptions,
): Promise<DiffReport> {
  const { sample = defaultSample, seed = 1, signal, against } = options;
  const other = await choose(client, {
    ...{ database: options.database, set: options.set, schema: options.schema, source: options.source },
    ...{ symbols: options.symbols, ...against },
  });
  const months = await choice.source.months(client, choice.symbols);
  const { from = '', to } = options;
  const all = [...months].flatMap(([symbol, own]) =>
    own
      .filter(({ month }) => month >= from && (to === undefined || month <= to))
      .map(({ month }) => ({ symbol, month })),
  );
  const parts = drawn(all, sample, seed, keyOfMonth);
  const movements = new Map<string, Movement>();
  const lanes: Lane[] = [];
  try {
    for (const { order } of [other, choice]) lanes.push(await openLane(order, await Arena.create()));
    for (const lane of lanes) await lane.client.query(readingSettings);
    const [before, now] = lanes as [Lane, Lane];
    for (const part of parts) {
      signal?.throwIfAborted();
      addMovements(movements, part.symbol, {
        was: await computed(before, part),
        is: await computed(now, part),
      });
    }
  } finally {
    await Promise.all(lanes.map(({ client: own }) => own.end()));
  }
  return report([featuresIn(choice), featuresIn(other)], movements, parts.length, redefinedIn);
}

/**
 * Says which features of a set that is kept row by row have moved, and by how much, on a sample of months of symbols: between
 * rows that older definitions have made and the present ones, or between two definitions. Nothing is written.
 */
export async function diffRows(options: DiffRowsOptions): Promise<DiffReport> {
  checkMonths(options);
  const client = await options.database.connect();
  try {
    const choice = await choose(client, options);
    return await (options.against === undefined ? againstStored : againstOther)(client, choice, options);
  } finally {
    await client.end();
  }
}
