import { describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { computeFeatures } from '../../host/index.ts';
import {
  agrees,
  columnOf,
  differencesOf,
  dollar,
  families,
  onClockBars,
  type Source,
  seed,
  sparse,
  synthetic,
} from '../support/featureSources.ts';
import { differenceOf } from '../support/naive/compare.ts';
import { naiveContext, naiveFamilies, naiveFeatures } from '../support/naive/index.ts';
import { hasRealBars, realBars } from '../support/realBars.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// What is anchored to the clock needs more or other bars than the shapes have.

describe('the session regime', () => {
  const name = 'time_features.session_vol_regime';
  const long = { ...shapes[0]!, rows: 34_000 };
  const sources: Source[] = [
    {
      ...synthetic('walk'),
      name: `${long.rows} bars of a walk, seed ${seed}`,
      bars: () => barsOfShape(long, seed),
    },
    ...(hasRealBars
      ? [
          {
            name: 'fx_m1_2021q1/USDCAD.csv.gz',
            parameters: dollar,
            bars: () => realBars('fx_m1_2021q1/USDCAD.csv.gz', 36_000),
          },
        ]
      : []),
  ];

  test.each(sources)('is the reference over $name', async source => {
    const bars = source.bars();
    const actual = await computeFeatures(bars, [name], { set: 'fx', parameters: source.parameters });
    const witness = naiveFeatures[name]!(naiveContext(bars, source.parameters));
    expect(differenceOf(name, source.name, witness, columnOf(actual, name)) ?? '').toBe('');
    // With history enough every label occurs, so that the comparison is one of more than the neutral value.
    const labels = new Set(
      columnOf(actual, name)
        .subarray(31_000)
        .filter(x => !Number.isNaN(x)),
    );
    expect([...labels].sort()).toEqual([0, 1, 2]);
  });
});

describe('clock bars', () => {
  const names = families.filter(onClockBars);

  describe.each([
    sparse('walk', 4_400),
    sparse('stalls', 4_400),
    sparse('ties', 3_000),
    sparse('nulls', 9_000),
  ])('on $name', source => {
    agrees(source, { decided: () => source.name.startsWith('sparse walk') }, names);
  });

  test.skipIf(!hasRealBars)('are those of the reference over every minute', async () => {
    const path = 'fx_m1_2021q1/USDCAD.csv.gz';
    const source = { name: path, parameters: dollar, bars: () => realBars(path, 36_000) };
    const deep = /ema_20|macd|rsi|atr|sma_10|[bx]_vol_20/;
    const features = names.flatMap(family =>
      Object.keys(naiveFamilies[family]!).flatMap(one => (deep.test(one) ? `${family}.${one}` : [])),
    );
    expect(await differencesOf(source, features)).toBe('');
  });
});

test('the calendar is that of the reference from 2007 to 2040', async () => {
  // A bar every 25 hours and a minute, so that dates meet every session and both sides of its ends.
  const days = (Date.UTC(2041, 0, 1) - Date.UTC(2007, 0, 1)) / 86_400_000;
  const rows = Math.floor((days * 1440) / 1501);
  const time = Float64Array.from(
    { length: rows },
    (_, row) => (Date.UTC(2007, 0, 1) + row * 1501 * 60_000) * 1000,
  );
  const bars: Bars = { time, columns: {} };
  const names = Object.keys(naiveFeatures).filter(
    name => name.startsWith('time_features.') && !name.endsWith('vol_regime'),
  );
  const actual = await computeFeatures(bars, names, { set: 'fx', parameters: dollar });
  const context = naiveContext(bars, dollar);
  const differences = names.flatMap(name => {
    const difference = differenceOf(
      name,
      'one bar a day',
      naiveFeatures[name]!(context),
      columnOf(actual, name),
    );
    const row = difference && Number(/row (\d+)/.exec(difference)![1]);
    return difference ? `${new Date(time[row as number]! / 1000).toISOString()}: ${difference}` : [];
  });
  expect(differences.join('\n')).toBe('');
});
