import { describe, expect, test } from 'vitest';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { computeFeatures } from '../../host/index.ts';
import { besides } from '../support/otherPairs.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// A unit that states a range is kept to the last bit on every kind of market, and a variance is never negative.

const flag = (value: number): boolean => value === 0 || value === 1;
const between = (low: number, high: number) => (value: number) => value >= low && value <= high;
const ranges: Readonly<Record<string, (value: number) => boolean>> = {
  flag,
  '0..1': between(0, 1),
  '0..100': between(0, 100),
  '-1..1': between(-1, 1),
  corr: between(-1, 1),
  '-1,0,1': value => [-1, 0, 1].includes(value),
  '0,1,2': value => [0, 1, 2].includes(value),
};
/** Relative to a price that crosses zero, a deviation has the sign of the price. */
const isDispersion = ({ name, unit }: { readonly name: string; readonly unit: string }): boolean =>
  unit !== 'ratio' && /_(vol|var|std|stdev_index|quarticity|rmse|vol_of_vol)$/.test(name);
/** Its bars contradict themselves, with a low above the high: nothing is promised of them but that they leave no trace. */
const consistent = shapes.filter(({ name }) => name !== 'outlier');

/** The flow of money at a price below zero runs backwards. */
const positiveOnly = ['technical_rate.w14_mfi'];

/** Changes have the unit of what changes, and twice its range. */
const changed = /_corr_change$/;

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
      const holds = changed.test(qualifiedName)
        ? between(-2, 2)
        : (ranges[unit] ?? (isDispersion(feature) ? (value: number) => value >= 0 : () => true));
      const row = columns[qualifiedName]!.findIndex(value => !Number.isNaN(value) && !holds(value));
      return row < 0 ? [] : [`${qualifiedName} in ${unit}, row ${row}: ${columns[qualifiedName]![row]}`];
    });
    expect(found).toEqual([]);
  });
});
