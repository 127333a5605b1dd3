import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { futureDifferences } from '../support/contract.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';
import { deepSubject, familySubjects } from '../support/subjects.ts';

const parameters = { baseline: 1.0843, pip: 0.0001 };
const families = await familySubjects(parameters);
const deep = await deepSubject(parameters);
const walk = shapes.find(({ name }) => name === 'walk')!;

describe.each([...families, deep])('$name', subject => {
  test('does not change when the future is taken away or replaced', async () => {
    const rows = Math.min(subject.lookback + 900, 33_000);
    const property = fc.asyncProperty(
      fc.nat(10_000),
      fc.integer({ min: 1, max: 900 }),
      async (seed, left) => {
        const bars = barsOfShape(walk, seed, rows);
        const whole = await subject.compute(bars);
        expect(await futureDifferences(subject, bars, whole, rows - left)).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: subject === deep ? 2 : 8 });
  });
});
