import { describe } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import {
  agrees,
  dollar,
  families,
  onMonths,
  type Source,
  seed,
  synthetic,
} from '../support/featureSources.ts';
import { naiveFamilies } from '../support/naive/index.ts';
import { hasRealBars, noRealBars, realBars } from '../support/realBars.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// Models that are fitted to the month before and followed through the next, over some months of few rows.

const names = families.filter(family => onMonths(family) && naiveFamilies[family]);

const minute = 60_000_000;

/** Bars of a shape twenty minutes apart: 2,000 in a month. */
const months = (name: string, rows: number): Source => ({
  ...synthetic(name),
  name: `months of ${name}, seed ${seed}`,
  bars: () => {
    const { columns } = barsOfShape(shapes.find(one => one.name === name)!, seed, rows);
    const start = Date.UTC(2023, 11, 12) * 1000;
    return { time: Float64Array.from({ length: rows }, (_, row) => start + row * 20 * minute), columns };
  },
});

const every = ({ time, columns }: Bars, step: number): Bars => {
  const some = (values: Float64Array): Float64Array => values.filter((_, row) => row % step === 0);
  return {
    time: some(time),
    columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, some(values)])),
  };
};

describe('on months of a walk', () => agrees(months('walk', 5_000), { decided: () => true }, names));
describe('on months with holes', () => agrees(months('nulls', 6_100), {}, names));

describe.skipIf(!hasRealBars)(hasRealBars ? 'on every tenth real bar' : noRealBars, () => {
  const path = 'fx_m1_2021q1/USDCAD.csv.gz';
  agrees({ name: path, parameters: dollar, bars: () => every(realBars(path, 50_000), 10) }, {}, names);
});
