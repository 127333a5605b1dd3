import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { column, type Expr } from '../../host/catalog/expr.ts';
import {
  add,
  barClose,
  corr,
  cov,
  every,
  fftDominant,
  fftEntropy,
  fftPower,
  fftPowerShare,
  johansen,
  kurt,
  lag,
  linearR2,
  mean,
  mul,
  partialBeta,
  partialStd,
  quadraticA2,
  quadraticLast,
  quadraticRmse,
  skew,
  slope,
  std,
  sub,
} from '../../host/catalog/vocabulary.ts';
import { compute } from '../../host/engine/compute.ts';
import { type Op, type Plan, plan } from '../../host/engine/plan.ts';
import type { Features } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import { shapes } from '../support/kernelShapes.ts';
import { planFaults } from '../support/planFaults.ts';

const x = column('close');
const y = column('open');

const planOf = (...exprs: Expr[]): Plan => plan(exprs.map((expr, i) => ({ name: `f${i}`, expr })));

/** How often a plan runs each kernel. */
const counts = ({ ops }: Plan): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const { kernel } of ops) found[kernel] = (found[kernel] ?? 0) + 1;
  return found;
};

/** Planes that are written and that nobody reads: parts that come with a pass. */
const dead = ({ ops, features }: Plan): number[] => {
  const read = new Set(ops.flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  for (const { ref } of features) read.add(ref.node);
  return ops.flatMap(({ outs }) => outs.filter(out => !read.has(out)));
};

/** The same plan with a kernel of its own for every plane. */
const unfused = (planned: Plan): Plan => ({
  ...planned,
  ops: planned.ops.flatMap((op): Op[] => {
    if (op.bars) return [{ ...op, bars: { ...op.bars, plan: unfused(op.bars.plan) } }];
    return op.outs.map(out => {
      const { source, inputs } = planned.nodes[out]!;
      if (source.kind !== 'kernel') throw new Error(`node ${out} has no kernel`);
      const { table } = source;
      return { ...op, ...(table ? { table } : {}), kernel: source.name, outs: [out], inputs };
    });
  }),
});

// A window of 20 rows is two halves of 10 rows, these of 5, which are made of rows at once. One of 32 rows takes five
// doublings. Nothing reads the offset of the whole window, nor any sum that is not asked for.
describe('a plan runs', () => {
  test.each<[string, Expr[], Record<string, number>]>([
    [
      'one merge with its root at the end for std',
      [std(x, 20)],
      { moments2Of5: 1, mergeMoments2: 1, mergeDeviation: 1 },
    ],
    ['doublings where there is nothing else', [std(x, 16)], { mergeMoments2: 3, mergeDeviation: 1 }],
    [
      'the root in the same pass where the sums are wanted too',
      [std(x, 20), std(x, 40)],
      { moments2Of5: 1, mergeMoments2: 1, momentsDeviation: 1, mergeDeviation: 1 },
    ],
    [
      'one merge each for the windows of a family',
      [15, 30, 45, 60, 75].map(window => mean(x, window)),
      { meanOf5: 1, mergeMean: 6 },
    ],
    [
      'three planes a pass for skew, which the last merge ends with',
      [skew(x, 20)],
      { moments3Of5: 1, mergeMoments3: 1, mergeSkewness: 1 },
    ],
    ['four planes a pass for kurt', [kurt(x, 20)], { moments4Of5: 1, mergeMoments4: 1, mergeKurtosis: 1 }],
    [
      'both in the same pass, the sums too where they are wanted',
      [skew(x, 20), kurt(x, 20), skew(x, 40), kurt(x, 40)],
      { moments4Of5: 1, mergeMoments4: 1, momentsShape: 1, mergeShape: 1 },
    ],
    [
      'one of them with its sums',
      [skew(x, 20), skew(x, 40), kurt(y, 20), kurt(y, 40)],
      {
        ...{ moments3Of5: 1, mergeMoments3: 1, momentsSkewness: 1, mergeSkewness: 1 },
        ...{ moments4Of5: 1, mergeMoments4: 1, momentsKurtosis: 1, mergeKurtosis: 1 },
      },
    ],
    [
      'the last merge of std beside that of kurt',
      [std(x, 20), kurt(x, 20)],
      { moments4Of5: 1, mergeMoments4: 1, mergeDeviation: 1, mergeKurtosis: 1 },
    ],
    ['one pass a doubling for slope', [slope(x, 20)], { fit2Of5: 1, mergeFit2: 1, mergeSlope: 1 }],
    [
      'the offset once for std and slope',
      [std(x, 20), slope(x, 20)],
      { moments2Of5: 1, trendOf5: 1, mergeMoments2: 1, mergeTrend: 1, mergeDeviation: 1, mergeSlope: 1 },
    ],
    [
      'both in any order',
      [slope(x, 20), skew(x, 20)],
      { moments3Of5: 1, trendOf5: 1, mergeMoments3: 1, mergeTrend: 1, mergeSlope: 1, mergeSkewness: 1 },
    ],
    [
      'four planes a pass for a parabola',
      [quadraticRmse(x, 20), quadraticLast(x, 20)],
      { fit4Of5: 1, mergeFit4: 2, deviation: 1, fitted: 1 },
    ],
    [
      'three without its residual',
      [quadraticLast(x, 20), slope(x, 20)],
      { fit3Of5: 1, mergeFit3: 2, mergeSlope: 1, fitted: 1 },
    ],
    [
      'what a parabola has not written of std beside it',
      [std(x, 20), quadraticRmse(x, 20), quadraticA2(x, 10)],
      {
        ...{ fit4Of5: 1, mergeFit4: 1, m2Of5: 1, mergeM2: 1, mergeDeviation: 1, mergeResidual: 1 },
        ...{ deviation: 1, mul: 1 },
      },
    ],
    [
      'one pass for each of two series',
      [cov(x, y, 20)],
      { offsetOf5: 2, crossOf5: 1, stepMoments1: 2, mergeStep: 2, mergeCross: 2, div: 1 },
    ],
    [
      'sums of both for corr, and all of the last merge in one pass',
      [corr(x, y, 20)],
      { moments2Of5: 2, crossOf5: 1, stepMoments2: 2, mergeCross: 1, mergeCorrelation: 1 },
    ],
    [
      'four sums and the step of one of them',
      [corr(x, y, 40), kurt(x, 20)],
      {
        ...{ moments4Of5: 1, moments2Of5: 1, crossOf5: 1, stepMoments4: 1, stepMoments2: 3, mergeCross: 2 },
        ...{ mergeCorrelation: 1, mergeKurtosis: 1 },
      },
    ],
    [
      'blocks together and ends apart for windows that differ',
      [std(x, 20), slope(x, 32)],
      { moments2Of5: 1, mergeMoments2: 1, mergeDeviation: 1, mergeFit2: 4, mergeSlope: 1 },
    ],
    [
      'means by themselves',
      [mean(x, 20), std(x, 4)],
      { meanOf5: 1, mergeMean: 2, mergeMoments2: 1, mergeDeviation: 1 },
    ],
    [
      'count, newest number and sums for windows with gaps',
      [partialStd(x, 20, 2)],
      { counted: 1, mergeNumbers: 5, moments2Of5: 1, orElse: 2, countedDeviation: 1, enough: 1 },
    ],
    [
      'a transform once for all that is read off it',
      [fftEntropy(x, 64), fftDominant(x, 64), lag(fftPowerShare(x, 64, 0, 0.1), 3)],
      { spectrum: 1 },
    ],
    [
      'one for each length and series',
      [fftEntropy(x, 64), fftEntropy(x, 32), fftEntropy(y, 64), fftPower(y, 64)],
      { spectrum: 3 },
    ],
    [
      'one for any number of planes',
      Array.from({ length: 30 }, (_, i) => fftPowerShare(x, 64, 0, i / 64)),
      { spectrum: 1 },
    ],
    [
      'a shifted series as the series',
      [std(lag(x, 3), 20), slope(x, 20)],
      { moments2Of5: 1, trendOf5: 1, mergeMoments2: 1, mergeTrend: 1, mergeDeviation: 1, mergeSlope: 1 },
    ],
  ])('%s', (_, exprs, kernels) => {
    const planned = planOf(...exprs);
    expect(counts(planned)).toEqual(kernels);
    expect(planFaults(planned)).toEqual([]);
  });

  test('fewer ops than it has planes, and writes each plane once', () => {
    const whole = plan(featuresOf(setByName('fx')).map(({ qualifiedName: name, expr }) => ({ name, expr })));
    for (const planned of [planOf(std(x, 20)), planOf(kurt(x, 50), slope(x, 50)), whole]) {
      const planes = planned.steps.filter(({ node }) =>
        ['kernel', 'resampled'].includes(planned.nodes[node]!.source.kind),
      );
      const outs = planned.ops.flatMap(op => op.outs);
      expect(outs.toSorted((a, b) => a - b)).toEqual(planes.map(({ node }) => node).sort((a, b) => a - b));
      expect(planned.ops.length).toBeLessThan(planes.length);
    }
    // two planes of 5 and of 10 rows, the deviation
    expect(planOf(std(x, 20)).ops).toHaveLength(2 + 1);
    expect(planOf(std(x, 20)).ops.flatMap(({ outs }) => outs)).toHaveLength(4 + 1);
  });
});

const rows = 700;
const bars = {
  time: Float64Array.from({ length: rows }, (_, row) => row * 60_000_000),
  columns: { close: shapes.holes(rows), open: shapes.far(rows), high: shapes.outlier(rows) },
};
const valuesOf = (planned: Plan): Promise<Features> => compute(planned, bars, {});

const only = ({ time, columns }: Features, name: string): Features => ({
  time,
  columns: { [name]: columns[name]! },
});

/** What differs between a plan, the same without passes, and each of its features planned alone. */
async function disagreements(
  features: readonly { readonly name: string; readonly expr: Expr }[],
): Promise<string[]> {
  const planned = plan(features);
  const together = await valuesOf(planned);
  const found = [...planFaults(planned), ...differences(together, await valuesOf(unfused(planned)))];
  for (const feature of features) {
    const alone = await valuesOf(plan([feature]));
    found.push(...differences(only(together, feature.name), alone));
  }
  return found;
}

const inPairs = corr(column('high'), y, 33);
// the last one reads planes that were written long before the windows, in slots, with passes in between
const operators: Readonly<Record<string, (s: Expr, window: number) => Expr>> = {
  std,
  skew,
  kurt,
  slope,
  mean,
  linearR2,
  cov: (s, window) => cov(s, y, window),
  corr: (s, window) => corr(y, s, window),
  partialStd: (s, window) => partialStd(s, window, 2),
  partialBeta: (s, window) => partialBeta(s, y, window, 2),
  a2: (s, window) => quadraticA2(s, Math.max(3, window)),
  rmse: (s, window) => quadraticRmse(s, Math.max(3, window)),
  last: (s, window) => quadraticLast(s, Math.max(3, window)),
  around: (s, window) => sub(add(mul(s, y), inPairs), kurt(s, window)),
  // planes of a list: which they are counts
  weight: (s, window) => johansen([s, y], Math.max(9, window), 5).weight(1, 1),
  fitted: (s, window) => johansen([s, y], Math.max(9, window), 5).fitted,
  bars: (s, window) => every(3, kurt(barClose(s), window)),
};
const series: Readonly<Record<string, Expr>> = {
  close: x,
  high: column('high'),
  lagged: lag(x, 5),
  spread: sub(x, y),
};
const candidates = Object.entries(operators).flatMap(([operator, of]) =>
  Object.entries(series).flatMap(([input, s]) =>
    [2, 3, 16, 20, 63].map(window => ({ name: `${operator}(${input}, ${window})`, expr: of(s, window) })),
  ),
);

describe('passes do not change a bit', () => {
  const named = (names: readonly string[]) => candidates.filter(({ name }) => names.includes(name));

  test.each([
    [['std(spread, 20)']],
    [['std(spread, 20)', 'kurt(spread, 20)']],
    [['std(spread, 20)', 'slope(spread, 20)']],
    [['std(spread, 20)', 'slope(spread, 16)', 'kurt(spread, 63)']],
    [['corr(spread, 20)', 'skew(spread, 20)']],
  ])('of %s', async names => {
    expect(await disagreements(named(names))).toEqual([]);
  });

  test('of all of them in one plan', async () => {
    expect(candidates).toHaveLength(Object.keys(operators).length * 4 * 5);
    expect(await disagreements(candidates)).toEqual([]);
  });

  test('of any of them in any order', async () => {
    const chosen = fc.shuffledSubarray(candidates, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(chosen, async features => {
        expect(await disagreements(features)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a part that nobody reads', () => {
  test('is written with the pass and its slot is free at once', () => {
    // of the whole window, curve and residual are read: not the trend
    const bent = (of: Expr) => mul(quadraticA2(of, 20), quadraticRmse(of, 20));
    const planned = planOf(bent(x));
    const last = planned.ops.findLast(({ kernel }) => kernel === 'trendToResidual')!;
    expect(dead(planned)).toEqual([last.outs[0]]);
    const slotOf = new Map(planned.steps.map(({ node, slot }) => [node, slot]));
    const slots = last.outs.map(out => slotOf.get(out));
    expect(slots).not.toContain(undefined);
    expect(new Set(slots).size).toBe(3);
    const another = planOf(bent(x), bent(y));
    expect(another.slots).toBe(planned.slots);
  });

  test('takes no slot that holds something, wherever the pass stands', async () => {
    const bent = mul(quadraticA2(x, 20), quadraticRmse(x, 20));
    const expr = sub(mul(x, y), mul(add(x, y), bent));
    const planned = planOf(expr);
    expect(dead(planned)).toHaveLength(1);
    expect(planFaults(planned)).toEqual([]);
    const [found, parts] = [await valuesOf(planned), await valuesOf(planOf(mul(x, y), add(x, y), bent))];
    const { f0: product, f1: sum, f2: fourth } = parts.columns;
    const expected = product!.map((p, row) => p - sum![row]! * fourth![row]!);
    expect(differences({ time: bars.time, columns: { f0: expected } }, found)).toEqual([]);
  });
});
