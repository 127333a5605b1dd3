import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import type { Custom } from '../../host/catalog/customSchema.ts';
import {
  auditLookahead,
  backfill,
  Engine,
  type Features,
  planBackfill,
  readParameters,
  verify,
} from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import { barsBetween } from '../support/contract.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

// Families that read other pairs go the whole way: what is stored is what the library computes of the same bars, and it is
// stale as soon as any of these bars is another one.

const pairs = ['eurgbp', 'eurjpy', 'eurusd', 'gbpusd'];

/** The last bars of June and the first of July, of which each pair lacks others. */
const market = pairs.flatMap((symbol, pair) =>
  marketMonths([symbol], '2024-06', '2024-07', 50_000).map(({ month, bars, ...rest }) => {
    const all = bars.time.length;
    const some = month === '2024-06' ? barsBetween(bars, all - 400, all) : barsBetween(bars, 0, 900);
    const kept = [...some.time.keys()].filter(row => row % 97 > 2 * pair && row % 13 !== pair);
    const pick = (values: Float64Array): Float64Array => Float64Array.from(kept, row => values[row]!);
    const columns = Object.entries(some.columns).map(([name, values]) => [name, pick(values)]);
    return { ...rest, month, bars: { time: pick(some.time), columns: Object.fromEntries(columns) } as Bars };
  }),
);

const custom: Custom = {
  beside: {
    define: { strength: 'rate_index / lag(rate_index, 30) - 1' },
    features: {
      base: 'mean(peer("base4", $side * strength), 20)',
      quote: 'peer("quote5", ema(close, 3)) / peer("quote1", close)',
      panel: 'peer("panel1", std(rate_index, 60)) - peer("rival2", std(rate_index, 60))',
      named: 'corr(peer("eurusd", rate_index), rate_index, 40)',
      nobody: 'peer("cross1", close)',
    },
  },
  alone: { features: { own: 'mean(rate_index, 20)' } },
};
const families = ['beside', 'alone'];
const setConfig = { custom };
const names = Object.keys(custom.beside!.features);

const joined = (symbol: string): Bars => {
  const months = market.filter(one => one.symbol === symbol).map(({ bars }) => bars);
  const of = (values: (bars: Bars) => Float64Array): Float64Array =>
    Float64Array.from(months.flatMap(bars => [...values(bars)]));
  const columns = Object.keys(months[0]!.columns).map(name => [
    name,
    of(bars => bars.columns[name as 'close']!),
  ]);
  return { time: of(bars => bars.time), columns: Object.fromEntries(columns) };
};

describe('families that read other pairs', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const options = () => ({ database: db.database, setConfig, families });
  const due = async () => {
    const { tasks } = await planBackfill(options());
    return tasks
      .flatMap(task => task.families.map(family => `${family} ${task.symbol} ${task.month}`))
      .sort();
  };
  const stored = async (symbol: string): Promise<Features> => {
    const { rows } = await client.query(
      `select extract(epoch from ts_utc)::float8 * 1000000 as time, * from beside where pair = $1 order by ts_utc`,
      [symbol],
    );
    const column = (name: string) => Float64Array.from(rows, row => row[name] ?? Number.NaN);
    return {
      time: column('time'),
      columns: Object.fromEntries(names.map(name => [`beside.${name}`, column(name)])),
    };
  };
  const computed = async (symbol: string, without: readonly string[] = []): Promise<Features> => {
    const engine = await Engine.create({ setConfig });
    const peerParameters: Record<string, Record<string, number>> = {};
    for (const { symbol: of, parameter, value } of await readParameters(client, 'fx'))
      peerParameters[of] = { ...peerParameters[of], [parameter]: value };
    return engine.compute(
      joined(symbol),
      names.map(name => `beside.${name}`),
      {
        symbol,
        parameters: peerParameters[symbol]!,
        peers: Object.fromEntries(
          pairs.filter(pair => !without.includes(pair)).map(pair => [pair, joined(pair)]),
        ),
        peerParameters,
      },
    );
  };
  /** Loads bars of a pair again, with other closes in some rows. */
  const correct = async (symbol: string, month: string, rows: readonly number[], column = 'close') => {
    const { bars } = market.find(one => one.symbol === symbol && one.month === month)!;
    const values = bars.columns[column as 'close']!;
    for (const row of rows) values[row < 0 ? values.length + row : row]! *= 1.001;
    await loadMarket(db.database, [{ symbol, month, bars }]);
  };

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await loadMarket(
      db.database,
      market.filter(({ symbol }) => symbol !== 'gbpusd'),
    );
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('are stored with the bits of the library; who has no bars is NULL and noted once', async () => {
    const report = await backfill({ ...options(), workers: 2 });
    expect(report).toMatchObject({ done: 12, failed: [] });
    expect(report.notes.filter(note => note.startsWith('no bars'))).toHaveLength(1);
    expect(report.notes.find(note => note.startsWith('no bars'))).toMatch(/^no bars of .*gbpusd/);
    for (const symbol of ['eurgbp', 'eurjpy', 'eurusd']) {
      const [left, right] = [await stored(symbol), await computed(symbol, ['gbpusd'])];
      expect(differences(left, right)).toEqual([]);
      const known = Object.values(left.columns).map(
        column => column.filter(value => !Number.isNaN(value)).length,
      );
      expect(known.filter(count => count > 500).length, symbol).toBeGreaterThanOrEqual(2);
    }
    expect(await due()).toEqual([]);
  });

  test('are verified, and nothing in them is of the future', async () => {
    const { verdicts } = await verify(options());
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 12 }, () => 'equal'));
    expect(await auditLookahead({ ...options(), cuts: 5 })).toMatchObject({ features: 6, findings: [] });
  });

  test('know what they were computed from', async () => {
    const { rows } = await client.query(
      `select peers from windrow.ledger where (family, symbol, month) = ('beside', 'eurgbp', '2024-07-01')`,
    );
    expect(Object.keys(rows[0].peers).sort()).toEqual([
      'audcad',
      'eurjpy',
      'eurusd',
      'gbpaud',
      'gbpnzd',
      'gbpusd',
    ]);
    expect(rows[0].peers.gbpusd).toEqual({ revision: '0', first: null });
    expect(rows[0].peers.eurusd.first).toMatch(/^2024-06-30 2\d:/);
    const alone = await client.query(
      `select count(peers)::int as count from windrow.ledger where family = 'alone'`,
    );
    expect(alone.rows).toEqual([{ count: 0 }]);
  });

  test('are stale when a pair that was missing appears', async () => {
    await loadMarket(
      db.database,
      market.filter(({ symbol }) => symbol === 'gbpusd'),
    );
    const found = await due();
    expect(found.filter(one => one.startsWith('beside'))).toEqual(
      pairs.flatMap(symbol => ['2024-06', '2024-07'].map(month => `beside ${symbol} ${month}`)),
    );
    expect(found.filter(one => one.startsWith('alone'))).toEqual([
      'alone gbpusd 2024-06',
      'alone gbpusd 2024-07',
    ]);
    const { verdicts } = await verify({ ...options(), symbols: ['eurgbp'], families: ['beside'] });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['differs', 'differs']);
    expect(await backfill({ ...options(), workers: 2 })).toMatchObject({ done: 10, failed: [] });
    for (const symbol of pairs) expect(differences(await stored(symbol), await computed(symbol))).toEqual([]);
    expect(await due()).toEqual([]);
  });

  test('are stale when a bar of another pair is corrected, as far as they saw it', async () => {
    await correct('eurjpy', '2024-07', [500]);
    // eurjpy is base4 of eurgbp
    expect(await due()).toEqual(['alone eurjpy 2024-07', 'beside eurgbp 2024-07', 'beside eurjpy 2024-07']);
    await backfill({ ...options(), workers: 1 });
    // the last bars of June belong to the lookback of July, the first do not
    await correct('eurjpy', '2024-06', [-3]);
    expect(await due()).toContain('beside eurgbp 2024-07');
    await backfill({ ...options(), workers: 1 });
    await correct('eurjpy', '2024-06', [3]);
    expect(await due()).not.toContain('beside eurgbp 2024-07');
    expect(await due()).toContain('beside eurgbp 2024-06');
    await backfill({ ...options(), workers: 1 });
    for (const symbol of pairs) expect(differences(await stored(symbol), await computed(symbol))).toEqual([]);
  });

  test('are redefined by the baseline of another pair, if they read it', async () => {
    await client.query(
      `update windrow.parameters set value = value * 1.1 where symbol = 'eurjpy' and parameter = 'baseline'`,
    );
    expect(await due()).toEqual(
      ['alone eurjpy', 'beside eurgbp', 'beside eurjpy'].flatMap(one => [`${one} 2024-06`, `${one} 2024-07`]),
    );
    await backfill({ ...options(), workers: 2 });
    for (const symbol of pairs) expect(differences(await stored(symbol), await computed(symbol))).toEqual([]);
  });
});

describe('families that read other pairs in tables of the user', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const source = { table: 'm1_{pair}', timeColumn: 'ts' };
  const options = () => ({ database: db.database, setConfig, families: ['beside'], source });
  const due = async () =>
    (await planBackfill(options())).tasks.map(({ symbol, month }) => `${symbol} ${month}`).sort();

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    for (const symbol of pairs.filter(pair => pair !== 'gbpusd')) {
      await client.query(`create table m1_${symbol} (ts timestamp primary key, close float8)`);
      const { time, columns } = joined(symbol);
      await client.query(
        `insert into m1_${symbol} select timestamp 'epoch' + t * interval '1 microsecond', c
         from unnest($1::float8[], $2::float8[]) as r (t, c)`,
        [[...time], [...columns.close!]],
      );
    }
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('are stale when a bar is added to or taken from what they saw', async () => {
    expect(await backfill({ ...options(), workers: 1 })).toMatchObject({ done: 6, failed: [] });
    expect(await due()).toEqual([]);
    const { verdicts } = await verify(options());
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['equal']));
    await client.query(`delete from m1_eurjpy where ts = (select max(ts) from m1_eurjpy)`);
    expect(await due()).toEqual(['eurgbp 2024-07', 'eurjpy 2024-07']);
    await backfill({ ...options(), workers: 1 });
    expect(await due()).toEqual([]);
    await client.query(
      `create table m1_gbpusd as select ts, close * 1.2 as close from m1_eurusd where ts >= '2024-07-01'`,
    );
    // July saw no bars of gbpusd and June no baseline of it
    expect((await due()).filter(one => !one.startsWith('gbpusd'))).toHaveLength(6);
  });
});
