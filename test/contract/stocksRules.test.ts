import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { Engine } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import {
  barsBetween,
  barsWith,
  cutDifferences,
  futureDifferences,
  type Subject,
  streamDifferences,
  traceDifferences,
} from '../support/contract.ts';
import { dailyShapes, hourlyShapes, type StockShape, stockBars } from '../support/naive/stocksShapes.ts';

// What every feature promises, for the stock sets: a pure function of the last L bars, whoever computes it, in whatever
// company; nothing of the future; nothing left of what has passed the window. The index, which has bars of its own, is
// looked at further down.

type Stocks = Subject & { readonly shapes: readonly StockShape[] };

async function subject(
  name: string,
  set: string,
  options: Record<string, unknown>,
  shapes: readonly StockShape[],
): Promise<Stocks> {
  const config = { options };
  const engine = await Engine.create({ set, setConfig: config });
  const features = featuresOf(setByName(set, config))
    .filter(({ family }) => family !== 'market')
    .map(({ qualifiedName }) => qualifiedName);
  const planned = engine.plan(features);
  return {
    name,
    features: planned.features,
    lookback: planned.lookback,
    compute: (bars, firstRow = 0) => engine.compute(bars, features, { firstRow }),
    open: history => engine.open(features, { history }),
    shapes,
  };
}

const subjects = await Promise.all([
  subject('hourly stocks', 'stocks-hourly', { basic: true }, hourlyShapes),
  subject(
    'hourly stocks from the first row on',
    'stocks-hourly',
    { basic: true, minPeriods: 1 },
    hourlyShapes,
  ),
  subject('daily stocks', 'stocks-daily', {}, dailyShapes),
]);

const more = 500;
const market = ({ shapes, lookback }: Stocks) =>
  fc.record({ shape: fc.constantFrom(...shapes), seed: fc.nat(10_000) }).map(({ shape, seed }) => ({
    bars: stockBars(shape, seed, lookback + more),
    toString: () => `shape ${shape.name}, seed ${seed}`,
  }));
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe.each(subjects)('$name', stocks => {
  test('have the same bits however they are cut into tasks', async () => {
    const cuts = fc.array(share, { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(market(stocks), cuts, async ({ bars }, cuts) => {
      const whole = await stocks.compute(bars);
      const rows = bars.time.length;
      const edges = [0, ...cuts.map(cut => Math.floor(cut * rows)), rows].sort((a, b) => a - b);
      const tasks = edges.slice(1).map((to, i) => ({ from: edges[i]!, to }));
      expect(
        await cutDifferences(
          stocks,
          bars,
          whole,
          tasks.filter(({ from, to }) => from < to),
        ),
      ).toEqual([]);
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('have the same bits in a stream of single bars, wherever it begins', async () => {
    const property = fc.asyncProperty(market(stocks), share, async ({ bars }, begin) => {
      const whole = await stocks.compute(bars);
      expect(await streamDifferences(stocks, bars, whole, 0)).toEqual([]);
      expect(await streamDifferences(stocks, bars, whole, Math.floor(begin * more))).toEqual([]);
    });
    await fc.assert(property, { numRuns: 6 });
  });

  test('do not change when the future is taken away or replaced', async () => {
    const property = fc.asyncProperty(
      market(stocks),
      fc.integer({ min: 1, max: more }),
      async ({ bars }, left) => {
        const whole = await stocks.compute(bars);
        expect(await futureDifferences(stocks, bars, whole, bars.time.length - left)).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: 10 });
  });

  test.each([
    ['NULL', () => Number.NaN],
    ['an outlier of 1e12', () => 1e12],
    ['an outlier of -1e12', () => -1e12],
    ['infinity', () => Number.POSITIVE_INFINITY],
    ['zero', () => 0],
  ])('have their bits back after %s', async (_, change) => {
    const where = fc.record({
      from: fc.integer({ min: 50, max: 400 }),
      length: fc.integer({ min: 1, max: 20 }),
    });
    const property = fc.asyncProperty(market(stocks), where, async ({ bars }, { from, length }) => {
      const whole = await stocks.compute(bars);
      const disturbed = { from, to: from + length };
      expect(await traceDifferences(stocks, bars, whole, disturbed, change)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 8 });
  });

  test('are NULL in the rows before they have the bars that they need, and not in the next', async () => {
    const waiting = new Set(stocks.features.map(({ name }) => name));
    for (const shape of stocks.shapes.slice(0, 3)) {
      const { columns } = await stocks.compute(stockBars(shape, 5, stocks.lookback + 10));
      for (const { name, needs } of stocks.features) {
        const column = columns[name]!;
        const early = column.subarray(0, needs - 1).findIndex(value => !Number.isNaN(value));
        expect(early, `${name} on ${shape.name} has a value too early`).toBe(-1);
        if (!Number.isNaN(column[needs - 1]!)) waiting.delete(name);
      }
    }
    expect([...waiting]).toEqual([]);
  });
});

describe('the market of daily stocks', async () => {
  const engine = await Engine.create({ set: 'stocks-daily' });
  const names = ['market.market_beta', 'market.market_return', 'market.market_volatility'];
  const { lookback } = engine.plan(names);
  const [shape, other] = [dailyShapes[0]!, dailyShapes[2]!];
  const bars = stockBars(shape, 1, lookback + 300);
  const gspc = stockBars(other, 2, lookback + 300);
  const compute = (own: Bars, index: Bars, firstRow = 0) =>
    engine.compute(own, names, { firstRow, peers: { gspc: index } });
  const rows = bars.time.length;

  test('has the same bits however it is cut', async () => {
    const whole = await compute(bars, gspc);
    for (const from of [1, 200, 260, 400, rows - 1]) {
      const begin = Math.max(0, from - lookback + 1);
      const part = await compute(barsBetween(bars, begin, rows), gspc, from - begin);
      expect(differences(whole, part, { from, to: rows }, 0)).toEqual([]);
    }
  });

  test('does not change with the future of either', async () => {
    const whole = await compute(bars, gspc);
    const now = rows - 77;
    const wild = (of: Bars) =>
      barsWith(of, now, rows, (value, _, row) => [Number.NaN, 1e12, -value][row % 3]!);
    const range = { from: 0, to: now };
    expect(differences(whole, await compute(bars, barsBetween(gspc, 0, now)), range)).toEqual([]);
    expect(differences(whole, await compute(wild(bars), wild(gspc)), range)).toEqual([]);
  });

  test('has its bits back after a disturbance of the index', async () => {
    const whole = await compute(bars, gspc);
    const disturbed = await compute(
      bars,
      barsWith(gspc, 50, 53, () => Number.NaN),
    );
    const [volatility] = engine.plan(['market.market_volatility']).features;
    expect(differences(whole, disturbed, { from: 0, to: 50 })).toEqual([]);
    // what the index itself looks back comes on top of what is read beside it
    const after = 53 + volatility!.lookback + 252;
    expect(differences(whole, disturbed, { from: after, to: rows })).toEqual([]);
  });
});
