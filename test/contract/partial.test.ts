import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { column, type Expr } from '../../host/catalog/expr.ts';
import {
  add,
  clip,
  diff,
  known,
  lag,
  lagBy,
  localClock,
  max,
  maxBack,
  mean,
  min,
  minBack,
  orElse,
  partialBeta,
  partialEma,
  partialMax,
  partialMean,
  partialMin,
  partialPstd,
  partialStd,
  partialSum,
  pstd,
  runLength,
  std,
  sub,
  sum,
} from '../../host/catalog/vocabulary.ts';
import { differences } from '../support/bits.ts';
import {
  cutDifferences,
  futureDifferences,
  streamDifferences,
  subjectOfExpressions,
  traceDifferences,
} from '../support/contract.ts';
import { draws } from '../support/draws.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// Windows of the numbers that there are, and windows as long as a day has been so far.

const x = column('close');
const y = column('open');
const rows = 500;
const hour = 3_600_000_000;
const time = Float64Array.from({ length: rows }, (_, row) => Date.UTC(2024, 9, 20) * 1000 + row * hour);

async function evaluate(exprs: Readonly<Record<string, Expr>>, close: Float64Array, open = close) {
  const features = Object.entries(exprs).map(([name, expr]) => ({ name, expr }));
  return (await subjectOfExpressions('partial', features).compute({ time, columns: { close, open } }))
    .columns;
}

const noise = (seed: number, level: number, scale: number): Float64Array => {
  const draw = draws(seed);
  return Float64Array.from({ length: rows }, () => level + scale * draw.normal());
};

/** The same numbers with some of them missing. */
const pierced = (values: Float64Array, seed: number, share: number): Float64Array => {
  const draw = draws(seed);
  return values.map(value => (draw.uniform() < share ? Number.NaN : value));
};

const day = localClock('day_number', 'America/New_York');
const sinceOpen = runLength(day, 24);
const words: Readonly<Record<string, Expr>> = {
  sum: partialSum(x, 21, 1),
  mean: partialMean(diff(x, 1), 24, 3),
  min: partialMin(x, 14, 1),
  max: partialMax(lag(x, 2), 37, 2),
  std: partialStd(x, 20, 2),
  pstd: partialPstd(x, 63, 1),
  ema: partialEma(x, 12, 1),
  beta: partialBeta(diff(x, 1), diff(y, 1), 60, 10),
  orElse: orElse(lag(x, 5), 0),
  either: orElse(lag(x, 5), sub(0, lag(y, 3))),
  known: known(lag(x, 5)),
  clip: clip(x, mean(y, 30), partialMax(y, 10, 1)),
  dayOpen: lagBy(y, sinceOpen, 24),
  dayLow: minBack(x, sinceOpen, 24),
  dayHigh: maxBack(x, sinceOpen, 24),
};

describe('words of partial windows', () => {
  const subject = subjectOfExpressions(
    'partial',
    Object.entries(words).map(([name, expr]) => ({ name, expr })),
  );

  test.each(shapes.map(shape => [shape.name, shape] as const))(
    'keep the five rules on %s',
    async (_, shape) => {
      const length = subject.lookback + 1_000;
      const minutes = barsOfShape(shape, 3, length);
      const bars = { ...minutes, time: minutes.time.map((at, row) => at + row * 20 * 60_000_000) };
      const whole = await subject.compute(bars);
      const tasks = [
        { from: length - 400, to: length },
        { from: 0, to: 300 },
        { from: 300, to: length - 400 },
      ];
      expect(await cutDifferences(subject, bars, whole, tasks)).toEqual([]);
      expect(await streamDifferences(subject, bars, whole, 0)).toEqual([]);
      expect(await streamDifferences(subject, bars, whole, 333)).toEqual([]);
      expect(await futureDifferences(subject, bars, whole, length - 100)).toEqual([]);
      for (const change of [() => 1e12, () => Number.NaN, () => Number.POSITIVE_INFINITY])
        expect(await traceDifferences(subject, bars, whole, { from: 200, to: 203 }, change)).toEqual([]);
    },
  );

  test.each<[string, number, number]>([
    ['sum', 21, 1],
    ['mean', 25, 4],
    ['min', 14, 1],
    ['max', 39, 4],
    ['std', 20, 2],
    ['pstd', 63, 1],
    ['ema', 256, 1],
    ['beta', 61, 11],
    ['orElse', 6, 1],
    ['known', 6, 1],
    ['dayOpen', 26, 1],
    ['dayHigh', 26, 1],
  ])('%s looks back over %i bars and has its first value at bar %i', async (name, lookback, needs) => {
    expect(subject.features.find(feature => feature.name === name)).toMatchObject({ lookback, needs });
    const { [name]: found } = await evaluate({ [name]: words[name]! }, noise(1, 100, 1), noise(2, 100, 1));
    expect(found!.findIndex(value => !Number.isNaN(value))).toBe(needs - 1);
  });
});

describe('a partial window', () => {
  test('has the bits of the whole window where no number is missing', async () => {
    const property = fc.asyncProperty(fc.nat(10_000), fc.integer({ min: 2, max: 300 }), async (seed, w) => {
      const strict = { sum, mean, min, max, std, pstd };
      const partial = {
        sum: partialSum,
        mean: partialMean,
        min: partialMin,
        max: partialMax,
        std: partialStd,
        pstd: partialPstd,
      };
      const close = pierced(noise(seed, 1e3, 20), seed + 1, 0.004);
      const whole = await evaluate(
        Object.fromEntries(Object.entries(strict).map(([name, of]) => [name, of(x, w)])),
        close,
      );
      const found = await evaluate(
        Object.fromEntries(Object.entries(partial).map(([name, of]) => [name, of(x, w, w)])),
        close,
      );
      expect(differences({ time, columns: whole }, { time, columns: found })).toEqual([]);
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('of one number repeated has exactly that mean and no deviation, whatever is missing', async () => {
    const property = fc.asyncProperty(
      fc.double({ min: -1e150, max: 1e150, noNaN: true }),
      fc.integer({ min: 2, max: 200 }),
      fc.double({ min: 0, max: 0.95, noNaN: true }),
      fc.nat(10_000),
      async (constant, w, share, seed) => {
        const close = pierced(new Float64Array(rows).fill(constant), seed, share);
        const found = await evaluate(
          {
            mean: partialMean(x, w, 1),
            ema: partialEma(x, 20, 1),
            low: partialMin(x, w, 1),
            high: partialMax(x, w, 1),
            std: partialStd(x, w, 2),
            pstd: partialPstd(x, w, 1),
            count: partialSum(known(x), w, 1),
          },
          close,
        );
        for (let row = 0; row < rows; row++) {
          const count = close
            .subarray(Math.max(0, row - w + 1), row + 1)
            .filter(value => value === constant).length;
          expect(found.count![row]).toBe(count);
          const wanted = { mean: 1, low: 1, high: 1, std: 2, pstd: 1 };
          for (const [name, least] of Object.entries(wanted)) {
            const value = name.endsWith('std') ? 0 : constant;
            expect(found[name]![row]! + 0, `${name}, row ${row}`).toBe(
              count < least ? Number.NaN : value + 0,
            );
          }
          if (!Number.isNaN(found.ema![row]!)) expect(found.ema![row]! + 0).toBe(constant + 0);
        }
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  test.each([1e2, 1e3, 1e4, 1e5, 1e9])('has its deviation to 13 digits at the level %d', async level => {
    // steps of the level that are exact, so that the deviations of the reference are
    const close = pierced(noise(3, 0, 0.01 * Math.min(level, 1e5)), 4, 0.3).map(
      value => level + Math.round(value * 1024) / 1024,
    );
    const { sd } = await evaluate({ sd: partialStd(x, 100, 5) }, close);
    for (let row = 20; row < rows; row++) {
      const numbers = [...close.subarray(Math.max(0, row - 99), row + 1)].filter(
        value => !Number.isNaN(value),
      );
      const steps = numbers.map(value => value - level);
      const center = steps.reduce((total, step) => total + step, 0) / steps.length;
      const squares = steps.reduce((total, step) => total + (step - center) ** 2, 0);
      const wanted = Math.sqrt(squares / (steps.length - 1));
      expect(Math.abs(sd![row]! / wanted - 1), `row ${row}`).toBeLessThan(1e-13);
    }
  });
});

describe('what makes a number of NULL', () => {
  test('does so in the rows before the first bar of a shift', async () => {
    const {
      known: there,
      other,
      outside,
    } = await evaluate(
      { known: known(lag(x, 3)), other: orElse(lag(x, 3), -1), outside: lag(known(x), 3) },
      Float64Array.from({ length: rows }, (_, row) => row),
    );
    expect([...there!.subarray(0, 5)]).toEqual([0, 0, 0, 1, 1]);
    expect([...other!.subarray(0, 5)]).toEqual([-1, -1, -1, 0, 1]);
    expect([...outside!.subarray(0, 5)]).toEqual([Number.NaN, Number.NaN, Number.NaN, 1, 1]);
  });
});

test('a day of the exchange runs from its first bar, over a change of the clocks', async () => {
  const close = noise(7, 100, 1);
  const open = noise(8, 100, 1);
  const found = await evaluate(
    {
      first: lagBy(y, sinceOpen, 24),
      before: lagBy(x, add(sinceOpen, 1), 25),
      low: minBack(x, sinceOpen, 24),
      high: maxBack(x, sinceOpen, 24),
    },
    close,
    open,
  );
  const dates = [...time].map(at =>
    new Date(at / 1000).toLocaleDateString('sv-SE', { timeZone: 'America/New_York' }),
  );
  const lengths = Map.groupBy(dates, date => date);
  expect([...lengths.values()].map(({ length }) => length)).toContain(25); // 3 November 2024
  dates.forEach((date, row) => {
    const start = dates.indexOf(date);
    expect(found.first![row]).toBe(open[start]!);
    expect(found.before![row]).toBe(close[start - 1] ?? Number.NaN);
    expect(found.low![row]).toBe(Math.min(...close.subarray(start, row + 1)));
    expect(found.high![row]).toBe(Math.max(...close.subarray(start, row + 1)));
  });
});
