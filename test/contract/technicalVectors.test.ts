import { expect, test } from 'vitest';
import { computeFeatures } from '../../host/index.ts';
import { barsOf, distanceOf, readTable } from '../support/stockVectors.ts';

// Technical indicators and Fibonacci levels against other libraries. test/vectors/technical.mjs says which, in which
// versions, and how the numbers were made.

const vectors = new URL('../vectors/', import.meta.url);
const table = readTable(new URL('technical_features.csv.gz', vectors));
const bars = barsOf(readTable(new URL('technical_bars.csv', vectors)));
const { columns } = await computeFeatures(bars, [...table.keys()], {
  set: 'fx',
  parameters: { baseline: bars.columns.close![0]!, pip: 0.0001 },
});

test('the vectors have every feature of the families', () => {
  const count = (family: string) => [...table.keys()].filter(name => name.startsWith(`${family}_`)).length;
  expect([count('technical'), count('fibonacci')]).toEqual([60, 20]);
});

test.each([...table])('%s agrees to 1e-9', (name, theirs) => {
  const { rows, onlyTheirs, worst, correlation } = distanceOf(name, columns[name]!, theirs);
  expect({ rows, onlyTheirs }).toEqual({ rows: 500, onlyTheirs: 0 });
  expect(worst).toBeLessThan(1e-9);
  expect(correlation).toBeGreaterThan(0.999999);
});
