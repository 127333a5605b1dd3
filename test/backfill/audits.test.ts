import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeLookback } from '../../host/backfill/probeLookback.ts';
import { kernelByName } from '../../host/catalog/kernels.ts';
import { type Operator, operatorByName } from '../../host/catalog/operators.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { Arena } from '../../host/engine/module.ts';
import { auditLookback, auditNulls, backfill, catalog } from '../../host/index.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';
import { without } from '../update/support.ts';

const families = ['bollinger_rate', 'time_features', 'liquidity_metrics_rate'];

let db: TestDatabase;
let client: Awaited<ReturnType<TestDatabase['connect']>>;
beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  await loadMarket(db.database, marketMonths(['eurusd'], '2024-07', '2024-08', 700));
  await backfill({ database: db.database, families });
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

describe('the audit of values', () => {
  const audit = () => auditNulls({ database: db.database, families });

  test('has a line for each family and month, and nothing to find where nothing is wrong', async () => {
    const { months, findings } = await audit();
    expect(months.map(({ family, month }) => `${family} ${month}`)).toEqual(
      ['2024-07', '2024-08'].flatMap(month => families.map(family => `${family} ${month}`)),
    );
    // 20 of 50 bars are there before row 20 of the first month, all of them in the second
    const [first, , , second] = months;
    expect(first).toMatchObject({
      rows: 700,
      features: 10,
      completeCells: 700 * 10 - 5 * 19 - 5 * 49,
      nulls: 0,
    });
    expect(second).toMatchObject({ rows: 700, completeCells: 7000, nulls: 0 });
    expect(findings.filter(({ fault }) => fault !== 'constant')).toEqual([]);
    // bars of a night without a spike
    for (const { least, largest } of findings) expect(least).toBe(largest);
  });

  test('finds what is infinite, out of range, constant or not finite', async () => {
    const at = "ts_utc = (select max(ts_utc) from bollinger_rate where ts_utc < '2024-08-01')";
    await client.query(`
      update bollinger_rate set w20_bb_upper = 'Infinity', w50_bb_upper = 'NaN' where ${at};
      update bollinger_rate set w50_bb_lower = 7 where ts_utc < '2024-08-01';
      update time_features set is_month_end = 2 where ts_utc >= '2024-08-01' and ts_utc < '2024-08-01 00:03';
      update windrow.ledger set infinities = '{"w20_bb_bandwidth": 3}' where family = 'bollinger_rate' and month = '2024-08-01'`);
    const { months, findings } = await audit();
    const of = (fault: string) =>
      findings
        .filter(one => one.fault === fault)
        .map(({ feature, month, rows }) => `${feature} ${month} ${rows}`);
    expect(of('unsound')).toEqual(['w20_bb_upper 2024-07 undefined', 'w50_bb_upper 2024-07 undefined']);
    expect(of('outside')).toEqual(['is_month_end 2024-08 3']);
    expect(of('infinite')).toEqual(['w20_bb_bandwidth 2024-08 3']);
    expect(of('constant')).toContain('w50_bb_lower 2024-07 undefined');
    expect(months[0]).toMatchObject({ unsound: 2, constant: 1, outside: 0 });
    expect(months[3]).toMatchObject({ infinite: 3 });
    expect(months[4]).toMatchObject({ outside: 1 });
  });
});

describe('the audit of lookbacks', () => {
  test('says with how few bars a feature is what it is with all', async () => {
    const { features, findings, rows } = await auditLookback({
      ...{ database: db.database, families: ['bollinger_rate', 'liquidity_metrics_rate'], cuts: 2 },
    });
    expect(findings).toEqual([]);
    expect(rows).toBe(4);
    const late = features.filter(({ month }) => month === '2024-08');
    const of = (name: string) => late.find(({ feature }) => feature === `bollinger_rate.${name}`);
    expect(of('w20_bb_upper')).toMatchObject({ lookback: 20, agreesFrom: 20 });
    expect(of('w50_bb_lower')).toMatchObject({ lookback: 50, agreesFrom: 50 });
    for (const { agreesFrom, lookback } of late) expect(agreesFrom ?? 1).toBeLessThanOrEqual(lookback);
  });

  test('finds a feature that looks back further than it says', async () => {
    const arena = await Arena.create();
    const set = catalog.setByName('fx');
    const plan = planFeatures(set, [catalog.featureByName(set, 'bollinger_rate.w20_bb_upper')]);
    const lying = { ...plan, features: plan.features.map(one => ({ ...one, lookback: one.lookback - 1 })) };
    const { time, columns } = barsOfShape(shapes.find(({ name }) => name === 'walk')!, 3, 90);
    const lay = (values: Float64Array): number => {
      const address = arena.allocate(values.byteLength);
      arena.f64(address, values.length).set(values);
      return address;
    };
    const market = {
      ...{ parameters: { baseline: 1 }, rows: 90 },
      columns: { time: lay(time), close: lay(columns.close!) },
      peers: { programs: [], bars: new Map(), parameters: {}, limit: 0 },
    };
    const place = { family: 'bollinger_rate', symbol: 'eurusd', month: '2024-07' };
    expect(probeLookback(arena, plan, market, [50, 89], place).findings).toEqual([]);
    const { findings, features } = probeLookback(arena, lying, market, [50, 89], place);
    expect(findings.map(({ bars, time: at }) => [bars, at])).toEqual([
      [19, time[50]],
      [19, time[89]],
    ]);
    expect(features[0]).toMatchObject({ lookback: 19, agreesFrom: 20 });
  });

  describe('beside other pairs', () => {
    // those of the panel
    const pairs = ['eurusd', 'gbpusd', 'usdjpy', 'usdchf', 'audusd', 'usdcad', 'nzdusd', 'eurjpy'];
    const rows = 1_900;
    let among: TestDatabase;
    beforeAll(async () => {
      among = await testDatabase();
      // each pair lacks bars of its own
      const market = marketMonths(pairs, '2024-06', '2024-07', rows).map(month => ({
        ...month,
        bars: without(
          month.bars,
          Array.from({ length: 60 }, (_, i) => (i * (17 + pairs.indexOf(month.symbol))) % rows),
        ),
      }));
      await loadMarket(among.database, market);
    });
    afterAll(() => among.drop());
    const audit = (options: object) =>
      auditLookback({
        ...{ database: among.database, symbols: ['eurusd'], from: '2024-07', to: '2024-07', ...options },
      });

    test.each(['correlation_rate', 'cross_sectional_panel', 'market_regime_bqx', 'error_correction_rate'])(
      '%s looks back no further than it says',
      async family => {
        const { features, findings } = await audit({ families: [family], cuts: 1 });
        expect(features.filter(({ agreesFrom }) => agreesFrom !== undefined).length).toBeGreaterThan(4);
        expect(findings).toEqual([]);
      },
    );

    test('a series of another pair that looks back further than it says is found', async () => {
      // a median that says that it reads a row less than it does
      const name = 'short_median';
      const kernel = kernelByName.get('median')!;
      const word: Operator = {
        ...operatorByName.get('median')!,
        name,
        lower: (b, [x], [window]) => b.kernel(name, [x!], [Number(window)]),
      };
      const kernelNames = kernelByName as Map<string, typeof kernel>;
      const words = operatorByName as Map<string, Operator>;
      kernelNames.set(name, { ...kernel, name, span: ([window]) => window! - 2 });
      words.set(name, word);
      try {
        const formulas = {
          honest: 'peer("gbpusd", median(close, 20)) / close',
          lying: 'peer("gbpusd", short_median(close, 20)) / close',
          // what looks back further beside it does not lend it its bars
          longer: 'mean(peer("gbpusd", mean(close, 90)), 5)',
        };
        const setConfig = { custom: { mine: { features: formulas } } };
        const { features, findings } = await audit({ setConfig, families: ['mine'] });
        expect(features.map(({ feature, lookback }) => [feature, lookback])).toEqual([
          ['mine.honest', 1],
          ['mine.lying', 1],
          ['mine.longer', 5],
        ]);
        expect(findings.length).toBeGreaterThan(0);
        expect(new Set(findings.map(({ feature }) => feature))).toEqual(new Set(['mine.lying']));
        for (const { fromBars } of findings) expect(fromBars).toBeNaN();
      } finally {
        kernelNames.delete(name);
        words.delete(name);
      }
    });
  });
});
