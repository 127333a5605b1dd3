import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFeature, setByName } from '../../host/catalog/catalog.ts';
import { drawFeature } from '../../host/report/drawFeature.ts';
import { pngOf } from '../../host/report/png.ts';
import {
  type FeatureReport,
  quantileShares,
  readFeature,
  shownRange,
} from '../../host/report/readFeature.ts';
import { migrate } from '../../host/store/migrate.ts';
import { openSource } from '../../host/store/sources.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let db: TestDatabase;
let client: Awaited<ReturnType<TestDatabase['connect']>>;
const set = setByName('stocks-hourly');
const feature = findFeature(set, 'macd');
const hour = 3_600_000_000;
const start = Date.UTC(2025, 2, 3) * 1000;

/** 800 hours: values with a long tail to the right, NULL in the first 30 and in every seventh row. */
const rows = Array.from({ length: 800 }, (_, i) => ({
  time: start + i * hour,
  value: i < 30 || i % 7 === 0 ? null : Math.exp(((i * 7919) % 800) / 200) / 100,
  flag: i % 3 === 0 ? 1 : 0,
  price: 100 + Math.sin(i / 20),
}));
const values = rows.flatMap(({ value }) => (value === null ? [] : [value])).sort((a, b) => a - b);

beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  await migrate(client);
  await client.query(
    `create table bars (symbol text, ts timestamp, close float8);
     create table feature_engineered_data (symbol text, timestamp timestamp, source text, close float8, macd float8,
       is_morning float8, atr float8)`,
  );
  const times = rows.map(({ time }) => time / 1_000_000);
  await client.query(
    `insert into feature_engineered_data
     select s.symbol, to_timestamp(t) at time zone 'UTC', s.source, p, v * s.factor, f, null
     from unnest($1::float8[], $2::float8[], $3::float8[], $4::float8[]) as r (t, v, p, f),
       (values ('aapl', 'import', 1), ('aapl', 'other', 99), ('msft', 'import', 99)) as s (symbol, source, factor)`,
    [times, rows.map(row => row.value), rows.map(row => row.price), rows.map(row => row.flag)],
  );
  await client.query(
    `insert into bars select 'eurusd', to_timestamp(t) at time zone 'UTC', p from unnest($1::float8[], $2::float8[]) as r (t, p)`,
    [times, rows.map(row => row.price)],
  );
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

const read = async (name = 'macd', more: { symbol?: string; from?: string; to?: string } = {}) => {
  const source = await openSource(client, { set: set.name });
  const query = { set, feature: findFeature(set, name), symbol: 'aapl', schema: 'public', source, ...more };
  return readFeature(client, query);
};

const quantile = (share: number): number => {
  const place = share * (values.length - 1);
  const [low, high] = [values[Math.floor(place)]!, values[Math.ceil(place)]!];
  return low + (high - low) * (place - Math.floor(place));
};

const heading = { set: set.name, symbol: 'aapl', feature };

describe('what is read of a feature', () => {
  test('are counts, moments and quantiles of its symbol and source', async () => {
    const report = await read();
    const nulls = rows.length - values.length;
    expect(report).toMatchObject({ rows: 800, nulls, first: start, last: start + 799 * hour });
    const found = report.values!;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(found.mean).toBeCloseTo(mean, 12);
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(found.sd).toBeCloseTo(Math.sqrt(squares / (values.length - 1)), 12);
    expect([found.min, found.max]).toEqual([values[0], values.at(-1)]);
    for (const [i, share] of quantileShares.entries())
      expect(found.quantiles[i]).toBeCloseTo(quantile(share), 12);
  });

  test('is a histogram over nearly all values, with the number of those outside', async () => {
    const { distribution, min, max, quantiles } = (await read()).values!;
    if (distribution.kind !== 'intervals') throw new Error('values one by one');
    const [low, high] = shownRange(min, max, quantiles);
    const width = (high - low) / distribution.counts.length;
    const counts = distribution.counts.map(
      (_, i) =>
        values.filter(
          value =>
            value >= low + i * width &&
            (value < low + (i + 1) * width || (i === distribution.counts.length - 1 && value <= high)),
        ).length,
    );
    expect(distribution.counts).toEqual(counts);
    expect(distribution.above).toBe(values.filter(value => value > high).length);
    expect(distribution.counts.reduce((sum, count) => sum + count, 0)).toBe(
      values.length - distribution.above - distribution.below,
    );
  });

  test('is each value by itself where there are few', async () => {
    const { distribution } = (await read('is_morning')).values!;
    const ones = rows.filter(({ flag }) => flag === 1).length;
    expect(distribution).toEqual({
      kind: 'values',
      values: [
        { value: 0, count: 800 - ones },
        { value: 1, count: ones },
      ],
    });
  });

  test('are NULLs by day, and the last week with its price', async () => {
    const { days, week } = await read();
    expect(days).toHaveLength(34);
    expect(days[1]).toEqual({ time: start + 24 * hour, rows: 24, nulls: 6 + 2 });
    const last = rows.filter(({ time }) => time > start + (799 - 168) * hour);
    expect(week.map(({ time }) => time)).toEqual(last.map(({ time }) => time));
    expect(week.map(({ value }) => value)).toEqual(last.map(({ value }) => value));
    expect(week.map(({ price }) => price)).toEqual(last.map(({ price }) => price));
  });

  test('is limited to months, and nothing is an error', async () => {
    const march = await read('macd', { to: '2025-03' });
    expect(march).toMatchObject({ first: start, last: Date.UTC(2025, 2, 31, 23) * 1000 });
    await expect(read('macd', { from: '2025-05' })).rejects.toThrow(
      'table "public.feature_engineered_data" has no rows of "aapl" from 2025-05',
    );
    await expect(read('macd', { symbol: 'none' })).rejects.toMatchObject({ code: 'WR_ROWS_NONE' });
  });

  test('has no values where all are NULL', async () => {
    expect((await read('atr')).values).toBeUndefined();
  });

  test('takes the price from the bars where the rows have none', async () => {
    await client.query(
      `create table bollinger_rate as select 'eurusd' as pair, timestamp as ts_utc, macd as w20_bb_upper
       from feature_engineered_data where symbol = 'aapl' and source = 'import'`,
    );
    const fx = setByName('fx');
    const source = await openSource(client, { table: 'bars', symbolColumn: 'symbol', timeColumn: 'ts' });
    const query = { set: fx, symbol: 'eurusd', schema: 'public', source };
    const { week } = await readFeature(client, {
      ...query,
      feature: findFeature(fx, 'bollinger_rate.w20_bb_upper'),
    });
    const prices = rows.filter(({ time }) => time > start + (799 - 168) * hour).map(({ price }) => price);
    expect(week.map(({ price }) => price)).toEqual(prices);
    await expect(
      readFeature(client, { ...query, feature: findFeature(fx, 'bid_depth') }),
    ).rejects.toMatchObject({
      code: 'WR_ROWS_NONE',
      hint: expect.stringContaining('windrow backfill --set fx'),
    });
  });
});

describe('a picture', () => {
  const texts = (svg: string): string[] =>
    [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);

  test('says what it shows, with no number that is none', async () => {
    const svg = drawFeature(heading, await read());
    const all = texts(svg);
    for (const text of [
      'trend_indicators.macd (price)',
      'AAPL',
      'Distribution',
      'NULL by day',
      'The last week',
      'close',
    ])
      expect(all).toContain(text);
    expect(svg).toMatch(/^<svg width="1200"/);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(drawFeature(heading, await read())).toBe(svg);
  });

  test('has a line exactly where each quantile is', async () => {
    const report = await read();
    const { quantiles, distribution } = report.values!;
    if (distribution.kind !== 'intervals') throw new Error('values one by one');
    const { low, high } = distribution;
    const drawn = [
      ...drawFeature(heading, report).matchAll(/<path d="M([\d.]+) [\d.]+L\1 [\d.]+"[^>]*stroke-dasharray/g),
    ];
    const expected = [0.05, 0.5, 0.95].map(share => {
      const value = quantiles[quantileShares.indexOf(share as 0.5)]!;
      return 76 + ((value - low) / (high - low)) * 490;
    });
    expect(drawn).toHaveLength(3);
    for (const [i, [, x]] of drawn.entries()) expect(Math.abs(Number(x) - expected[i]!)).toBeLessThan(1);
  });

  test.each<[string, (report: FeatureReport) => FeatureReport, readonly string[]]>([
    ['without values', ({ values: _, ...rest }) => ({ ...rest, nulls: rest.rows }), ['every value is NULL']],
    ['of one day', report => ({ ...report, days: report.days.slice(0, 1) }), ['3 Mar']],
    ['of one moment', report => ({ ...report, week: report.week.slice(0, 1) }), ['The last week']],
    [
      'of years',
      report => ({
        ...report,
        days: Array.from({ length: 900 }, (_, i) => ({
          time: start + i * 24 * hour,
          rows: 24,
          nulls: i % 24,
        })),
      }),
      ['NULL by day'],
    ],
    [
      'without NULL',
      report => ({ ...report, nulls: 0, days: report.days.map(day => ({ ...day, nulls: 0 })) }),
      ['no NULL in any row'],
    ],
    [
      'of a constant',
      report => ({
        ...report,
        values: {
          ...report.values!,
          min: 1,
          max: 1,
          sd: 0,
          quantiles: quantileShares.map(() => 1),
          distribution: { kind: 'values', values: [{ value: 1, count: 9 }] },
        },
      }),
      ['share of each value'],
    ],
    [
      'without a price',
      report => ({ ...report, week: report.week.map(moment => ({ ...moment, price: null })) }),
      ['there is no price'],
    ],
  ])('%s can be drawn too', async (_, change, said) => {
    const svg = drawFeature(heading, change(await read()));
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    for (const text of said) expect(texts(svg)).toContain(text);
  });

  test('becomes a PNG of twice its size', async () => {
    const png = await pngOf(drawFeature(heading, await read()));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2400, 1890]);
  });
});
