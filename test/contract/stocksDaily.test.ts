import { beforeAll, describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { computeFeatures, type Features } from '../../host/index.ts';
import { compare, differenceOf } from '../support/naive/compare.ts';
import { type DailyContext, dailyContext, naiveDaily, naiveDailyRaw } from '../support/naive/stocksDaily.ts';
import { dailyShapes, stockBars } from '../support/naive/stocksShapes.ts';
import { hasRealBars, noRealBars, realBars } from '../support/realBars.ts';

// The daily set against a reference that is written from the definitions alone.

const set = 'stocks-daily';
const seed = Number(process.env.WINDROW_SEED ?? 20_241_018);
const features = featuresOf(setByName(set));

type Source = { readonly name: string; readonly bars: () => Bars; readonly index: () => Bars };

const agrees = ({ name, bars, index }: Source): void => {
  let context: DailyContext;
  const columns = new Map<boolean, Features>();

  beforeAll(async () => {
    const own = bars();
    const peers = { gspc: index() };
    context = dailyContext(own, peers.gspc);
    for (const clip of [true, false])
      columns.set(clip, await computeFeatures(own, 'all', { set, peers, setConfig: { options: { clip } } }));
  });

  test.each([
    [true, naiveDaily],
    [false, naiveDailyRaw],
  ] as const)('every feature is within rounding of the reference, clip %s', (clip, naive) => {
    const differences = features.flatMap(
      feature =>
        differenceOf(
          feature.name,
          name,
          naive[feature.name]!(context),
          columns.get(clip)!.columns[feature.qualifiedName]!,
        ) ?? [],
    );
    expect(differences.join('\n')).toBe('');
  });
};

/** An index that lacks every 17th day and began later than most symbols did. */
const index = (): Bars => {
  const { time, columns } = stockBars(dailyShapes[0]!, seed + 1, 1_100);
  const rows = [...time.keys()].filter(row => row > 30 && row % 17 !== 0);
  return {
    time: Float64Array.from(rows, row => time[row]!),
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, Float64Array.from(rows, row => values[row]!)]),
    ),
  };
};

describe.each(
  dailyShapes.map(
    (shape): Source => ({ name: `${shape.name}, seed ${seed}`, bars: () => stockBars(shape, seed), index }),
  ),
)('on $name', agrees);

const file = (symbol: string): Bars => realBars(`equity_daily_2018_2022/${symbol}.csv.gz`, 2_000);

describe.skipIf(!hasRealBars)(hasRealBars ? 'on real bars' : noRealBars, () => {
  // AMCR has 232 days without volume
  describe.each(
    ['AAPL', 'AMCR', 'GSPC'].map(
      (symbol): Source => ({ name: symbol, bars: () => file(symbol), index: () => file('GSPC') }),
    ),
  )('$name', agrees);
});

describe('the reference', () => {
  test('covers what the set offers, and nothing else', () => {
    expect(features.map(({ name }) => name).sort()).toEqual(Object.keys(naiveDaily).sort());
    expect(features).toHaveLength(20);
  });

  test('leaves less than one value in a hundred open, and no column without values', () => {
    const context = dailyContext(stockBars(dailyShapes[0]!, seed), index());
    const vague = Object.entries(naiveDaily).filter(([, naive]) => {
      const column = naive(context);
      const { values, open } = compare(column, column.value);
      return values < 200 || open > values / 100;
    });
    expect(vague.map(([name]) => name)).toEqual([]);
  });

  test('limits values where prices jump', () => {
    const shape = dailyShapes.find(({ name }) => name === 'jumps')!;
    const context = dailyContext(stockBars(shape, seed), index());
    const limited = Object.keys(naiveDaily).filter(name => {
      const [kept, raw] = [naiveDaily[name]!(context), naiveDailyRaw[name]!(context)];
      return raw.value.some((x, row) => Math.abs(x - kept.value[row]!) > 0.01 * Math.abs(x));
    });
    expect(limited).toEqual(expect.arrayContaining(['return_1d', 'volatility_5d', 'atr']));
    expect(limited.filter(name => /rsi|cross|position/.test(name))).toEqual([]);
  });
});

describe('the set', () => {
  const columnsOf = async (bars: Bars, peers?: Record<string, Bars>) => {
    const { columns } = await computeFeatures(bars, 'all', { set, ...(peers && { peers }) });
    return columns;
  };

  test('has a beta of exactly 1 to itself', async () => {
    const bars = stockBars(dailyShapes[0]!, seed);
    const columns = await columnsOf(bars, { gspc: bars });
    const beta = columns['market.market_beta']!;
    expect([...new Set(beta.subarray(252))]).toEqual([1]);
    expect(beta.subarray(0, 252).every(Number.isNaN)).toBe(true);
    const [own, market] = ['returns_volatility.return_1d', 'market.market_return'].map(name => columns[name]);
    expect(market).toEqual(own);
  });

  test('has no market where the index has no bars', async () => {
    const columns = await columnsOf(stockBars(dailyShapes[0]!, seed));
    const market = Object.entries(columns).filter(([name]) => name.startsWith('market.'));
    expect(market).toHaveLength(3);
    for (const [, values] of market) expect(values.every(Number.isNaN)).toBe(true);
  });

  test('says what an online store may serve while the history is short', () => {
    expect(Object.fromEntries(features.map(({ name, fallback }) => [name, fallback]))).toEqual({
      return_1d: 0,
      return_5d: 0,
      return_20d: 0,
      return_60d: 0,
      return_120d: 0,
      return_252d: 0,
      volatility_5d: 0,
      volatility_20d: 0,
      volatility_60d: 0,
      volume_ratio_5d: 1,
      volume_ratio_20d: 1,
      dollar_volume: 0,
      market_beta: 1,
      market_return: 0,
      market_volatility: 0.2,
      rsi_14: 50,
      macd: 0,
      sma_50_200_cross: 0,
      bollinger_position: 0.5,
      atr: 0,
    });
  });

  test('says by what it limits, for all that has no bounds of its own', () => {
    const bounded = features.filter(({ limited }) => !limited).map(({ name }) => name);
    expect(bounded.sort()).toEqual(['bollinger_position', 'rsi_14', 'sma_50_200_cross']);
    const free = featuresOf(setByName(set, { options: { clip: false } }));
    expect(free.every(({ limited }) => !limited)).toBe(true);
  });
});
