import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Expr, toText } from '../../host/catalog/expr.ts';
import { WindrowError } from '../../host/errors.ts';
import {
  cutDifferences,
  futureDifferences,
  type Subject,
  streamDifferences,
  subjectOfExpressions,
} from '../support/contract.ts';
import { exprs } from '../support/formulas.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// Whatever a user writes down keeps the rules: the bits are those of any cut and of a stream, and nobody sees the future.

const parameters = { baseline: 1.07, pip: 0.0001 };
/** What looks back further takes too long for so many. */
const longest = 2_000;

/** Undefined where it looks back further than any feature may. */
function planned(expr: Expr): Subject | undefined {
  try {
    return subjectOfExpressions('any', [{ name: toText(expr), expr }], parameters);
  } catch (error) {
    if (error instanceof WindrowError && error.code === 'WR_PLAN_SIZE') return undefined;
    throw error;
  }
}

test('any formula keeps the rules', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      exprs({ most: 40, peers: false }),
      fc.constantFrom(...shapes),
      fc.integer({ min: 1, max: 100 }),
      async (expr, shape, seed) => {
        const subject = planned(expr);
        fc.pre(subject !== undefined && subject.lookback <= longest);
        const rows = Math.max(1, subject.lookback) + 500;
        const bars = barsOfShape(shape, seed, rows);
        const whole = await subject.compute(bars);
        const tasks = [
          { from: rows - 100, to: rows },
          { from: 0, to: 130 },
          { from: 130, to: rows - 100 },
        ];
        expect(await cutDifferences(subject, bars, whole, tasks)).toEqual([]);
        expect(await streamDifferences(subject, bars, whole, 0)).toEqual([]);
        expect(await streamDifferences(subject, bars, whole, 50)).toEqual([]);
        expect(await futureDifferences(subject, bars, whole, rows - 60)).toEqual([]);
      },
    ),
    { numRuns: 150 },
  );
});
