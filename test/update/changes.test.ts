import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { barsBetween } from '../support/contract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import {
  changed,
  expectedRows,
  load,
  type Market,
  madeUp,
  only,
  servers,
  stampsOf,
  tableDifferences,
  touched,
  updated,
  without,
  written,
} from './support.ts';

const set = 'stocks-hourly';
/** The longest lookback of the set, in bars. */
const lookback = 767;

const corrected = (bars: Bars, rows: readonly number[]): Bars =>
  changed(bars, (cells, row) =>
    rows.includes(row) ? { ...cells, close: cells.close! * 1.01, volume: cells.volume! + 7 } : cells,
  );

describe.each(servers)('rows of bars that change, %s', (_, binDir) => {
  let db: TestDatabase;
  let client: pg.Client;
  const late = 200;
  const [a, b] = [madeUp(set, 'sessions', 1, 1000), madeUp(set, 'gaps', 2, 850)];
  let market: Market = { a: barsBetween(without(a, [late]), 0, 980), b };

  beforeAll(async () => {
    db = await testDatabase(binDir);
    client = await db.connect();
    await load(db.database, set, market);
    expect((await updated({ database: db.database, set })).said).toEqual({
      a: 'done 980 980',
      b: 'done 850 850',
    });
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  /** Loads bars and updates; returns what was said and which rows were written. */
  const change = async (more: Market, now: Market) => {
    const [before, known] = [await stampsOf(client, set), await expectedRows(market, { set })];
    market = now;
    await load(db.database, set, more);
    const { said } = await updated({ database: db.database, set });
    const rows = written(before, await stampsOf(client, set));
    // exactly those that computing everything anew makes another
    expect(rows).toEqual(touched(known, await expectedRows(market, { set })));
    expect(await tableDifferences(client, market, { set })).toEqual([]);
    return { said, rows };
  };

  test('bars that are added: their rows are written', async () => {
    const more = barsBetween(a, 981, 1000);
    const { said, rows } = await change({ a: more }, { ...market, a: without(a, [late]) });
    expect(said).toEqual({ a: 'done 19 19', b: 'unchanged' });
    expect(rows).toEqual({ a: [...more.time] });
  });

  test('a bar that comes late: its row is written, and of those behind it the ones that it changes', async () => {
    const { said, rows } = await change({ a: only(a, [late]) }, { ...market, a });
    expect(said).toEqual({ a: `done ${rows.a!.length} 1`, b: 'unchanged' });
    expect(Math.min(...rows.a!)).toBe(a.time[late]);
    expect(Math.max(...rows.a!)).toBeLessThanOrEqual(a.time[late + lookback - 1]!);
  });

  test('a bar that is corrected: its row is written, and of those behind it the ones that it changes', async () => {
    const fixed = corrected(a, [100]);
    const { said, rows } = await change({ a: only(fixed, [100]) }, { ...market, a: fixed });
    expect(said).toEqual({ a: `done ${rows.a!.length} 0`, b: 'unchanged' });
    expect(Math.min(...rows.a!)).toBe(a.time[100]);
    // which is what reading on would not have shown: there are rows behind the lookback
    expect(Math.max(...rows.a!)).toBeLessThanOrEqual(a.time[100 + lookback - 1]!);
    expect(a.time.length).toBeGreaterThan(100 + lookback);
  });

  test('changes of several symbols, old and new bars at once', async () => {
    const fixed = corrected(b, [0, 849]);
    const { said, rows } = await change({ a: only(a, [100]), b: only(fixed, [0, 849]) }, { a, b: fixed });
    expect(said).toEqual({ a: `done ${rows.a!.length} 0`, b: `done ${rows.b!.length} 0` });
  });

  test('the same again writes nothing', async () => {
    const { said, rows } = await change({ a: only(a, [50, 999]) }, market);
    expect([said, rows]).toEqual([{ a: 'unchanged', b: 'unchanged' }, {}]);
  });
});

describe('any sequence of changes', () => {
  let db: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const rows = 60;
  const symbols = ['a', 'b'] as const;
  const whole = { a: madeUp(set, 'sessions', 7, rows), b: madeUp(set, 'sessions', 8, rows) };
  const other = {
    a: corrected(whole.a, [...whole.a.time.keys()]),
    b: corrected(whole.b, [...whole.b.time.keys()]),
  };
  /** A stretch of bars: scattered ones may look like bars of another interval, which are not let in. */
  const stretch = fc
    .record({ from: fc.nat(rows - 1), length: fc.integer({ min: 1, max: 12 }) })
    .map(({ from, length }) => Array.from({ length: Math.min(length, rows - from) }, (_, i) => from + i));
  /** Bars of a symbol that arrive, as they are or corrected; or an update, of all or of some phases or symbols. */
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        symbol: fc.constantFrom(...symbols),
        rows: stretch,
        wrong: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        phases: fc.option(fc.subarray([1, 2, 3, 4, 5], { minLength: 1 }), { nil: undefined, freq: 2 }),
        of: fc.option(fc.constantFrom(...symbols), { nil: undefined }),
      }),
    },
  );

  test('ends in the rows that one update at the end makes', async () => {
    let schemas = 0;
    const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async steps => {
      const schema = `run_${schemas++}`;
      const cells = { a: new Map<number, Bars>(), b: new Map<number, Bars>() };
      const add = async (symbol: 'a' | 'b', bars: Bars, rows: readonly number[]): Promise<void> => {
        for (const row of rows) cells[symbol].set(row, bars);
        await load(db.database, set, { [symbol]: only(bars, rows) }, schema);
      };
      for (const symbol of symbols) await add(symbol, whole[symbol], [20, 21]);
      for (const one of steps) {
        if ('symbol' in one) await add(one.symbol, (one.wrong ? other : whole)[one.symbol], one.rows);
        else {
          const { phases, of } = one;
          const { report } = await updated({
            database: db.database,
            set,
            schema,
            phases,
            symbols: of && [of],
            setOptions: { minPeriods: 1 },
          });
          expect(report.symbols.filter(({ cause }) => cause !== undefined)).toEqual([]);
        }
      }
      const options = { minPeriods: 1 };
      await updated({ database: db.database, set, schema, setOptions: options });
      const market = Object.fromEntries(
        symbols.map(symbol => [
          symbol,
          changed(whole[symbol], (_, row) => {
            const from = cells[symbol].get(row);
            return (
              from &&
              Object.fromEntries(Object.entries(from.columns).map(([name, values]) => [name, values[row]!]))
            );
          }),
        ]),
      );
      expect(await tableDifferences(client, market, { set, schema, options })).toEqual([]);
      const again = await updated({ database: db.database, set, schema, setOptions: options });
      expect(again.said).toEqual({ a: 'unchanged', b: 'unchanged' });
    });
    await fc.assert(property, { numRuns: 8 });
  });
});
