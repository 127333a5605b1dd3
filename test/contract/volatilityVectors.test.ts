import { expect, test } from 'vitest';
import { computeFeatures } from '../../host/index.ts';
import { barsOf, distanceOf, readTable } from '../support/stockVectors.ts';

// Realized volatility against other programs over the same made-up bars: whole bars by the R package TTR, returns by numpy
// and pandas (test/vectors/realized_volatility.py says which versions).

const vectors = (name: string) =>
  readTable(new URL(`../vectors/realized_volatility_${name}`, import.meta.url));
const bars = barsOf(vectors('bars.csv'));
/** Leaves prices as they are: an index is rounded, and a return of 1e-4 is so small a part of it that this shows. */
const parameters = { baseline: 100, pip: 1e-4 };
const family = 'realized_volatility_rate';

test.each([
  ['TTR', vectors('ttr.csv.gz')],
  ['numpy and pandas', vectors('numpy.csv.gz')],
] as const)('%s has the same volatility', async (_, table) => {
  const names = [...table.keys()].map(name => `${family}.${name}`);
  const { columns } = await computeFeatures(bars, names, { parameters });
  for (const [name, theirs] of table) {
    const distance = distanceOf(name, columns[`${family}.${name}`]!, theirs);
    expect(distance.worst, name).toBeLessThan(1e-9);
    expect(distance.onlyOurs, name).toBe(0);
    // exponential means begin when their horizon is full, those of pandas with the first bar
    const late = name === 'w20_ewma_vol_ratio' ? 511 : 0;
    expect([distance.rows, distance.onlyTheirs], name).toEqual([
      theirs.filter(value => !Number.isNaN(value)).length - late,
      late,
    ]);
    expect(distance.rows, name).toBeGreaterThan(180);
  }
});
