import { describe, expect, test } from 'vitest';
import { type CatalogFeature, featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { rangeOf } from '../../host/catalog/units.ts';
import { computeFeatures } from '../../host/index.ts';
import { besides } from '../support/otherPairs.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// A unit that states a range is kept to the last bit on every kind of market, and a variance is never negative.

/** Its bars contradict themselves, with a low above the high: nothing is promised of them but that they leave no trace. */
const consistent = shapes.filter(({ name }) => name !== 'outlier');

/** The flow of money at a price below zero runs backwards. */
const positiveOnly = ['technical_rate.w14_mfi'];

/** As the audit of stored values does: written out here would be one more table of the same. */
function holdsOf(feature: CatalogFeature): (value: number) => boolean {
  const range = rangeOf(feature);
  if (range === undefined) return () => true;
  const { low, high, only } = range;
  return value => (only ? only.includes(value) : value >= low && value <= high);
}

const features = featuresOf(setByName('fx'));

describe.each(consistent)('on $name', shape => {
  test('every value is in the range of its unit', async () => {
    // enough for the statistics of a day
    const bars = barsOfShape(shape, 7, Math.max(shape.rows, 3_400));
    const { columns } = await computeFeatures(bars, 'all', {
      ...besides(bars),
      parameters: shape.parameters,
    });
    const found = features.flatMap(feature => {
      const { qualifiedName, unit } = feature;
      if (shape.name === 'crossing' && positiveOnly.includes(qualifiedName)) return [];
      const holds = holdsOf(feature);
      const row = columns[qualifiedName]!.findIndex(value => !Number.isNaN(value) && !holds(value));
      return row < 0 ? [] : [`${qualifiedName} in ${unit}, row ${row}: ${columns[qualifiedName]![row]}`];
    });
    expect(found).toEqual([]);
  });
});

test('units say what values they allow', () => {
  const of = (unit: string, name = 'x') => rangeOf({ name, unit });
  expect(of('0..100')).toEqual({ low: 0, high: 100 });
  expect(of('-100..0')).toEqual({ low: -100, high: 0 });
  expect(of('corr')).toEqual({ low: -1, high: 1 });
  expect(of('corr', 'w30_corr_change')).toEqual({ low: -2, high: 2 });
  expect(of('flag')).toEqual({ low: 0, high: 1, only: [0, 1] });
  expect(of('-1,0,1')).toEqual({ low: -1, high: 1, only: [-1, 0, 1] });
  expect(of('bqx', 'w20_bqx_std')).toEqual({ low: 0, high: Number.POSITIVE_INFINITY });
  expect(of('price')).toBeUndefined();
  expect(features.filter(feature => rangeOf(feature)).length).toBeGreaterThan(300);
});
