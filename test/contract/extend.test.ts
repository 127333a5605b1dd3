import { describe, expect, test } from 'vitest';
import { definitionOf, featuresOf, versionOf } from '../../host/catalog/catalog.ts';
import { column, type Expr, named } from '../../host/catalog/expr.ts';
import { type Family, feature } from '../../host/catalog/family.ts';
import type { Operator } from '../../host/catalog/operators.ts';
import type { FeatureSet } from '../../host/catalog/set.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { diff, ema, lag, max, mean, min, ratio, skew, std, sub } from '../../host/catalog/vocabulary.ts';
import { explain, explainText } from '../../host/engine/explain.ts';
import { familyTable, partitionName } from '../../host/store/tables.ts';
import {
  cutDifferences,
  futureDifferences,
  streamDifferences,
  subjectOfExpressions,
  traceDifferences,
} from '../support/contract.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// A new family is one declaration. If anything else had to be written for it to be planned, computed, streamed,
// versioned, explained and given a table, this test could not pass.

const close = column('close');
const range = named('bar_range', sub(column('high'), column('low')));

/** A word that no catalogue has: the value half a window ago. */
const midpoint: Operator = {
  name: 'toy_midpoint',
  args: ['a'],
  params: [{ name: 'window', min: 2, max: 100, integer: true }],
  summary: 'value half a window ago less the current one',
  lower: (b, [x], [window]) =>
    b.kernel('sub', [{ node: x!.node, lag: x!.lag + Math.floor(Number(window) / 2) }, x!]),
};
const toyMidpoint = (a: Expr, window: number): Expr => ({
  kind: 'call',
  operator: midpoint,
  args: [a],
  params: [window],
});

const windows = [7, 24];
const toys: Family = {
  name: 'toy_ranges',
  title: 'Toys',
  features: windows.flatMap(w => [
    feature(`w${w}_toy_mean`, mean(range, w), 'price', `Mean range over ${w} rows.`),
    feature(`w${w}_toy_z`, ratio(sub(range, mean(range, w)), std(range, w)), 'sd units', 'Range in sd.'),
    feature(`w${w}_toy_skew`, skew(diff(close, 3), w), 'none', 'Skewness of three-row changes.'),
    feature(
      `w${w}_toy_stochastic`,
      ratio(sub(close, min(close, w)), sub(max(close, w), min(close, w))),
      '0..1',
      'Place in the range.',
    ),
    feature(`w${w}_toy_ema`, ema(lag(close, 1), w), 'price', 'Exponential mean of the past.'),
    feature(`w${w}_toy_midpoint`, toyMidpoint(close, w), 'price', 'Half a window back.'),
  ]),
};
const set: FeatureSet = { ...fx, name: 'toys', families: [toys], parameters: [] };
const features = featuresOf(set);
const subject = subjectOfExpressions(
  'toys',
  features.map(({ qualifiedName, expr }) => ({ name: qualifiedName, expr })),
);

describe('a family declared in memory', () => {
  test.each(shapes.map(shape => [shape.name, shape] as const))(
    'keeps the five rules on %s',
    async (_, shape) => {
      const rows = subject.lookback + 1_900;
      const bars = barsOfShape(shape, 3, rows);
      const whole = await subject.compute(bars);
      const tasks = [
        { from: rows - 400, to: rows },
        { from: 0, to: 300 },
        { from: 300, to: rows - 400 },
      ];
      expect(await cutDifferences(subject, bars, whole, tasks)).toEqual([]);
      expect(await streamDifferences(subject, bars, whole, 0)).toEqual([]);
      expect(await streamDifferences(subject, bars, whole, 333)).toEqual([]);
      expect(await futureDifferences(subject, bars, whole, rows - 100)).toEqual([]);
      expect(await traceDifferences(subject, bars, whole, { from: 500, to: 503 }, () => 1e12)).toEqual([]);
    },
  );

  test('has its lookback added up', () => {
    const found = Object.fromEntries(subject.features.map(({ name, lookback }) => [name, lookback]));
    expect(found).toMatchObject({
      'toy_ranges.w7_toy_mean': 7,
      'toy_ranges.w24_toy_skew': 27,
      'toy_ranges.w7_toy_midpoint': 4,
      'toy_ranges.w7_toy_ema': 129,
    });
  });

  test('has a definition and a version, which changes with any of its expressions', () => {
    expect(definitionOf(set, toys)).toContain('w24_toy_mean = mean(bar_range, 24)');
    expect(definitionOf(set, toys)).toContain('bar_range := high - low');
    const symbol = { type: 'double', parameters: {} } as const;
    const [first, ...rest] = toys.features;
    const changed: Family = { ...toys, features: [{ ...first!, expr: mean(range, 8) }, ...rest] };
    expect(versionOf(set, changed, symbol)).not.toBe(versionOf(set, toys, symbol));
    const reworded: Family = { ...toys, features: [{ ...first!, description: 'Mean range.' }, ...rest] };
    expect(versionOf(set, reworded, symbol)).toBe(versionOf(set, toys, symbol));
  });

  test('is explained', () => {
    const text = explainText(explain(set, features.find(({ name }) => name === 'w7_toy_midpoint')!));
    expect(text).toContain('toy_midpoint(close, 7)');
    expect(text).toContain('4 bars, the current one included');
    expect(text).toMatch(/result #\d+$/);
  });

  test('has a table', () => {
    const columns = toys.features.map(({ name }) => name);
    const table = familyTable({ family: toys.name, set: set.name, columns });
    expect(partitionName(table, 'eurusd', '2024-07')).toBe('toy_ranges_eurusd_2024_07');
  });
});
