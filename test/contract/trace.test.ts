import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traceDifferences } from '../support/contract.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';
import { deepSubject, familySubjects } from '../support/subjects.ts';

// What a window has left behind leaves no trace, not in the last bit: there is no state that it could stay in.

const parameters = { baseline: 1.0843, pip: 0.0001 };
const families = await familySubjects(parameters);
const deep = await deepSubject(parameters);
const walk = shapes.find(({ name }) => name === 'walk')!;

const disturbances = {
  NULL: () => Number.NaN,
  'an outlier of 1e12': () => 1e12,
  'an outlier of -1e12': () => -1e12,
  infinity: () => Number.POSITIVE_INFINITY,
  'the smallest number': () => Number.MIN_VALUE,
  zero: () => 0,
};

describe.each([...families, deep])('$name', subject => {
  test.each(Object.entries(disturbances))('has its bits back after %s', async (_, change) => {
    const property = fc.asyncProperty(
      fc.nat(10_000),
      fc.integer({ min: 100, max: 700 }),
      fc.integer({ min: 1, max: 20 }),
      async (seed, from, length) => {
        const bars = barsOfShape(walk, seed, subject.lookback + 1_000);
        const whole = await subject.compute(bars);
        const disturbed = { from, to: from + length };
        expect(await traceDifferences(subject, bars, whole, disturbed, change)).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: subject === deep ? 1 : 4 });
  });
});
