import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { column, type Expr, named } from '../../host/catalog/expr.ts';
import { add, diff, ema, lag, max, mean, mul, rank, std, sub, sum } from '../../host/catalog/vocabulary.ts';
import { columnsByFeature, type Plan, plan } from '../../host/engine/plan.ts';
import { planFaults } from '../support/planFaults.ts';

const x = column('close');
const y = column('open');
const all = featuresOf(setByName('fx')).map(({ qualifiedName, expr }) => ({ name: qualifiedName, expr }));

const planOf = (...exprs: Expr[]): Plan => plan(exprs.map((expr, i) => ({ name: `f${i}`, expr })));
const kernelsOf = ({ steps, nodes }: Plan): string[] =>
  steps.flatMap(({ node }) => {
    const { source } = nodes[node]!;
    return source.kind === 'kernel' ? [source.name] : [];
  });

describe('equal parts', () => {
  test('are one plane, with or without a name', () => {
    expect(kernelsOf(planOf(add(sub(x, y), sub(x, y))))).toEqual(['sub', 'add']);
    expect(kernelsOf(planOf(add(named('spread', sub(x, y)), sub(x, y))))).toEqual(['sub', 'add']);
    expect(kernelsOf(planOf(sub(x, y), sub(y, x)))).toEqual(['sub', 'sub']);
  });

  test('are shared by windows, which are halves, or parts of fifteen rows and an even rest', () => {
    // five rows are one plane
    const merged = {
      15: [5, 10, 15],
      30: [5, 10, 15, 30],
      45: [5, 10, 15, 30, 45],
      60: [5, 10, 15, 30, 60],
      75: [5, 10, 15, 30, 60, 75],
    };
    const windows = Object.keys(merged).map(Number);
    const alone = windows.map(window => kernelsOf(planOf(sum(x, window))).length);
    expect(alone).toEqual(Object.values(merged).map(blocks => blocks.length));
    const distinct = new Set(Object.values(merged).flat()).size;
    expect(kernelsOf(planOf(...windows.map(window => sum(x, window))))).toHaveLength(distinct);
    // others: doublings, and one row at a time where there is no divisor
    expect(kernelsOf(planOf(sum(x, 64)))).toHaveLength(6); // 2 4 8 16 32 64
    expect(kernelsOf(planOf(sum(x, 77)))).toHaveLength(9); // 2 3 6 9 18 19 38 76 77
    expect(kernelsOf(planOf(sum(x, 64), sum(x, 77)))).toHaveLength(14);
  });

  test('are one plane also where one is the other some rows ago', () => {
    const shifted = planOf(std(lag(x, 1), 20), lag(std(x, 20), 1), lag(lag(std(x, 20), 2), 3), std(x, 20));
    expect(new Set(shifted.features.map(({ ref }) => ref.node)).size).toBe(1);
    expect(shifted.features.map(({ ref }) => ref.lag)).toEqual([1, 1, 5, 0]);
    expect(shifted.features.map(({ lookback }) => lookback)).toEqual([21, 21, 25, 20]);
    expect(kernelsOf(planOf(diff(lag(x, 3), 2), diff(x, 2)))).toEqual(['sub']);
  });

  test('keep their lag when one side is a number', () => {
    const { features } = planOf(mul(2, lag(x, 7)), mul(2, x));
    expect(features[0]!.ref).toEqual({ node: features[1]!.ref.node, lag: 7 });
  });
});

describe('lookback', () => {
  test.each<[string, Expr, number]>([
    ['a column', x, 1],
    ['a shift', lag(x, 9), 10],
    ['a window', mean(x, 30), 30],
    ['windows over windows', mean(std(x, 20), 10), 29],
    ['the longer of two paths', sub(max(x, 5), lag(mean(x, 3), 8)), 11],
    ['a kernel with a window of its own', rank(diff(x, 1), 15), 16],
    ['a shift of a kernel with a window', lag(rank(x, 15), 5), 20],
    ['an exponential mean, to the power of two beyond its horizon', ema(x, 12), 256],
  ])('of %s', (_, expr, lookback) => {
    expect(planOf(expr).features[0]).toMatchObject({ lookback, needs: lookback });
  });

  test('of a plan is its longest', () => {
    expect(planOf(mean(x, 30), lag(y, 99)).lookback).toBe(100);
  });

  test('of an exponential mean is as short as the horizon allows', () => {
    const bits = (horizonBits: number) => plan([{ name: 'ema', expr: ema(x, 9) }], { horizonBits }).lookback;
    expect([8, 20, 53, 60].map(bits)).toEqual([32, 64, 256, 256]);
    expect(0.8 ** bits(53)).toBeLessThan(2 ** -53);
  });
});

describe('slots', () => {
  test('are taken again only after their last reader, whatever is planned in whatever order', () => {
    const chosen = fc.shuffledSubarray(all, { minLength: 1 });
    fc.assert(
      fc.property(chosen, features => {
        expect(planFaults(plan(features))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('are few: the whole set needs no more than 120 planes without history', () => {
    const whole = plan(all);
    expect(planFaults(whole)).toEqual([]);
    expect(whole.slots).toBeLessThanOrEqual(120);
    expect(whole.steps.filter(({ slot }) => slot !== undefined).length).toBeGreaterThan(4 * whole.slots);
  });
});

test('a plan holds every plane once and lists what its features read', () => {
  const whole = plan(all);
  const planned = whole.steps.map(({ node }) => node);
  expect(new Set(planned).size).toBe(planned.length);
  const read = new Set(columnsByFeature(whole).flatMap(columns => [...columns]));
  expect([...read].sort()).toEqual([...whole.columns].sort());
  expect([...whole.parameters].sort()).toEqual(['baseline', 'pip']);
});
