import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { column } from '../../host/catalog/expr.ts';
import {
  add,
  barClose,
  barHigh,
  barLow,
  barSum,
  ema,
  every,
  lag,
  max,
  mean,
  std,
  sub,
} from '../../host/catalog/vocabulary.ts';
import { copyBars } from '../../host/engine/compute.ts';
import { Arena } from '../../host/engine/module.ts';
import { blockRows, columnsByFeature, plan } from '../../host/engine/plan.ts';
import { Session } from '../../host/engine/session.ts';
import type { Features } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import { barsBetween } from '../support/contract.ts';
import { planFaults } from '../support/planFaults.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';
import { soil } from '../support/soil.ts';

// Programs over coarser bars inside the session of the rows: what callers of a session rely on holds for them too.

const [close, volume] = [column('close'), column('volume')];
const planned = plan([
  { name: 'close', expr: every(30, barClose(close)) },
  { name: 'mean', expr: every(5, mean(barClose(close), 7)) },
  { name: 'range', expr: every(30, std(sub(barHigh(close), barLow(close)), 4)) },
  { name: 'ema', expr: every(3, ema(barClose(close), 5)) },
  { name: 'volume', expr: every(2, barSum(volume)) },
  { name: 'nested', expr: every(20, max(barClose(every(7, lag(barClose(std(close, 9)), 1))), 2)) },
  { name: 'mixed', expr: add(mean(close, 50), lag(every(30, barClose(close)), 31)) },
]);
const rows = 3 * blockRows + planned.lookback;
const shapeOf = (name: string) => shapes.find(shape => shape.name === name)!;
const markets: readonly Bars[] = ['gaps', 'walk', 'nulls'].map(name => barsOfShape(shapeOf(name), 4, rows));

const named = (time: Float64Array, values: (i: number) => Float64Array): Features => ({
  time,
  columns: Object.fromEntries(planned.features.map(({ name }, i) => [name, values(i)])),
});

describe('a session with series of bars', () => {
  let arena: Arena;
  let loaded: ReturnType<typeof copyBars>[];
  let kept: number[];
  let session: Session;
  let wholes: Features[];

  const begin = (market: number, firstOutput = 0) => {
    session.load(loaded[market]!);
    session.firstOutput = firstOutput;
    session.keep(kept);
  };
  const results = (market: number, first = 0): Features =>
    named(markets[market]!.time.slice(first), i => arena.f64(kept[i]!, rows - first).slice());
  const runIn = (strides: readonly number[], from = 0) => {
    for (let row = from, call = 0; row < rows; call++) {
      const count = Math.min(strides[call % strides.length]!, rows - row);
      session.run(row, count);
      row += count;
    }
  };

  beforeAll(async () => {
    arena = await Arena.create();
    loaded = markets.map(bars => copyBars(arena, bars, planned.columns));
    kept = planned.features.map(() => arena.allocate(rows * 8));
    soil(arena, 16_000_000);
    session = new Session(arena, planned, {});
    wholes = markets.map((_, market) => {
      session.reset();
      begin(market);
      session.run(0, rows);
      return results(market);
    });
  });

  const strides = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });
  const market = fc.integer({ min: 0, max: markets.length - 1 });

  test('gives the same bits in calls of any rows, after other bars', () => {
    const property = fc.property(market, market, strides, (before, market, strides) => {
      session.reset();
      begin(before);
      session.run(0, 1_000);
      session.reset();
      begin(market);
      runIn(strides);
      expect(differences(wholes[market]!, results(market))).toEqual([]);
    });
    fc.assert(property, { numRuns: 20 });
  });

  test('needs no reset between symbols where every result has the rows of its lookback', () => {
    const first = fc.integer({ min: planned.lookback - 1, max: rows - 1 });
    const property = fc.property(market, market, strides, first, (before, market, strides, first) => {
      session.restart();
      begin(before);
      session.run(0, rows - 10);
      session.restart();
      begin(market, first);
      runIn(strides, first - planned.lookback + 1);
      const range = { from: first, to: rows };
      expect(differences(wholes[market]!, results(market, first), range, 0)).toEqual([]);
    });
    fc.assert(property, { numRuns: 20 });
  });

  test('holds the rows of a call where it says', () => {
    session.reset();
    begin(1);
    const found = named(markets[1]!.time, () => new Float64Array(rows));
    for (let row = 0; row < rows; ) {
      const count = Math.min(session.room, 100, rows - row);
      session.run(row, count);
      session.outputAddresses().forEach((address, i) => {
        Object.values(found.columns)[i]!.set(arena.f64(address, count), row);
      });
      row += count;
    }
    expect(differences(wholes[1]!, found)).toEqual([]);
  });

  test('takes no more memory with every use', () => {
    session.reset();
    begin(0);
    session.run(0, rows);
    const mark = arena.top;
    session.restart();
    session.reset();
    expect(arena.top).toBe(mark);
  });
});

describe('a plan with series of bars', () => {
  test('keeps bars where others keep rows', () => {
    expect(planFaults(planned)).toEqual([]);
    const long = plan([{ name: 'ema', expr: every(60, ema(barClose(mean(close, 15)), 26)) }]);
    expect(long.lookback).toBe(513 * 60 + 14);
    expect(Math.max(...long.steps.map(({ history }) => history))).toBeLessThan(15);
    const [op] = long.ops.flatMap(({ bars }) => bars ?? []);
    expect(Math.max(...op!.plan.steps.map(({ history }) => history))).toBe(256);
  });

  test('runs one program over bars of a length, and one more where they are made of such', () => {
    const programs = planned.ops.flatMap(({ bars, outs }) => (bars ? [[bars.minutes, outs.length]] : []));
    expect(programs.sort((a, b) => a[0]! - b[0]!)).toEqual([
      [2, 1],
      [3, 1],
      [5, 1],
      [7, 1],
      [20, 1],
      [30, 2],
    ]);
  });

  test('reads the columns that each feature reads, and the time', () => {
    const read = Object.fromEntries(
      columnsByFeature(planned).map((columns, i) => [planned.features[i]!.name, [...columns].sort()]),
    );
    expect(read).toMatchObject({ volume: ['time', 'volume'], range: ['close', 'time'] });
  });

  test('gives a task what its bars begin with, and nothing of what comes after', async () => {
    const bars = barsBetween(markets[1]!, 0, 40);
    const arena = await Arena.create();
    const session = new Session(arena, planned, {});
    const kept = planned.features.map(() => arena.allocate(40 * 8));
    session.load(copyBars(arena, bars, planned.columns));
    session.keep(kept);
    session.run(0, 29);
    expect(arena.f64(kept[0]!, 29).every(Number.isNaN)).toBe(true);
    session.run(29, 11);
    expect(arena.f64(kept[0]! + 30 * 8, 1)[0]).toBe(bars.columns.close![29]);
  });
});
