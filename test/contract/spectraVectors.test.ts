import { expect, test } from 'vitest';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { computeFeatures } from '../../host/index.ts';
import { barsOf, distanceOf, readTable } from '../support/stockVectors.ts';

// Spectra, wavelets and singular spectra against numpy's transform and decomposition and the filters of PyWavelets over the
// same made-up bars (test/vectors/spectra.py says which versions).

const vectors = (name: string) => readTable(new URL(`../vectors/${name}`, import.meta.url));
const bars = barsOf(vectors('realized_volatility_bars.csv'));
const theirs = vectors('spectra_numpy.csv.gz');
const families = ['spectral_features_rate', 'wavelet_features_rate', 'ssa_features_rate'];

test('numpy and PyWavelets see the same', async () => {
  const set = setByName('fx');
  const features = featuresOf(
    set,
    set.families.filter(({ name }) => families.includes(name)),
  );
  expect([...theirs.keys()].sort()).toEqual(features.map(({ name }) => name).sort());
  const names = features.map(({ qualifiedName }) => qualifiedName);
  const { columns } = await computeFeatures(bars, names, { parameters: { baseline: 1.09, pip: 1e-4 } });
  for (const { name, qualifiedName } of features) {
    const distance = distanceOf(name, columns[qualifiedName]!, theirs.get(name)!);
    expect(distance.worst, name).toBeLessThan(1e-9);
    expect([distance.onlyOurs, distance.onlyTheirs], name).toEqual([0, 0]);
    expect(distance.rows, name).toBeGreaterThan(610);
  }
});
