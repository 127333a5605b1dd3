import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { setByName } from '../../host/catalog/catalog.ts';
import { computeFeatures, type Features } from '../../host/index.ts';
import { draws } from '../support/draws.ts';
import { compare, differenceOf } from '../support/naive/compare.ts';
import {
  type NaiveContext,
  type NaiveParameters,
  naiveContext,
  naiveFamilies,
  naiveFeatures,
} from '../support/naive/index.ts';
import { hasRealBars, noRealBars, realBars } from '../support/realBars.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

/** Every shape is drawn from this seed, which failures name; set WINDROW_SEED for another market. */
const seed = Number(process.env.WINDROW_SEED ?? 20_240_701);

type Source = { readonly name: string; readonly parameters: NaiveParameters; readonly bars: () => Bars };

const synthetic: Source[] = shapes.map(shape => ({
  name: `${shape.name}, seed ${seed}`,
  parameters: shape.parameters,
  bars: () => barsOfShape(shape, seed),
}));

const yen = { baseline: 100, pip: 0.01 };
const dollar = { baseline: 1.1, pip: 0.0001 };

/** Files with tick volume, with quotes, without volume, with missing hours, and of another asset. */
const files: [path: string, parameters: NaiveParameters, skip: number, rows: number][] = [
  ['fx_m1_2021q1/GBPUSD.csv.gz', dollar, 0, 4_400],
  ['fx_m1_2021q1/USDJPY.csv.gz', yen, 20_000, 1_500],
  ['fx_m1_bidask/lean_oanda_EURUSD.csv.gz', dollar, 0, 2_000],
  ['fx_m1_bidask/lean_fxcm_NZDUSD.csv.gz', dollar, 3_000, 1_500],
  ['fx_m1_bidask/fxcm_USDJPY_201302.csv.gz', yen, 0, 1_500],
  ['fx_m1_gappy_202306/AUDUSD.csv.gz', dollar, 1_000, 1_500],
  ['fx_m1_histdata_2019/USDCHF.csv.gz', dollar, 60_000, 1_500],
  ['crypto_1m_2024/BTCUSDT.csv.gz', { baseline: 65_000, pip: 0.01 }, 0, 1_500],
];

const real: Source[] = files.map(([path, parameters, skip, rows]) => ({
  name: path,
  parameters,
  bars: () => realBars(path, rows, skip),
}));

const families = setByName('fx').families.map(({ name }) => name);

const columnOf = (features: Features, name: string): Float64Array => {
  const column = features.columns[name];
  if (!column) throw new Error(`the engine has no column ${name}`);
  return column;
};

const agrees = ({ name, parameters, bars }: Source): void => {
  let actual: Features | undefined;
  let context: NaiveContext | undefined;

  beforeAll(async () => {
    const made = bars();
    context = naiveContext(made, parameters);
    actual = await computeFeatures(made, 'all', { set: 'fx', parameters });
  });

  // Each holds some hundred series, and there are many sources.
  afterAll(() => {
    actual = undefined;
    context = undefined;
  });

  test.each(families)('%s is within rounding of the reference', family => {
    expect(Object.keys(naiveFamilies)).toContain(family);
    const differences = Object.entries(naiveFamilies[family]!).flatMap(([feature, naive]) => {
      const full = `${family}.${feature}`;
      return differenceOf(full, name, naive(context!), columnOf(actual!, full)) ?? [];
    });
    expect(differences.join('\n')).toBe('');
  });
};

describe.each(synthetic)('on $name', agrees);

describe.skipIf(!hasRealBars)(hasRealBars ? 'on real bars' : noRealBars, () => {
  describe.each(real)('$name', agrees);
});

describe('the session regime', () => {
  const name = 'time_features.session_vol_regime';
  const long = { ...shapes[0]!, rows: 34_000 };
  const sources: Source[] = [
    {
      ...synthetic[0]!,
      name: `${long.rows} bars of ${synthetic[0]!.name}`,
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

/**
 * Bars of a shape some minutes apart, one to six of them in half an hour and now and then none for hours: an exponential
 * mean reads 512 bars of 60 minutes, which are 30,720 rows of every minute.
 */
const sparse = (name: string, rows: number): Source => {
  const shape = shapes.find(one => one.name === name)!;
  return {
    name: `sparse ${name}, seed ${seed}`,
    parameters: shape.parameters,
    bars: () => {
      const { columns } = barsOfShape(shape, seed, rows);
      const { uniform } = draws(seed);
      let minute = Date.UTC(2024, 0, 1) / 60_000;
      const time = Float64Array.from({ length: rows }, () => {
        minute += uniform() < 0.01 ? Math.floor(300 * uniform()) + 1 : 1 + Math.floor(30 * uniform() ** 2);
        return minute * 60_000_000;
      });
      return { time, columns };
    },
  };
};

const clockBars = /^multi_scale_/;

describe('clock bars', () => {
  const sources = [
    sparse('walk', 4_400),
    sparse('stalls', 4_400),
    sparse('ties', 3_000),
    sparse('nulls', 9_000),
  ];
  const names = Object.keys(naiveFamilies).filter(
    family => clockBars.test(family) && families.includes(family),
  );

  const agree = async ({ name, parameters, bars }: Source, features: string[]): Promise<string> => {
    const made = bars();
    const context = naiveContext(made, parameters);
    const actual = await computeFeatures(made, features, { set: 'fx', parameters });
    return features
      .flatMap(one => differenceOf(one, name, naiveFeatures[one]!(context), columnOf(actual, one)) ?? [])
      .join('\n');
  };

  test.each(sources)('are those of the reference over $name', async source => {
    const features = names.flatMap(family =>
      Object.keys(naiveFamilies[family]!).map(one => `${family}.${one}`),
    );
    expect(await agree(source, features)).toBe('');
  });

  test.skipIf(!hasRealBars)('are those of the reference over every minute', async () => {
    const path = 'fx_m1_2021q1/USDCAD.csv.gz';
    const source = { name: path, parameters: dollar, bars: () => realBars(path, 36_000) };
    const deep = /ema_20|macd|rsi|atr|sma_10|[bx]_vol_20/;
    const features = names.flatMap(family =>
      Object.keys(naiveFamilies[family]!).flatMap(one => (deep.test(one) ? `${family}.${one}` : [])),
    );
    expect(await agree(source, features)).toBe('');
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

describe('the reference', () => {
  test('covers what the set offers, and nothing else', async () => {
    const bars = barsOfShape({ ...shapes[0]!, rows: 2 }, seed);
    const { columns } = await computeFeatures(bars, 'all', { set: 'fx', parameters: shapes[0]!.parameters });
    expect(Object.keys(columns).sort()).toEqual(Object.keys(naiveFeatures).sort());
  });

  // Equal up to rounding wherever the volume of a row entering and of one leaving is zero: which is below is open.
  const ties = /order_flow_toxicity$/;

  test('leaves less than one value in a thousand open on a walk, and no column without values', () => {
    const [everyMinute, sometimes] = [synthetic[0]!, sparse('walk', 4_400)].map(({ bars, parameters }) =>
      naiveContext(bars(), parameters),
    ) as [NaiveContext, NaiveContext];
    const vague = Object.entries(naiveFeatures).filter(([name, naive]) => {
      const column = naive(clockBars.test(name) ? sometimes : everyMinute);
      const { values, open } = compare(column, column.value);
      return values < 200 || (open > values / 1000 && !ties.test(name));
    });
    expect(vague.map(([feature]) => feature)).toEqual([]);
  }, 300_000);
});
