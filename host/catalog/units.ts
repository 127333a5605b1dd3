import type { Feature } from './family.ts';

/** What a unit promises of every value: the least and the largest, or the only ones that there are. */
export type ValueRange = { readonly low: number; readonly high: number; readonly only?: readonly number[] };

const interval = /^(-?\d+)\.\.(-?\d+)$/;
const listed = /^-?\d+(,-?\d+)+$/;

const onlyOf = (values: readonly number[]): ValueRange => ({
  ...{ low: Math.min(...values), high: Math.max(...values) },
  only: values,
});

/** Changes have the unit of what changes, and twice its range. */
const isChange = (name: string): boolean => /_corr_change$/.test(name);

/** Relative to a price that crosses zero, a deviation has the sign of the price. */
const isDispersion = ({ name, unit }: Pick<Feature, 'name' | 'unit'>): boolean =>
  unit !== 'ratio' && /_(vol|var|std|stdev_index|quarticity|rmse|vol_of_vol)$/.test(name);

/** The values that a feature's unit allows; undefined where it allows all. */
export function rangeOf(feature: Pick<Feature, 'name' | 'unit'>): ValueRange | undefined {
  const { name, unit } = feature;
  if (isChange(name)) return { low: -2, high: 2 };
  if (unit === 'corr') return { low: -1, high: 1 };
  if (unit === 'flag') return onlyOf([0, 1]);
  if (listed.test(unit)) return onlyOf(unit.split(',').map(Number));
  const [, low, high] = interval.exec(unit) ?? [];
  if (low !== undefined) return { low: Number(low), high: Number(high) };
  return isDispersion(feature) ? { low: 0, high: Number.POSITIVE_INFINITY } : undefined;
}
