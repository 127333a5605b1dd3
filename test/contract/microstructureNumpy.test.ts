import { expect, test } from 'vitest';
import { computeFeatures } from '../../host/index.ts';
import { readTable } from '../support/stockVectors.ts';

// Features as numpy computes them (test/vectors/microstructure.py), window by window and by least squares.

const vectors = (name: string) =>
  readTable(new URL(`../vectors/microstructure_${name}.csv.gz`, import.meta.url));
const bars = vectors('bars');
const expected = vectors('features');
const rows = bars.get('close')!.length;
const step = 5;

const computed = computeFeatures(
  {
    time: Float64Array.from({ length: rows }, (_, row) => (Date.UTC(2024, 6, 1) + row * 60_000) * 1000),
    columns: Object.fromEntries(bars),
  },
  [...expected.keys()],
  { set: 'fx', parameters: { baseline: 1.0843, pip: 0.0001 } },
);

/** Differences of logarithms and of correlations lose digits in either calculation. */
const tolerance = 1e-9;

test.each([...expected])('%s is that of numpy', async (name, values) => {
  const found = (await computed).columns[name]!.filter((_, row) => row % step === (rows - 1) % step);
  const size = Math.max(...values.map(Math.abs));
  values.forEach((value, row) => {
    const ours = found.at(row - values.length)!;
    if (!(Math.abs(ours - value) <= tolerance * size)) expect.fail(`row ${row}: ${ours} instead of ${value}`);
  });
  // a column of one value would prove little
  expect(new Set(values).size).toBeGreaterThan(1);
});
