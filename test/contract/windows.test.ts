import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { column, type Expr } from '../../host/catalog/expr.ts';
import {
  corr,
  cov,
  ema,
  kurt,
  linearR2,
  max,
  mean,
  min,
  pstd,
  quadraticA1,
  quadraticA2,
  quadraticB,
  quadraticLast,
  quadraticR2,
  quadraticRmse,
  rank,
  skew,
  slope,
  std,
  sum,
} from '../../host/catalog/vocabulary.ts';
import { sameBits } from '../support/bits.ts';
import { subjectOfExpressions } from '../support/contract.ts';
import { draws } from '../support/draws.ts';
import { hex } from '../support/kernelShapes.ts';

// What follows from exactness alone, for any window: no reference is needed to say it.

const x = column('close');
const y = column('open');
const rows = 420;
const time = Float64Array.from({ length: rows }, (_, row) => row * 60_000_000);
const window = fc.integer({ min: 2, max: 300 });

/** The column of each expression over close and open, computed by one plan. */
async function evaluate(exprs: Readonly<Record<string, Expr>>, close: Float64Array, open = close) {
  const features = Object.entries(exprs).map(([name, expr]) => ({ name, expr }));
  return (await subjectOfExpressions('windows', features).compute({ time, columns: { close, open } }))
    .columns;
}

/** First row from `from` on whose value is not as wanted. */
const firstOther = (column: Float64Array, from: number, wanted: (row: number) => number): string => {
  const row = column.findIndex((value, at) => at >= from && !sameBits(value, wanted(at)));
  return row < 0 ? '' : `row ${row}: ${hex(column[row]!)} instead of ${hex(wanted(row))}`;
};

/** Least squares over three rows at least. */
const fits = (w: number) => {
  const n = Math.max(w, 3);
  return {
    a2: quadraticA2(x, n),
    a1: quadraticA1(x, n),
    b: quadraticB(x, n),
    last: quadraticLast(x, n),
    rmse: quadraticRmse(x, n),
  };
};
const shares = (w: number) => ({ r2: quadraticR2(x, Math.max(w, 3)), linearR2: linearR2(x, w) });

const noise = (seed: number, scale = 1): Float64Array => {
  const draw = draws(seed);
  return Float64Array.from({ length: rows }, () => scale * draw.normal());
};

describe('a window of one value', () => {
  // sums of 300 squares must not overflow
  const value = fc.double({ min: -1e150, max: 1e150, noNaN: true });

  test('has exactly that value as its mean and extremes, and exactly no deviation', async () => {
    const property = fc.asyncProperty(value, window, fc.nat(100), async (constant, w, lead) => {
      // whatever came before the window
      const close = noise(lead, 1e6).map((before, row) => (row < lead ? before : constant));
      const found = await evaluate(
        {
          mean: mean(x, w),
          ema: ema(x, 2),
          min: min(x, w),
          max: max(x, w),
          std: std(x, w),
          pstd: pstd(x, w),
          slope: slope(x, w),
          rank: rank(x, w),
          cov: cov(x, y, w),
          skew: skew(x, w),
          kurt: kurt(x, w),
          ...fits(w),
          ...shares(w),
        },
        close,
        noise(lead + 1),
      );
      const full = lead + Math.max(w, 64) - 1;
      const wanted: Record<string, number> = {
        mean: constant,
        ema: constant,
        min: constant,
        max: constant,
        b: constant,
        last: constant,
      };
      for (const [name, column] of Object.entries(found)) {
        const undefinedThere = ['skew', 'kurt', 'r2', 'linearR2'].includes(name);
        const expected = undefinedThere ? Number.NaN : (wanted[name] ?? 0);
        // the sign of a zero is nobody's concern here
        const differs = firstOther(column, full, row =>
          column[row] === 0 && expected === 0 ? column[row]! : expected,
        );
        expect(differs, `${name} over ${w} rows of ${hex(constant)}`).toBe('');
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

describe('a scale that is a power of two', () => {
  test('moves the exponent of what is in units of the series, and no bit of what is not', async () => {
    const property = fc.asyncProperty(
      fc.nat(10_000),
      window,
      fc.integer({ min: -8, max: 60 }),
      async (seed, w, exponent) => {
        const scale = 2 ** exponent;
        const close = noise(seed);
        const open = noise(seed + 1);
        const scaled = {
          sum: sum(x, w),
          mean: mean(x, w),
          min: min(x, w),
          max: max(x, w),
          std: std(x, w),
          pstd: pstd(x, w),
          slope: slope(x, w),
          ema: ema(x, 12),
          cov: cov(x, y, w),
          ...fits(w),
        };
        const exprs = {
          ...scaled,
          skew: skew(x, w),
          kurt: kurt(x, w),
          corr: corr(x, y, w),
          rank: rank(x, w),
          ...shares(w),
        };
        const before = await evaluate(exprs, close, open);
        const after = await evaluate(
          exprs,
          close.map(value => value * scale),
          open,
        );
        for (const name of Object.keys(exprs)) {
          const factor = name in scaled ? scale : 1;
          const differs = firstOther(after[name]!, 0, row => before[name]![row]! * factor);
          expect(differs, `${name} over ${w} rows, seed ${seed}, scale 2^${exponent}`).toBe('');
        }
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });
});

describe('any window', () => {
  test('has its mean between its extremes, deviations that are not negative and R2 in 0..1', async () => {
    const property = fc.asyncProperty(
      fc.nat(10_000),
      window,
      fc.integer({ min: -300, max: 150 }),
      async (seed, w, exponent) => {
        const close = noise(seed, 10 ** exponent);
        const {
          m,
          low,
          high,
          sd,
          rmse,
          r2,
          linearR2: ofLine,
        } = await evaluate(
          { m: mean(x, w), low: min(x, w), high: max(x, w), sd: std(x, w), ...fits(w), ...shares(w) },
          close,
        );
        for (let row = w - 1; row < rows; row++) {
          const inside = m![row]! >= low![row]! && m![row]! <= high![row]! && sd![row]! >= 0;
          const inRange = [r2, ofLine].every(share => !(share![row]! < 0 || share![row]! > 1));
          expect(
            inRange && !(rmse![row]! < 0) && inside,
            `row ${row} over ${w} rows, seed ${seed}, size 1e${exponent}`,
          ).toBe(true);
        }
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });
});
