import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { column, type Expr, parameter, type Series } from '../../host/catalog/expr.ts';
import {
  add,
  barClose,
  barHigh,
  barLow,
  barOpen,
  barSum,
  carrySign,
  clock,
  diff,
  div,
  ema,
  every,
  known,
  lag,
  max,
  mean,
  mul,
  rank,
  std,
  sub,
} from '../../host/catalog/vocabulary.ts';
import { differences } from '../support/bits.ts';
import {
  barsBetween,
  barsWith,
  cutDifferences,
  futureDifferences,
  streamDifferences,
  subjectOfExpressions,
  traceDifferences,
} from '../support/contract.ts';
import { draws } from '../support/draws.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// Series of coarser bars keep the five rules, and are what their definition says, written out over plain arrays.

const [close, open, volume] = [column('close'), column('open'), column('volume')];
const parameters = { baseline: 1.0843 };
const minute = 60_000_000;

const uses: Readonly<Record<string, Expr>> = {
  close: every(30, barClose(close)),
  range: every(30, sub(barHigh(close), barLow(close))),
  open: every(7, barOpen(close)),
  volume: every(5, barSum(volume)),
  'each row': every(1, barClose(close)),
  day: every(1440, barHigh(close)),
  'mean of closes': every(30, mean(barClose(close), 10)),
  'deviation of ranges': every(15, std(sub(barHigh(close), barLow(close)), 4)),
  'bar before': every(20, sub(barClose(close), lag(barClose(close), 3))),
  'exponential mean': every(5, ema(barClose(close), 3)),
  'rank among bars': every(10, rank(barClose(close), 12)),
  'sign of the last move': every(10, carrySign(diff(barClose(close), 1), 6)),
  'whether there was a bar': every(30, known(lag(barClose(open), 2))),
  'hour of the bar': every(60, clock('hour')),
  index: every(30, div(mul(100, barClose(close)), parameter('baseline'))),
  'bars of a window': every(30, mean(barClose(std(close, 20)), 3)),
  'bars of the past': every(30, barClose(lag(close, 3))),
  'of two series': every(30, add(barClose(std(close, 40)), lag(barHigh(open), 4))),
  'rows beside bars': sub(mean(close, 10), every(30, mean(barClose(close), 10))),
  'rows ago': lag(every(30, barClose(close)), 45),
  'rows of bars': std(every(7, barLow(close)), 40),
  'bars of bars': every(60, max(barClose(every(7, mean(barClose(close), 3))), 2)),
};
const features = Object.entries(uses).map(([name, expr]) => ({ name, expr }));
const subject = subjectOfExpressions('series of bars', features, parameters);

/** A row each minute, with the gaps of an exchange and of a thin market; some buckets have one row. */
const thin = (seed: number, rows: number): Bars => {
  const draw = draws(seed);
  const { columns } = barsOfShape(shapes[0]!, seed, rows);
  let now = Math.floor(Date.UTC(2024, 0, 31, 18) / 60_000 + 60 * draw.uniform()) * minute;
  const time = Float64Array.from({ length: rows }, () => {
    const step = draw.uniform();
    now +=
      minute *
      (step < 0.9 ? 1 : step < 0.99 ? Math.ceil(90 * draw.uniform()) : Math.ceil(4_000 * draw.uniform()));
    return now;
  });
  return { time, columns };
};

/** Bars of less than a minute now and then: more rows than minutes. */
const crowded = (seed: number, rows: number): Bars => {
  const draw = draws(seed);
  const { columns } = barsOfShape(shapes[0]!, seed, rows);
  let now = Date.UTC(2024, 0, 31, 18) * 1000;
  let step = minute;
  const time = Float64Array.from({ length: rows }, () => {
    if (draw.uniform() < 0.003) step = draw.uniform() < 0.5 ? minute : minute / Math.ceil(4 * draw.uniform());
    now += Math.floor(step);
    return now;
  });
  return { time, columns };
};

/** Each row half a day and more after the last: every bucket has one. */
const sparse = (seed: number, rows: number): Bars => ({
  time: Float64Array.from({ length: rows }, (_, row) => (Date.UTC(2024, 0, 31) + row * 90_000_000) * 1000),
  columns: barsOfShape(shapes[0]!, seed, rows).columns,
});

const rows = subject.lookback + 1_500;
const markets: readonly (readonly [string, (seed: number) => Bars])[] = [
  ...shapes.map(shape => [shape.name, (seed: number) => barsOfShape(shape, seed, rows)] as const),
  ['thin', seed => thin(seed, rows)],
  ['crowded', seed => crowded(seed, rows)],
  ['sparse', seed => sparse(seed, rows)],
];

describe.each(markets)('series of bars on %s', (_, barsOf) => {
  test('have the same bits in tasks, in streams, and whatever the future is', async () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const property = fc.asyncProperty(
      fc.nat(10_000),
      fc.array(share, { minLength: 1, maxLength: 5 }),
      share,
      async (seed, cuts, begin) => {
        const bars = barsOf(seed);
        const whole = await subject.compute(bars);
        const edges = [0, ...cuts.map(cut => Math.floor(cut * rows)), rows].sort((a, b) => a - b);
        const tasks = edges.slice(1).map((to, i) => ({ from: edges[i]!, to }));
        expect(await cutDifferences(subject, bars, whole, tasks.reverse())).toEqual([]);
        expect(await streamDifferences(subject, bars, whole, 0)).toEqual([]);
        expect(await streamDifferences(subject, bars, whole, Math.floor(begin * 1_400))).toEqual([]);
        expect(await futureDifferences(subject, bars, whole, Math.floor(begin * rows))).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: 3 });
  });

  test('forget what has left their lookback', async () => {
    const bars = barsOf(5);
    const whole = await subject.compute(bars);
    for (const wild of [1e12, Number.NaN, Number.POSITIVE_INFINITY])
      expect(await traceDifferences(subject, bars, whole, { from: 700, to: 703 }, () => wild)).toEqual([]);
  });
});

describe('the lookback of a series of bars', () => {
  test.each(features.map(({ name }) => name))(
    'of "%s" is all that it reads, and no row too many',
    async name => {
      const alone = subjectOfExpressions(name, [{ name, expr: uses[name]! }], parameters);
      const { lookback } = alone;
      const changes = [Number.NaN, 1e12, 0].map(wild => (bars: Bars) => barsWith(bars, 0, 1, () => wild));
      const earlier = (bars: Bars): Bars => ({
        ...bars,
        time: bars.time.map((at, row) => at - (row ? 0 : 2e12)),
      });
      const { columns } = barsOfShape(shapes[0]!, 2, lookback);
      const last = lookback - 1;
      let depends = false;
      // where the last row is the last of a full bar, or as many rows behind it as are looked back over the bars
      for (let minutes = 0; minutes < 420 && !depends; minutes++) {
        const until = Date.UTC(2024, 5, 27) * 1000 + (minutes - 0.5) * minute;
        // the first row may be one too many in the oldest bar
        for (const crowd of [0, minute / 2]) {
          const time = columns.close!.map((_, row) => until - (last - row) * minute + (row ? 0 : crowd));
          const bars = { time, columns };
          const whole = await alone.compute(bars, last);
          for (const change of [...changes, earlier])
            if (differences(whole, await alone.compute(change(bars), last)).length > 0) depends = true;
        }
      }
      expect(depends).toBe(true);
      for (const barsOf of [thin, crowded]) {
        const bars = barsOf(3, lookback + 200);
        const whole = await alone.compute(bars, last + 200);
        const found = await alone.compute(barsBetween(bars, 200, bars.time.length), last);
        expect(differences(whole, found)).toEqual([]);
      }
    },
  );

  test.each(features.map(({ name, expr }) => [name, expr] as const))(
    'of "%s" says when it begins where each bar has one row',
    async (name, expr) => {
      const alone = subjectOfExpressions(name, [{ name, expr }], parameters);
      const { needs, lookback } = alone.features[0]!;
      const found = (await alone.compute(sparse(9, needs + 3))).columns[name]!;
      expect(found.findIndex(value => !Number.isNaN(value))).toBe(needs - 1);
      expect(needs).toBeLessThanOrEqual(lookback);
    },
  );
});

describe('a series of bars is that of its definition', () => {
  type Bar = { readonly bucket: number; readonly rows: number[] };
  const bucketOf = (time: number, minutes: number): number => Math.floor(time / (minutes * minute));

  /** The complete bars at each row. */
  const completeAt = (time: Float64Array, minutes: number, row: number): Bar[] => {
    const bars: Bar[] = [];
    for (let i = 0; i < row; i++) {
      const bucket = bucketOf(time[i]!, minutes);
      if (bars.at(-1)?.bucket !== bucket) bars.push({ bucket, rows: [] });
      bars.at(-1)!.rows.push(i);
    }
    return bars.filter(({ bucket }) => bucket < bucketOf(time[row]!, minutes));
  };
  const absent = (values: number[]): boolean => values.some(Number.isNaN);
  const part = (of: (values: number[]) => number) => (values: number[]) =>
    absent(values) ? NaN : of(values);
  const parts = {
    close: part(values => values.at(-1)!),
    open: part(values => values[0]!),
    high: part(values => Math.max(...values)),
    low: part(values => Math.min(...values)),
    sum: part(values => values.reduce((a, b) => a + b)),
  };
  const meanOf = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const lastOf = (values: number[], count: number): number[] | undefined =>
    values.length < count || absent(values.slice(-count)) ? undefined : values.slice(-count);

  type Twin = (bars: Bar[], of: (name: 'close' | 'open' | 'volume', bar: Bar) => number[]) => number;
  const twins: Readonly<Record<string, readonly [number, Twin]>> = {
    close: [30, (bars, of) => parts.close(of('close', bars.at(-1)!))],
    range: [30, (bars, of) => parts.high(of('close', bars.at(-1)!)) - parts.low(of('close', bars.at(-1)!))],
    open: [7, (bars, of) => parts.open(of('close', bars.at(-1)!))],
    volume: [5, (bars, of) => parts.sum(of('volume', bars.at(-1)!))],
    'each row': [1, (bars, of) => parts.close(of('close', bars.at(-1)!))],
    day: [1440, (bars, of) => parts.high(of('close', bars.at(-1)!))],
    'mean of closes': [
      30,
      (bars, of) => {
        const last = lastOf(
          bars.map(bar => parts.close(of('close', bar))),
          10,
        );
        return last ? meanOf(last) : NaN;
      },
    ],
    'bar before': [
      20,
      (bars, of) =>
        bars.length < 4
          ? NaN
          : parts.close(of('close', bars.at(-1)!)) - parts.close(of('close', bars.at(-4)!)),
    ],
    'rank among bars': [
      10,
      (bars, of) => {
        const last = lastOf(
          bars.map(bar => parts.close(of('close', bar))),
          12,
        );
        return last ? last.filter(value => value < last.at(-1)!).length / 12 : NaN;
      },
    ],
    'whether there was a bar': [
      30,
      (bars, of) => Number(bars.length >= 3 && !absent(of('open', bars.at(-3)!))),
    ],
    'hour of the bar': [60, bars => bars.at(-1)!.bucket % 24],
  };

  test.each([
    ['walk', barsOfShape(shapes[0]!, 3, 1_600)],
    ['nulls', barsOfShape(shapes.find(({ name }) => name === 'nulls')!, 3, 1_600)],
    ['thin', thin(3, 1_600)],
    ['sparse', sparse(3, 60)],
  ])('on %s', async (_, bars) => {
    const { columns } = await subject.compute(bars);
    for (const [name, [minutes, twin]] of Object.entries(twins)) {
      for (let row = 0; row < bars.time.length; row += 7) {
        const complete = completeAt(bars.time, minutes, row);
        const expected =
          complete.length === 0
            ? NaN
            : twin(complete, (column, bar) => bar.rows.map(i => bars.columns[column]![i]!));
        const found = columns[name]![row]!;
        const off = Math.abs(found - expected);
        const same = Object.is(found, expected) || off <= 1e-13 * Math.abs(expected);
        expect(same, `${name}, row ${row}: ${found} instead of ${expected}`).toBe(true);
      }
    }
  });

  test('a bar with more rows than minutes, and what reads it, is NULL until it is out of reach', async () => {
    const time = Float64Array.from({ length: 400 }, (_, row) =>
      // 31 rows in the fourth bar
      row < 100 ? row * minute : row === 100 ? 99.5 * minute : (row - 1) * minute,
    );
    const { columns } = barsOfShape(shapes[0]!, 1, 400);
    const found = (
      await subjectOfExpressions('crowded', [
        { name: 'one', expr: every(30, barClose(close)) },
        { name: 'three', expr: every(30, mean(barClose(close), 3)) },
      ]).compute({ time, columns })
    ).columns;
    const known = (name: string): number[][] => {
      const stretches: number[][] = [];
      found[name]!.forEach((value, row) => {
        if (Number.isNaN(value)) return;
        if (stretches.at(-1)?.[1] === row - 1) stretches.at(-1)![1] = row;
        else stretches.push([row, row]);
      });
      return stretches;
    };
    expect(known('one')).toEqual([
      [30, 119],
      [151, 399],
    ]);
    expect(known('three')).toEqual([
      [90, 119],
      [211, 399],
    ]);
  });
});

describe('rows of an hour', () => {
  const daily = [
    { name: 'close', expr: every(1440, barClose(close)) },
    { name: 'mean', expr: every(1440, mean(barClose(close), 5)) },
    { name: 'range', expr: every(240, max(sub(barHigh(close), barLow(close)), 3)) },
    { name: 'shorter', expr: every(30, diff(barClose(close), 1)) },
  ];
  const hourly = subjectOfExpressions('of hourly rows', daily, {}, { intervalMinutes: 60 });
  const ofHours = (seed: number, rows: number, step: number): Bars => ({
    time: Float64Array.from(
      { length: rows },
      (_, row) => Date.UTC(2024, 0, 31, 13, 30) * 1000 + row * step * minute,
    ),
    columns: barsOfShape(shapes[0]!, seed, rows).columns,
  });

  test('look back as many rows as a bar has of them', () => {
    expect(hourly.features.map(({ lookback }) => lookback)).toEqual([49, 145, 17, 4]);
  });

  test('have series of days, by the same rules', async () => {
    for (const step of [60, 90, 25]) {
      const bars = ofHours(2, 900, step);
      const whole = await hourly.compute(bars);
      const tasks = [
        { from: 700, to: 900 },
        { from: 0, to: 301 },
        { from: 301, to: 700 },
      ];
      expect(await cutDifferences(hourly, bars, whole, tasks)).toEqual([]);
      expect(await streamDifferences(hourly, bars, whole, 111)).toEqual([]);
      expect(whole.columns.close!.some(value => !Number.isNaN(value))).toBe(step >= 60);
    }
  });
});

describe('the words', () => {
  const wrong: readonly (readonly [string, () => Expr])[] = [
    ['minutes that are no whole number', () => every(2.5, barClose(close))],
    ['no minutes', () => every(0, barClose(close))],
    ['more than a day', () => every(1441, barClose(close))],
    ['a series of rows', () => every(30, mean(close, 10))],
    ['a series of rows beside one of bars', () => every(30, sub(close, barClose(close)))],
    ['bars of no length inside bars', () => every(30, every(60, barClose(close)))],
    ['a number', () => every(30, 5 as Series)],
    ['a bar of a bar', () => every(30, barHigh(barClose(close)))],
    ['a bar of what a bar is part of', () => every(30, barHigh(mean(barClose(close), 3)))],
  ];
  test.each(wrong)('refuse %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'WR_EXPRESSION' }));
  });

  test('refuse a bar outside of every', () => {
    expect(() => subjectOfExpressions('alone', [{ name: 'alone', expr: barClose(close) }])).toThrow(
      expect.objectContaining({ code: 'WR_EXPRESSION' }),
    );
  });
});
