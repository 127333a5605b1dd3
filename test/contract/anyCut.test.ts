import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { cutDifferences, streamDifferences } from '../support/contract.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';
import { deepSubject, familySubjects } from '../support/subjects.ts';

// A feature is a pure function of the last L bars: whoever computes a row, in whatever company, gets the same bits.

const parameters = { baseline: 1.0843, pip: 0.0001 };
const families = await familySubjects(parameters);
const deep = await deepSubject(parameters);

/** Bars enough for the lookback and some blocks more, of any shape, drawn from a seed that a failure names. */
const market = (lookback: number) =>
  fc
    .record({ shape: fc.constantFrom(...shapes.map(({ name }) => name)), seed: fc.nat(10_000) })
    .map(drawn => {
      const shape = shapes.find(({ name }) => name === drawn.shape)!;
      const bars = barsOfShape(shape, drawn.seed, lookback + 1_300);
      return { ...drawn, bars, toString: () => `shape ${drawn.shape}, seed ${drawn.seed}` };
    });

/** Tasks that cover the rows, in any order: a cut may fall anywhere, also twice at the same row. */
const tasksOver = ({ time }: Bars, cuts: readonly number[], order: readonly number[]) => {
  const rows = time.length;
  const edges = [0, ...cuts.map(share => Math.floor(share * rows)), rows].sort((a, b) => a - b);
  return edges
    .slice(1)
    .map((to, i) => ({ from: edges[i]!, to, place: order[i % order.length]! }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.place - b.place);
};

const share = fc.double({ min: 0, max: 1, noNaN: true });
const division = fc.record({
  cuts: fc.array(share, { minLength: 1, maxLength: 6 }),
  order: fc.array(share, { minLength: 7, maxLength: 7 }),
});

describe.each(families)('$name', subject => {
  test('has the same bits however it is cut into tasks, in any order', async () => {
    const property = fc.asyncProperty(
      market(subject.lookback),
      division,
      async ({ bars }, { cuts, order }) => {
        const whole = await subject.compute(bars);
        expect(await cutDifferences(subject, bars, whole, tasksOver(bars, cuts, order))).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: 12 });
  });

  test('has the same bits in a stream of single bars, wherever the stream begins', async () => {
    const property = fc.asyncProperty(market(subject.lookback), share, async ({ bars }, begin) => {
      const whole = await subject.compute(bars);
      expect(await streamDifferences(subject, bars, whole, 0)).toEqual([]);
      // late enough to have missed bars, early enough to have values
      const missed = Math.floor(begin * 1_300);
      expect(await streamDifferences(subject, bars, whole, missed)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 4 });
  });
});

describe(deep.name, () => {
  const bars = barsOfShape(shapes.find(({ name }) => name === 'gaps')!, 11, deep.lookback + 1_600);

  test('have the same bits in tasks and in a stream', async () => {
    const whole = await deep.compute(bars);
    const rows = bars.time.length;
    const tasks = [
      { from: rows - 700, to: rows },
      { from: 0, to: rows - 1_500 },
      { from: rows - 1_500, to: rows - 700 },
    ];
    expect(await cutDifferences(deep, bars, whole, tasks)).toEqual([]);
    expect(await streamDifferences(deep, bars, whole, 1_200)).toEqual([]);
  });
});
