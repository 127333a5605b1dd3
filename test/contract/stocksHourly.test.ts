import { beforeAll, describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { computeFeatures, type Features } from '../../host/index.ts';
import { compare, differenceOf } from '../support/naive/compare.ts';
import {
  type HourlyContext,
  type HourlyWindows,
  hourlyContext,
  hourlyDefaults,
  naiveHourly,
} from '../support/naive/stocksHourly.ts';
import { hourlyShapes, stockBars } from '../support/naive/stocksShapes.ts';
import { hasRealBars, noRealBars, realBars } from '../support/realBars.ts';

// The hourly set against a reference that is written from the definitions alone.

const set = 'stocks-hourly';
const seed = Number(process.env.WINDROW_SEED ?? 20_241_017);
const families = Object.keys(naiveHourly);

/** What the set and its reference are told alike. */
const options = ({ windows, volatility, rsi, ...told }: HourlyWindows): Record<string, unknown> => {
  const terms = ([short, med, long]: readonly [number, number, number]) => ({ short, med, long });
  const [d1, d3, w1, w2] = rsi;
  return {
    ...told,
    windows: terms(windows),
    volatility: terms(volatility),
    rsi: { d1, d3, w1, w2 },
    basic: true,
  };
};

/** A market of seven bars a day, by windows of days and weeks. */
const sevenBars: HourlyWindows = {
  minPeriods: 'window',
  windows: [7, 35, 140],
  volatility: [4, 7, 35],
  rsi: [7, 21, 49, 98],
  zone: 'Europe/London',
  barsPerDay: 7,
  barsPerYear: 1764,
};

type Source = { readonly name: string; readonly bars: () => Bars; readonly told: HourlyWindows };

const agrees = ({ name, bars, told }: Source): void => {
  let actual: Features;
  let context: HourlyContext;

  beforeAll(async () => {
    const made = bars();
    context = hourlyContext(made, told);
    actual = await computeFeatures(made, 'all', { set, setConfig: { options: options(told) } });
  });

  test.each(families)('%s is within rounding of the reference', family => {
    const differences = Object.entries(naiveHourly[family]!).flatMap(([feature, naive]) => {
      const full = `${family}.${feature}`;
      return differenceOf(full, name, naive(context), actual.columns[full]!) ?? [];
    });
    expect(differences.join('\n')).toBe('');
  });
};

const both = ['window', 1] as const;

const synthetic: Source[] = [
  ...hourlyShapes.flatMap(shape =>
    both.map(minPeriods => ({
      name: `${shape.name}, seed ${seed}, minPeriods ${minPeriods}`,
      bars: () => stockBars(shape, seed),
      told: { ...hourlyDefaults, minPeriods },
    })),
  ),
  {
    name: `seven bars a day, seed ${seed}`,
    bars: () => stockBars(hourlyShapes[0]!, seed),
    told: sevenBars,
  },
];

/** Whole sessions alone, and with extended hours whose 09:00 bar overlaps that of 09:30. */
const real: Source[] = [
  'eq_regular/AAPL',
  'eq_regular/XLF',
  'eq_with_extended/TSLA',
  'eq_with_extended/EEM',
].flatMap(path =>
  both.map(minPeriods => ({
    name: `${path}, minPeriods ${minPeriods}`,
    bars: () => realBars(`equity_hourly_2025/${path}.csv.gz`, 2_000),
    told: { ...hourlyDefaults, minPeriods },
  })),
);

describe.each(synthetic)('on $name', agrees);

describe.skipIf(!hasRealBars)(hasRealBars ? 'on real bars' : noRealBars, () => {
  describe.each(real)('$name', agrees);
});

describe('the reference', () => {
  const bars = stockBars(hourlyShapes[0]!, seed);

  test('covers what the set offers, and nothing else', async () => {
    const { columns } = await computeFeatures(bars, 'all', { set, setConfig: { options: { basic: true } } });
    const names = families.flatMap(family =>
      Object.keys(naiveHourly[family]!).map(name => `${family}.${name}`),
    );
    expect(Object.keys(columns)).toEqual(names);
    expect(names).toHaveLength(99 + 17);
  });

  test.each(both)('leaves less than one value in a thousand open, minPeriods %s', minPeriods => {
    const context = hourlyContext(bars, { ...hourlyDefaults, minPeriods });
    const vague = families.flatMap(family =>
      Object.entries(naiveHourly[family]!).flatMap(([name, naive]) => {
        const column = naive(context);
        const { values, open } = compare(column, column.value);
        return values < 200 || open > values / 1000 ? [`${name}: ${open} of ${values}`] : [];
      }),
    );
    expect(vague).toEqual([]);
  });
});
