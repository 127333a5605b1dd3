import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { familyByName, featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { computeFeatures, type Features } from '../../host/index.ts';
import { barsBetween } from './contract.ts';
import { draws } from './draws.ts';
import type { FxMarket } from './fxMarket.ts';
import { compare, differenceOf } from './naive/compare.ts';
import {
  type NaiveContext,
  type NaiveParameters,
  naiveContext,
  naiveFamilies,
  naiveFeatures,
  naiveMarket,
} from './naive/index.ts';
import { realBars } from './realBars.ts';
import { barsOfShape, shapes } from './shapes.ts';

/** Every shape is drawn from this seed, which failures name; set WINDROW_SEED for another market. */
export const seed = Number(process.env.WINDROW_SEED ?? 20_240_701);

/** Bars on their own to compare features over. */
export type Source = {
  readonly name: string;
  readonly parameters: NaiveParameters;
  readonly bars: () => Bars;
  /** How many they are, where more than near families need. */
  readonly rows?: number;
};

export const yen = { baseline: 100, pip: 0.01 };
export const dollar = { baseline: 1.1, pip: 0.0001 };

/** A shape by its name. */
export const synthetic = (name: string): Source => {
  const shape = shapes.find(one => one.name === name)!;
  return {
    name: `${name}, seed ${seed}`,
    parameters: shape.parameters,
    bars: () => barsOfShape(shape, seed),
    rows: shape.rows,
  };
};

export const real = (path: string, parameters: NaiveParameters, skip: number, rows: number): Source => ({
  name: path,
  parameters,
  bars: () => realBars(path, rows, skip),
  rows,
});

/**
 * Bars of a shape some minutes apart, one to six of them in half an hour and now and then none for hours: an exponential
 * mean reads 512 bars of 60 minutes, which are 30,720 rows of every minute.
 */
export const sparse = (name: string, rows: number): Source => {
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

export const families = setByName('fx').families.map(({ name }) => name);

/** Read other pairs, of which bars on their own have none. */
export const acrossPairs = (family: string): boolean =>
  /^(correlation|error_correction|cross_sectional|market_regime)/.test(family);

/** Say nothing at all of bars on their own. */
const onlyAcrossPairs = (family: string): boolean =>
  acrossPairs(family) && !family.startsWith('market_regime_');

/** Are held against bars that are few to the hour. */
export const onClockBars = (family: string): boolean => family.startsWith('multi_scale_');

/** Are held against bars of some months: see featuresMonths.test.ts. */
export const onMonths = (family: string): boolean => /^(hmm_regime|volatility_surface)_/.test(family);

/** Have values enough in a few days of one pair. */
const onDays = (family: string): boolean => !onClockBars(family) && !acrossPairs(family) && !onMonths(family);

const readsOf = (family: string): { readonly lookback: number; readonly columns: readonly string[] } => {
  const set = setByName('fx');
  return planFeatures(set, featuresOf(set, [familyByName(set, family)]));
};

/**
 * Bars in which whatever looks back no further than `nearBars` meets all that a shape has, the last hole of which ends at
 * 1,930, and in which references that are slow and take one row in thirteen have their 200 values.
 */
const enoughBars = 3_000;
const nearBars = 400;

/** Look back some hours at most and at no clock: more bars are more of the same. */
const isNear = (family: string): boolean => {
  const { lookback, columns } = readsOf(family);
  return lookback <= nearBars && !columns.includes('time');
};

/** The shapes that are a walk but for these columns: who does not read them is held to the walk. */
const changedColumns: Readonly<Record<string, RegExp>> = {
  noVolume: /^volume$/,
  zeroVolume: /^volume$/,
  noQuotes: /^(bid|ask|spread)_/,
};

export const columnOf = (features: Features, name: string): Float64Array => {
  const column = features.columns[name];
  if (!column) throw new Error(`the engine has no column ${name}`);
  return column;
};

// Equal up to rounding wherever the volume of a row entering and of one leaving is zero: which is below is open.
const ties = /order_flow_toxicity$/;

type Strictness = {
  /** Families of which less than one value in a thousand may be open, and each feature has to have values. */
  readonly decided?: (family: string) => boolean;
};

/** How the features of a family that differ from their references do, a line each. */
export const differencesIn = (
  family: string,
  source: string,
  context: NaiveContext,
  actual: Features,
  isDecided = false,
): string =>
  Object.entries(naiveFamilies[family]!)
    .flatMap(([feature, naive]) => {
      const full = `${family}.${feature}`;
      const witness = naive(context);
      const column = columnOf(actual, full);
      const comparison = compare(witness, column);
      const { values, open } = comparison;
      const vague = isDecided && (values < 200 || (open > values / 1000 && !ties.test(full)));
      return [
        differenceOf(full, source, witness, column, comparison) ?? [],
        vague ? `${full} on ${source}: ${values} values, ${open} of them open` : [],
      ].flat();
    })
    .join('\n');

/** A test for each family, over features and references that are computed once. */
export const agreeFor = (
  names: readonly string[],
  source: string,
  make: () => { context: NaiveContext; features: (names: string[]) => Promise<Features> },
  { decided = () => false }: Strictness = {},
): void => {
  let actual: Features | undefined;
  let context: NaiveContext | undefined;

  beforeAll(async () => {
    const made = make();
    context = made.context;
    const wanted = names.flatMap(family =>
      Object.keys(naiveFamilies[family] ?? {}).map(feature => `${family}.${feature}`),
    );
    actual = await made.features(wanted);
  });

  // Each holds some hundred series, and there are many sources.
  afterAll(() => {
    actual = undefined;
    context = undefined;
  });

  test.each(names)('%s is within rounding of the reference', family => {
    expect(Object.keys(naiveFamilies)).toContain(family);
    expect(differencesIn(family, source, context!, actual!, decided(family))).toBe('');
  });
};

/** Of bars on their own; of features that need others one source shows that there are none. */
export const agrees = (
  source: Source,
  strictness: Strictness = {},
  names = families.filter(family => !onlyAcrossPairs(family)),
): void => {
  const over = (some: readonly string[], cut: (bars: Bars) => Bars): void =>
    agreeFor(
      some,
      source.name,
      () => {
        const bars = cut(source.bars());
        const { parameters } = source;
        return {
          context: naiveContext(bars, parameters),
          features: wanted => computeFeatures(bars, wanted, { set: 'fx', parameters }),
        };
      },
      strictness,
    );
  const near = (source.rows ?? 0) > enoughBars ? names.filter(isNear) : [];
  if (near.length > 0) over(near, bars => barsBetween(bars, 0, enoughBars));
  over(
    names.filter(name => !near.includes(name)),
    bars => bars,
  );
};

/** Of one pair of a market, the families that read others. */
export const agreeAcross = (
  market: FxMarket,
  own: string,
  strictness: Strictness = {},
  names = families.filter(acrossPairs),
): void =>
  agreeFor(
    names,
    `${own} of ${market.name}`,
    () => {
      const { bars, parameters } = market;
      return {
        context: naiveMarket(bars, parameters)(own)!,
        features: wanted =>
          computeFeatures(bars[own]!, wanted, {
            set: 'fx',
            symbol: own,
            parameters: parameters[own]!,
            peers: bars,
            peerParameters: parameters,
          }),
      };
    },
    strictness,
  );

export const describeShapes = (names: readonly string[]): void =>
  describe.each(names.map(name => ({ ...synthetic(name), shape: name })))('on $name', source => {
    const changed = changedColumns[source.shape];
    if (source.shape === 'walk') agrees(source, { decided: onDays }, families);
    else if (!changed) agrees(source);
    else
      agrees(
        source,
        {},
        families.filter(family => readsOf(family).columns.some(column => changed.test(column))),
      );
  });

/** Features named in full over one source, a line for each that differs. */
export const differencesOf = async (
  { name, parameters, bars }: Source,
  features: readonly string[],
): Promise<string> => {
  const made = bars();
  const context = naiveContext(made, parameters);
  const actual = await computeFeatures(made, [...features], { set: 'fx', parameters });
  return features
    .flatMap(one => differenceOf(one, name, naiveFeatures[one]!(context), columnOf(actual, one)) ?? [])
    .join('\n');
};
