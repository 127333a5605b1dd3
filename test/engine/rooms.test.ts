import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { column } from '../../host/catalog/expr.ts';
import { ema, lag, max, rank, std, sub, sum } from '../../host/catalog/vocabulary.ts';
import { copyBars } from '../../host/engine/compute.ts';
import { Arena } from '../../host/engine/module.ts';
import { blockRows, plan } from '../../host/engine/plan.ts';
import { Session } from '../../host/engine/session.ts';
import type { Features } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import { seeded } from '../support/kernelShapes.ts';
import { soil } from '../support/soil.ts';

// A plane with a long history has a room of several blocks; rooms of different classes are full at different times.
describe('rooms of every class', () => {
  const rows = 150_000; // three times the largest room
  const farBack = 60_000; // more than it holds
  const windows = [5, 700, 5_000, 40_000];
  const [close, open, volume] = [column('close'), column('open'), column('volume')];
  const planned = plan([
    ...windows.flatMap(window => [
      { name: `sum ${window}`, expr: sum(volume, window) },
      { name: `std ${window}`, expr: std(close, window) },
    ]),
    { name: 'ema', expr: ema(close, 2_000) },
    { name: 'holes', expr: std(open, 700) },
    { name: 'rank', expr: rank(open, 1_000) },
    { name: 'extreme', expr: max(close, 3_000) },
    { name: 'back', expr: lag(volume, farBack) },
    // a result that another one looks back in, and one that is itself looked back in
    { name: 'change', expr: sub(sum(volume, 5_000), lag(sum(volume, 5_000), 700)) },
    { name: 'before', expr: lag(sum(volume, 700), 3) },
  ]);
  const random = seeded(41);
  const series = (value: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, row) => value(row));
  const bars = {
    time: series(row => row * 60_000_000),
    columns: {
      close: series(() => 100 + random()),
      open: series(row => (row % 7_919 === 4_000 ? Number.NaN : random())),
      volume: series(() => Math.floor(1_000 * random())),
    },
  };
  const named = (values: (i: number) => Float64Array): Features['columns'] =>
    Object.fromEntries(planned.features.map(({ name }, i) => [name, values(i)]));

  let arena: Arena;
  let loaded: ReturnType<typeof copyBars>;
  let kept: number[];
  let session: Session;
  let whole: Features;

  const begin = (firstOutput = 0) => {
    session.load(loaded);
    session.firstOutput = firstOutput;
    session.keep(kept);
  };
  const results = (firstOutput = 0): Features => ({
    time: bars.time.slice(firstOutput),
    columns: named(i => arena.f64(kept[i]!, rows - firstOutput).slice()),
  });
  /** Leaves behind what `used` rows leave. */
  const use = (used: number) => {
    session.reset();
    begin();
    session.run(0, used);
  };
  /** Computes all rows in calls of `strides` rows, over and over, of at most `limit()` each. */
  const runIn = (
    strides: readonly number[],
    limit = () => rows,
    each: (row: number, count: number) => void = () => {},
  ) => {
    for (let row = 0, call = 0; row < rows; call++) {
      const count = Math.min(strides[call % strides.length]!, limit(), rows - row);
      session.run(row, count);
      each(row, count);
      row += count;
    }
  };

  beforeAll(async () => {
    arena = await Arena.create();
    loaded = copyBars(arena, bars, planned.columns);
    kept = planned.features.map(() => arena.allocate(rows * 8));
    soil(arena, 32_000_000);
    session = new Session(arena, planned, {});
    begin();
    session.run(0, rows);
    whole = results();
  });

  test('are all there, and a plane that keeps more than its room holds', () => {
    const largest = 128 * blockRows;
    const roomOf = (history: number) =>
      Math.min(largest, blockRows * 2 ** Math.max(0, Math.ceil(Math.log2((2 * history) / blockRows))));
    const histories = planned.steps.map(({ history }) => history);
    const rooms = [...new Set(histories.map(roomOf))].sort((a, b) => a - b);
    expect(rooms).toEqual([1, 2, 4, 8, 16, 32, 64, 128].map(blocks => blocks * blockRows));
    expect(Math.max(...histories)).toBeGreaterThan(largest);
    expect(rows).toBeGreaterThan(3 * largest);
  });

  test('give the values of the definition', () => {
    const prefix = [0];
    for (const value of bars.columns.volume) prefix.push(prefix.at(-1)! + value);
    const total = (row: number, window: number) =>
      row < window - 1 ? Number.NaN : prefix[row + 1]! - prefix[row + 1 - window]!;
    const expected: Features['columns'] = {
      ...Object.fromEntries(windows.map(window => [`sum ${window}`, series(row => total(row, window))])),
      back: series(row => bars.columns.volume[row - farBack] ?? Number.NaN),
      change: series(row => total(row, 5_000) - total(row - 700, 5_000)),
      before: series(row => total(row - 3, 700)),
    };
    const found = Object.fromEntries(Object.keys(expected).map(name => [name, whole.columns[name]!]));
    const { time } = bars;
    expect(differences({ time, columns: expected }, { time, columns: found })).toEqual([]);
  });

  const strides = fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 1, maxLength: 12 });
  const used = fc.integer({ min: 0, max: rows });

  test('give the same bits in calls of any rows, after any use before', () => {
    const property = fc.property(strides, used, (strides, used) => {
      use(used);
      session.reset();
      begin();
      runIn(strides);
      expect(differences(whole, results())).toEqual([]);
    });
    fc.assert(property, { numRuns: 16 });
  });

  test('need no reset where every result has the bars of its lookback', () => {
    const first = fc.integer({ min: planned.lookback - 1, max: rows - 1 });
    const property = fc.property(strides, used, first, (strides, used, first) => {
      use(used);
      session.restart();
      begin(first);
      runIn(strides);
      expect(differences(whole, results(first), { from: first, to: rows }, 0)).toEqual([]);
    });
    fc.assert(property, { numRuns: 8 });
  });

  test('hold the rows of a call where the session says', () => {
    const property = fc.property(strides, used, (strides, used) => {
      use(used);
      session.reset();
      begin();
      const found = { time: bars.time, columns: named(() => new Float64Array(rows)) };
      const columns = Object.values(found.columns);
      runIn(
        strides,
        () => session.room,
        (row, count) => {
          session.outputAddresses().forEach((address, i) => {
            columns[i]!.set(arena.f64(address, count), row);
          });
        },
      );
      expect(differences(whole, found)).toEqual([]);
    });
    fc.assert(property, { numRuns: 4 });
  });
});
