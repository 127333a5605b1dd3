import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  auditRowNulls,
  diffRows,
  findRemovableRows,
  keepRowsSince,
  removeRows,
  verifyRowStructure,
  verifyRows,
} from '../../host/index.ts';
import { rowStatus } from '../../host/metrics/rowStatus.ts';
import { choose } from '../../host/update/choice.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { changed, load, type Market, madeUp, tableDifferences, updated } from './support.ts';

// What an operator does with rows that are kept one by one: look at them, compare, remove.

const set = 'stocks-hourly';
const table = 'feature_engineered_data';
const market: Market = Object.fromEntries(
  ['a', 'b', 'c'].map((symbol, i) => [symbol, barsBetween(madeUp(set, 'sessions', i, 420), 0, 420)]),
);

let db: TestDatabase;
let client: pg.Client;
let months: string[];
beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  await load(db.database, set, market);
});
afterAll(async () => {
  await client.end();
  await db.drop();
});
beforeEach(async () => {
  await updated({ database: db.database, set, force: true });
  months = (await findRemovableRows(client, { set })).map(({ month }) => month);
  expect(months.length).toBeGreaterThan(2);
});

const only = async () => ({ database: db.database, set });
const wrong = async (options: object) =>
  (await verifyRows({ ...(await only()), ...options }))
    .filter(({ verdict }) => verdict !== 'equal')
    .map(({ symbol, lacking, extra, differing, why }) => [symbol, lacking, extra, differing, why]);
const newest = `timestamp = (select max(timestamp) from ${table})`;

describe('verify', () => {
  test('draws months of symbols, the same of the same seed', async () => {
    const draw = async (seed: number) =>
      (await verifyRows({ ...(await only()), sample: { count: 3 }, seed })).map(
        ({ symbol, month, verdict, rows }) => ({ place: `${symbol} ${month}`, verdict, some: rows > 0 }),
      );
    const drawn = await draw(1);
    expect(drawn).toHaveLength(3);
    expect(drawn.every(({ verdict, some }) => verdict === 'equal' && some)).toBe(true);
    expect(await draw(1)).toEqual(drawn);
    const others = await Promise.all([2, 3, 4].map(draw));
    expect(others.some(other => JSON.stringify(other) !== JSON.stringify(drawn))).toBe(true);
    expect(await verifyRows({ ...(await only()), sample: { count: 0 } })).toEqual([]);
  });

  test('finds a feature and a bar that were changed by hand; without computing, the bar', async () => {
    await client.query(`
      update ${table} set rsi_1d = 77 where symbol = 'a' and ${newest};
      update ${table} set close = 7 where symbol = 'b' and ${newest}`);
    expect(await wrong({})).toEqual([
      ['a', 0, 0, 1, undefined],
      ['b', 0, 0, 1, undefined],
    ]);
    expect(await wrong({ stored: true })).toEqual([
      ['b', 0, 0, 0, '1 row that show another bar than there is'],
    ]);
  });

  test('without computing, finds rows that lack, that nobody knows of, and what is not finite', async () => {
    expect(await wrong({ stored: true })).toEqual([]);
    await client.query(`
      delete from ${table} where symbol = 'a' and ${newest};
      update ${table} set rsi_1d = 'NaN' where symbol = 'b' and ${newest};
      update ${table} set rsi_1d = '-Infinity' where symbol = 'b' and timestamp = (select min(timestamp) from ${table});
      delete from windrow.set_progress where symbol = 'c'`);
    expect(await wrong({ stored: true })).toEqual([
      ['a', 1, 0, 0, undefined],
      ['b', 0, 0, 0, '2 rows with what is not finite'],
      ['c', 0, 0, 0, 'windrow.set_progress knows nothing of its rows'],
    ]);
    expect(await wrong({ stored: true, sample: { count: 100 } })).toHaveLength(3 + months.length);
  });
});

describe('the structure of the table', () => {
  test('has nothing to say where all is well', async () => {
    expect(await verifyRowStructure(await only())).toEqual([]);
  });

  test('is told with what mends it, and that mends it', async () => {
    const [, second, third] = months.map(month => `${table}_${month.replace('-', '_')}`);
    const { rows } = await client.query<{ name: string }>(
      `select conname as name from pg_constraint where conrelid = '${table}'::regclass and contype = 'f'`,
    );
    await client.query(`
      alter table ${table} drop constraint ${table}_pkey; drop index ${table}_recent;
      alter table ${table} drop constraint ${rows[0]!.name};
      alter table ${table} detach partition ${second}; drop table ${third}`);
    const found = await verifyRowStructure(await only());
    expect(found.map(({ fault, table: name }) => [fault, name])).toEqual([
      ['key', table],
      ['index', table],
      ['reference', table],
      ['detached', second],
      ['missing', third],
    ]);
    expect((await wrong({})).map(([symbol]) => symbol)).toEqual(['a', 'b', 'c']);
    for (const { remedy } of found)
      await (remedy.startsWith('windrow')
        ? updated({ database: db.database, set, force: true })
        : client.query(remedy));
    expect(await verifyRowStructure(await only())).toEqual([]);
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });
});

describe('the audit of values', () => {
  test('tells NULLs of rows that come late enough, and what is out of range', async () => {
    const clean = await auditRowNulls(await only());
    expect([...new Set(clean.months.map(({ month }) => month))]).toEqual(months);
    expect(clean.findings.filter(({ fault }) => fault !== 'constant')).toEqual([]);
    const of = (report: typeof clean, month: string, family = 'rsi_volume') =>
      report.months.find(one => one.family === family && one.month === month)!;
    const [first, last] = [of(clean, months[0]!), of(clean, months.at(-1)!)];
    // in the first rows not all bars are there yet
    expect(first.completeCells).toBeLessThan(first.rows * first.features);
    const short = of(clean, months.at(-1)!, 'price_time');
    expect(short).toMatchObject({
      ...{ partitions: 3, infinite: null },
      completeCells: short.rows * short.features,
    });
    await client.query(`
      update ${table} set rsi_1d = null where ${newest};
      update ${table} set rsi_1d = 101 where symbol = 'a' and timestamp = (select max(timestamp) from ${table} where rsi_1d is not null);
      update ${table} set atr = 'Infinity' where symbol = 'b' and timestamp = (select max(timestamp) from ${table})`);
    const hurt = await auditRowNulls(await only());
    const holes = (
      await client.query<{ n: number }>(`select count(*)::int as n from ${table} where ${newest}`)
    ).rows[0]!.n;
    expect(of(hurt, months.at(-1)!).nulls - last.nulls).toBe(holes);
    expect(
      hurt.findings
        .filter(({ fault }) => fault !== 'constant')
        .map(({ fault, feature, month }) => [fault, feature, month]),
    ).toEqual([
      ['unsound', 'atr', months.at(-1)],
      ['outside', 'rsi_1d', months.at(-1)],
    ]);
    const one = await auditRowNulls({ ...(await only()), symbols: ['b'], from: months.at(-1)! });
    expect(one.months.every(({ month, partitions }) => month === months.at(-1) && partitions === 1)).toBe(
      true,
    );
    expect(one.findings.find(({ fault }) => fault === 'unsound')).toMatchObject({
      symbol: 'b',
      feature: 'atr',
    });
  });
});

describe('the difference', () => {
  test('to rows of older definitions, and between two definitions, is that of the values', async () => {
    expect(await diffRows(await only())).toMatchObject({ features: [], partitions: 0 });
    const options = { setOptions: { minPeriods: 1 }, symbols: ['a'], sample: { share: 1 } };
    const stored = await diffRows({ ...(await only()), ...options });
    expect(stored.partitions).toBe(months.length);
    const moved = stored.features.filter(({ state }) => state === 'moved');
    // with partial windows values appear where there were NULLs, and nothing else
    expect(moved.length).toBeGreaterThan(5);
    expect(moved.every(({ appeared, differing, vanished }) => appeared === differing && vanished === 0)).toBe(
      true,
    );
    const between = await diffRows({ ...(await only()), ...options, against: {} });
    const key = ({ family, feature, state, cells, differing, appeared }: (typeof moved)[number]) =>
      [family, feature, state, cells, differing, appeared].join(' ');
    expect(between.features.map(key)).toEqual(stored.features.map(key));
    expect(between.features.some(({ redefined }) => redefined)).toBe(true);
    expect(stored.features.every(({ redefined }) => redefined === undefined)).toBe(true);
  });
});

describe('removal', () => {
  test('of a symbol takes its rows, and the next update computes them again', async () => {
    const found = await findRemovableRows(client, { set, symbols: ['b'] });
    expect(found.map(({ month }) => month)).toEqual(months);
    expect(found.reduce((sum, { rows }) => sum + rows, 0)).toBe(420);
    await removeRows(db.database, set, found);
    expect(await findRemovableRows(client, { set, symbols: ['b'] })).toEqual([]);
    const { said } = await updated({ database: db.database, set });
    expect(said).toMatchObject({ a: 'unchanged', b: 'done 420 420', c: 'unchanged' });
    expect(await tableDifferences(client, market, { set })).toEqual([]);
  });

  describe('of months that are no longer kept', () => {
    const stored = async () => (await findRemovableRows(client, { set })).map(({ month }) => month);
    const rowsOf = async (symbol: string) =>
      (await findRemovableRows(client, { set, symbols: [symbol] })).reduce((sum, { rows }) => sum + rows, 0);
    const corrected = changed(market.a!, (cells, row) =>
      row === 2 ? { ...cells, close: cells.close! + 1 } : cells,
    );
    const old = barsBetween(market.a!, 0, 3);
    const more = { ...market, a: corrected, d: market.c!, e: old };

    beforeEach(async () => {
      const [first, second] = months;
      await keepRowsSince(db.database, { set }, second);
      const found = await findRemovableRows(client, { set, to: first });
      expect(found).toMatchObject([{ month: first, whole: true, symbols: ['a', 'b', 'c'] }]);
      await removeRows(db.database, set, found);
    });
    afterEach(() => keepRowsSince(db.database, { set }, undefined));

    test('drops partitions, and an update leaves them away', async () => {
      const { said, report } = await updated({ database: db.database, set });
      expect(new Set(Object.values(said))).toEqual(new Set(['unchanged']));
      expect(report.notes).toEqual([]);
      expect(await stored()).toEqual(months.slice(1));
      const notes: string[] = [];
      expect(await wrong({ onNote: (text: string) => notes.push(text) })).toEqual([]);
      expect(await wrong({ stored: true })).toEqual([]);
      expect(notes).toEqual([expect.stringMatching(/^bars before the first row .* of 3 symbols/)]);
      expect(await verifyRowStructure(await only())).toEqual([]);
    });

    test('lasts: no update brings them back, whatever is dropped, corrected or new', async () => {
      const kept = await rowsOf('b');
      expect(kept).toBeLessThan(420);
      // a drop of newer months, which an update computes again
      await removeRows(db.database, set, await findRemovableRows(client, { set, from: months[2] }));
      await removeRows(db.database, set, await findRemovableRows(client, { set, symbols: ['b'] }));
      await load(db.database, set, { a: barsBetween(corrected, 2, 3), d: market.c! });
      const { said, report } = await updated({ database: db.database, set });
      expect(said.b).toBe(`done ${kept} ${kept}`);
      expect(report.notes).toEqual([expect.stringMatching(`^rows before ${months[1]} are not kept`)]);
      expect(await stored()).toEqual(months.slice(1));
      expect(await rowsOf('d')).toBe(await rowsOf('c'));
      expect((await updated({ database: db.database, set })).report).toMatchObject({
        unchanged: 4,
        notes: [],
      });
      const forced = await updated({ database: db.database, set, force: true });
      expect(forced.report).toMatchObject({ failed: 0, rows: 0 });
      expect(await stored()).toEqual(months.slice(1));
      expect(await wrong({})).toEqual([]);
      expect(await wrong({ stored: true })).toEqual([]);

      // a symbol with older bars alone: nothing is to be there, and nothing is missing
      await load(db.database, set, { e: old });
      expect((await updated({ database: db.database, set })).said.e).toBe('unchanged');
      expect((await updated({ database: db.database, set, dryRun: true })).said.e).toBe('unchanged');
      const { table: target, source, symbols } = await choose(client, await only());
      const status = await rowStatus(client, { table: target, source, symbols });
      expect(status.map(({ symbol, behind }) => `${symbol} ${behind}`)).toEqual([
        'a 0',
        'b 0',
        'c 0',
        'd 0',
        'e 0',
      ]);
      expect(await wrong({})).toEqual([]);
      expect(await wrong({ stored: true })).toEqual([]);

      // as many again as there were: what lacks is computed, with the bits of rows that were never gone
      await keepRowsSince(db.database, { set }, months[0]);
      expect((await updated({ database: db.database, set })).report).toMatchObject({ failed: 0 });
      expect(await tableDifferences(client, more, { set })).toEqual([]);
    });
  });

  test('waits for nobody it should not, and is refused where a view needs the rows', async () => {
    const [first] = months;
    const name = `${table}_${first!.replace('-', '_')}`;
    await client.query(`create view mine as select symbol from ${name}`);
    const found = await findRemovableRows(client, { set, months: [first!] });
    await expect(removeRows(db.database, set, found)).rejects.toMatchObject({ code: 'WR_TABLE_USED' });
    await client.query('drop view mine');
    expect(await wrong({})).toEqual([]);
  });
});
