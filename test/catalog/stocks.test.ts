import { describe, expect, test } from 'vitest';
import { featuresOf, setByName, versionOf } from '../../host/catalog/catalog.ts';
import type { FeatureSet } from '../../host/catalog/set.ts';
import { computeFeatures, Engine } from '../../host/index.ts';
import { hourlyShapes, stockBars } from '../support/naive/stocksShapes.ts';

const hourly = (options: Record<string, unknown> = {}): FeatureSet => setByName('stocks-hourly', { options });
const daily = (options: Record<string, unknown> = {}): FeatureSet => setByName('stocks-daily', { options });
const sizes = (set: FeatureSet) =>
  set.families.map(({ name, phase, features }) => [name, phase, features.length]);

describe('stocks-hourly', () => {
  test('has 99 features in five phases, and a group of basic indicators on request', () => {
    const phases = [
      ['price_time', 1, 13],
      ['trend_indicators', 2, 26],
      ['rsi_volume', 3, 16],
      ['volatility_intraday', 4, 14],
      ['lags_rolling', 5, 30],
    ];
    expect(sizes(hourly())).toEqual(phases);
    expect(sizes(hourly({ basic: true }))).toEqual([...phases, ['basic', undefined, 17]]);
    expect(featuresOf(hourly())).toHaveLength(99);
  });

  test('names a feature once, as one table has all of them', () => {
    const names = featuresOf(hourly({ basic: true })).map(({ name }) => name);
    expect(new Set(names).size).toBe(116);
  });

  test('says what it was told, defaults included', () => {
    expect(hourly({ windows: { short: 7 }, barsPerDay: 7 }).options).toEqual({
      minPeriods: 'window',
      windows: { short: 7, med: 120, long: 480 },
      volatility: { short: 12, med: 24, long: 120 },
      rsi: { d1: 24, d3: 72, w1: 168, w2: 336 },
      zone: 'America/New_York',
      barsPerDay: 7,
      barsPerYear: 1764,
      basic: false,
    });
    expect(hourly().nullPolicy).toBe('strict');
    expect(hourly({ minPeriods: 1 }).nullPolicy).toBe('partial');
  });

  test.each([
    [{ windows: { short: 1 } }, 'windows.short'],
    [{ windows: { short: 24.5 } }, 'windows.short'],
    [{ windows: { medium: 120 } }, 'windows.medium'],
    [{ rsi: 24 }, 'rsi'],
    [{ minPeriods: 2 }, 'minPeriods'],
    [{ zone: 'Mars/Olympus' }, 'zone'],
    [{ barsPerDay: 0 }, 'barsPerDay'],
    [{ barsPerYear: -1 }, 'barsPerYear'],
    [{ basic: 'yes' }, 'basic'],
    [{ min_periods: 1 }, 'min_periods'],
  ])('refuses %j and names the option', (options, option) => {
    expect(() => hourly(options)).toThrow(
      expect.objectContaining({
        code: 'WR_SET_OPTION',
        message: expect.stringContaining(`"${option}"`),
      }),
    );
  });

  test('has other versions where an option changes what is computed, and only there', () => {
    const version = (set: FeatureSet, family: string) =>
      versionOf(set, set.families.find(({ name }) => name === family)!, { type: 'double', parameters: {} });
    const changed = hourly({ rsi: { d1: 7 } });
    expect(version(changed, 'rsi_volume')).not.toBe(version(hourly(), 'rsi_volume'));
    expect(version(changed, 'trend_indicators')).toBe(version(hourly(), 'trend_indicators'));
    const abroad = hourly({ zone: 'Asia/Tokyo' });
    expect(version(abroad, 'price_time')).not.toBe(version(hourly(), 'price_time'));
  });

  test('keeps the rows of a local day apart by the clock of the exchange', async () => {
    // half-hour bars from midnight in New York on: of a day of more than 32 bars the first is not looked up
    const minute = 60_000_000;
    const start = Date.UTC(2025, 2, 3, 5) * 1000;
    const rows = 40;
    const series = (cell: (row: number) => number) =>
      Float64Array.from({ length: rows }, (_, row) => cell(row));
    const { columns } = await computeFeatures(
      {
        time: series(row => start + row * 30 * minute),
        columns: {
          open: series(row => 100 + row),
          high: series(() => 200),
          low: series(() => 50),
          close: series(() => 100),
          volume: series(() => 1),
        },
      },
      ['volatility_intraday.intraday_high', 'volatility_intraday.overnight_gap'],
      { set: 'stocks-hourly' },
    );
    const [high, gap] = Object.values(columns);
    expect([...high!.subarray(0, 32)].every(value => value === 200)).toBe(true);
    expect([...high!.subarray(32)].every(Number.isNaN)).toBe(true);
    expect([...gap!.subarray(0, 32)].every(value => value === 0)).toBe(true);
    expect([...gap!.subarray(32)].every(Number.isNaN)).toBe(true);
  });

  test('begins at the first row where it is told to', async () => {
    const bars = stockBars(hourlyShapes[0]!, 3, 30);
    const firstValue = async (minPeriods: unknown, name: string) => {
      const { columns } = await computeFeatures(bars, [name], {
        set: 'stocks-hourly',
        setConfig: { options: { minPeriods } },
      });
      return columns[name]!.findIndex(value => !Number.isNaN(value));
    };
    for (const [name, early, late] of [
      ['trend_indicators.price_ma_short', 0, 23],
      ['trend_indicators.bb_upper', 1, 19],
      ['trend_indicators.macd_signal', 0, -1],
      ['trend_indicators.atr', 0, 14],
      ['trend_indicators.realized_vol_short', 12, 12],
      ['rsi_volume.rsi_ema', 14, -1],
    ] as const)
      expect([await firstValue(1, name), await firstValue('window', name)], name).toEqual([early, late]);
  });
});

describe('stocks-daily', () => {
  test('has 20 features, whose names one table can hold', () => {
    expect(sizes(daily())).toEqual([
      ['returns_volatility', undefined, 12],
      ['market', undefined, 3],
      ['indicators', undefined, 5],
    ]);
    expect(new Set(featuresOf(daily()).map(({ name }) => name)).size).toBe(20);
  });

  test('reads the index that it is told', async () => {
    expect(daily().options).toEqual({ index: 'gspc', clip: true });
    expect(
      (await Engine.create({ set: 'stocks-daily' })).plan('all').peers.map(({ symbol }) => symbol),
    ).toEqual(['gspc', 'gspc']);
    const config = { options: { index: 'dax' } };
    const engine = await Engine.create({ set: 'stocks-daily', setConfig: config });
    expect(new Set(engine.plan('all').peers.map(({ symbol }) => symbol))).toEqual(new Set(['dax']));
  });

  test.each([
    [{ index: '^GSPC' }, 'index'],
    [{ clip: 5 }, 'clip'],
    [{ zone: 'UTC' }, 'zone'],
  ])('refuses %j and names the option', (options, option) => {
    expect(() => daily(options)).toThrow(
      expect.objectContaining({
        code: 'WR_SET_OPTION',
        message: expect.stringContaining(`"${option}"`),
      }),
    );
  });
});
