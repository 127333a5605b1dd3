import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { compute } from '../../host/engine/compute.ts';
import type { UpdateReport } from '../../host/index.ts';
import { planRows } from '../../host/update/order.ts';
import { barsBetween } from '../support/contract.ts';
import { dailyShapes, hourlyShapes } from '../support/naive/stocksShapes.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import {
  expectedRows,
  load,
  type Market,
  madeUp,
  rowDifferences,
  stampsOf,
  storedRows,
  updated,
} from './support.ts';

/** A symbol for each shape, and some that are shorter than any window, down to a single bar. */
const marketOf = (set: string): Market => {
  const shapes = set === 'stocks-daily' ? dailyShapes : hourlyShapes;
  const all = shapes.map(({ name, rows }, i) => [`s${i}`, madeUp(set, name, i + 1, rows)] as const);
  const [, first] = all[0]!;
  const lengths = [1, 2, 7, 400];
  return Object.fromEntries([
    ...all,
    ...lengths.map(length => [`short${length}`, barsBetween(first, 600 - length, 600)]),
    ...(set === 'stocks-daily' ? [['gspc', madeUp(set, 'weekdays', 99, 690)]] : []),
  ]);
};

const cases: [set: string, options: Readonly<Record<string, unknown>>][] = [
  ['stocks-hourly', {}],
  ['stocks-hourly', { minPeriods: 1, basic: true }],
  ['stocks-daily', {}],
  ['stocks-daily', { clip: false }],
];

describe.each(cases)('rows of %s with %o', (set, options) => {
  const market = marketOf(set);
  const symbols = Object.keys(market);
  const features = featuresOf(setByName(set, { options })).map(({ name }) => name);
  let db: TestDatabase;
  let client: pg.Client;
  let report: UpdateReport;
  let expected: Awaited<ReturnType<typeof expectedRows>>;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await load(db.database, set, market);
    ({ report } = await updated({ database: db.database, set, setOptions: options, workers: 0 }));
    expected = await expectedRows(market, { set, options });
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('are those that the library computes in memory, bit for bit', async () => {
    expect(Object.keys(expected[0]!.cells)).toEqual([
      ...['open', 'high', 'low', 'close', 'volume'],
      ...features,
    ]);
    expect(rowDifferences(await storedRows(client, set), expected)).toEqual([]);
  });

  test('are the same when threads compute them', async () => {
    const schema = 'threads';
    await load(db.database, set, market, schema);
    await updated({ database: db.database, set, setOptions: options, workers: 2, schema });
    const table = `${schema}.${setByName(set).layout.table}`;
    expect(rowDifferences(await storedRows(client, set, table), expected)).toEqual([]);
  });

  test('say where they come from and when they were made', async () => {
    const rows = await storedRows(client, set);
    expect(new Set(rows.map(({ source, version }) => `${source} ${version}`))).toEqual(
      new Set([`import ${report.featureVersion}`]),
    );
    expect(rows.filter(({ created, updated }) => created !== updated)).toEqual([]);
  });

  test('are counted in the report', () => {
    expect(report).toMatchObject({ done: symbols.length, failed: 0, rows: expected.length, notes: [] });
    expect(report.cells).toBe(expected.length * features.length);
    const bySymbol = Map.groupBy(expected, ({ symbol }) => symbol);
    for (const {
      symbol,
      rows,
      inserted,
      cells,
      nulls,
      nullFeatures,
      barsRead,
      first,
      last,
    } of report.symbols) {
      const own = bySymbol.get(symbol)!;
      expect([rows, inserted, barsRead, cells]).toEqual([
        ...Array(3).fill(own.length),
        own.length * features.length,
      ]);
      const counts = features.map(
        name => [name, own.filter(({ cells }) => cells[name] === null).length] as const,
      );
      expect(nullFeatures).toEqual(Object.fromEntries(counts.filter(([, count]) => count > 0)));
      expect(nulls).toBe(counts.reduce((sum, [, count]) => sum + count, 0));
      const times = [own[0]!.at, own.at(-1)!.at].map(at =>
        new Date(at / 1000).toISOString().replace('.000', ''),
      );
      expect([first, last]).toEqual(times);
    }
  });

  test('are left alone by the next run', async () => {
    const before = await stampsOf(client, set);
    const again = await updated({ database: db.database, set, setOptions: options });
    expect(again.said).toEqual(Object.fromEntries(symbols.map(symbol => [symbol, 'unchanged'])));
    expect(again.report).toMatchObject({ rows: 0, cells: 0, notes: [] });
    expect(await stampsOf(client, set)).toEqual(before);
  });

  test('say how many of their values were limited, and by what the next ones would be', async () => {
    const { plan, norms, clipped } = planRows(
      setByName(set, { options }),
      setByName(set, { options }).families.map(({ name }) => name),
    );
    const limits = set === 'stocks-daily' && options.clip !== false;
    expect(clipped !== undefined).toBe(limits);
    const { rows: stored } = await client.query<{ symbol: string; norms: Record<string, number[]> }>(
      "select symbol, norms from windrow.norms where schema_name = 'public' order by symbol",
    );
    if (!limits) return expect(stored).toEqual([]);
    const [rows, count] = [await storedRows(client, set), plan.features[clipped!]!.name];
    let total = 0;
    for (const [symbol, bars] of Object.entries(market)) {
      const { columns } = await compute(plan, bars, {}, { peers: market });
      const own = rows.filter(row => row.symbol === symbol).map(({ cells }) => cells.clipped);
      expect(own).toEqual([...columns[count]!]);
      total += columns[count]!.reduce((sum, one) => sum + one, 0);
      const last = (at: number): number => columns[plan.features[at]!.name]!.at(-1)!;
      const known = norms
        .map(({ name, mean, sd }) => [name, [last(mean), last(sd)]] as const)
        .filter(([, [, sd]]) => !Number.isNaN(sd));
      expect(stored.find(one => one.symbol === symbol)?.norms).toEqual(Object.fromEntries(known));
    }
    expect(report.clipped).toBe(total);
    expect(total).toBeGreaterThan(0);
  });
});
