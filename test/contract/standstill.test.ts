import { describe, expect, test } from 'vitest';
import { type BarColumn, type Bars, barColumns } from '../../host/catalog/bars.ts';
import { computeFeatures, type Features } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import { barsWith, subjectOf } from '../support/contract.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';

// Volatility and liquidity where there is neither: bars that are all the same, hours without volume, and what is left of an
// outlier when it has gone. Every zero is exact, and what has no value is NULL.

const parameters = { baseline: 1.0843, pip: 0.0001 };
const rows = 30 * 1440;
const spread = 1e-4;

/** A month of one bar, again and again, at a price. */
const identical = (price: number): Bars => {
  const values = (name: BarColumn): number => {
    if (name === 'volume') return 7;
    if (name.startsWith('spread')) return spread * price;
    return name.startsWith('ask') ? price * (1 + spread) : price;
  };
  return {
    time: Float64Array.from({ length: rows }, (_, row) => row * 60_000_000),
    columns: Object.fromEntries(barColumns.map(name => [name, new Float64Array(rows).fill(values(name))])),
  };
};

const NULL = Number.NaN;
const still = {
  w20_parkinson_vol: 0,
  w20_garman_klass_vol: 0,
  w20_rogers_satchell_vol: 0,
  w20_yang_zhang_vol: 0,
  w20_bipower_var: 0,
  w20_realized_quarticity: 0,
  w20_jump_test_stat: 0,
  w20_signed_jump: 0,
  w20_vol_of_vol: 0,
  w20_vol_acceleration: 0,
  w20_ewma_vol_ratio: NULL,
  w1440_vol_regime_high: 0,
  w1440_vol_regime_duration: 1440,
  w1440_vol_regime_transition_prob: 1 / 1442,
  w20_realized_skewness: 0,
};
const relative = (price: number): number => (spread * price) / ((price + price * (1 + spread)) / 2);
const liquid = {
  w1440_spread_percentile: 0,
  w20_depth_proxy: NULL,
  w60_liquidity_score: 0,
  w240_liquidity_shock: 0,
  w60_market_impact_cost: NULL,
  w240_liquidity_risk_premium: NULL,
  w60_crowding: 0,
  w240_flash_vulnerability: NULL,
};
const expected = (price: number) => ({
  realized_volatility_rate: still,
  realized_volatility_bqx: still,
  liquidity_metrics_rate: {
    ...liquid,
    w60_time_to_execute: 1000 / 7,
    w20_slippage_estimate: 0.5 * relative(price),
    w60_fill_probability: 0,
  },
  // the momentum is 0, and so is what it costs: every row moved by no less
  liquidity_metrics_bqx: {
    ...liquid,
    w60_time_to_execute: NULL,
    w20_slippage_estimate: 0,
    w60_fill_probability: 1,
  },
});

const namesOf = (family: string, features: object): string[] =>
  Object.keys(features).map(name => `${family}.${name}`);
const all = Object.entries(expected(1)).flatMap(([family, features]) => namesOf(family, features));

const lastRows = ({ columns }: Features, family: string, features: object) =>
  Object.fromEntries(Object.keys(features).map(name => [name, columns[`${family}.${name}`]!.at(-1)! + 0]));

describe.each([1.0843, 1e-8, 1e8])('a month of one bar at %d', price => {
  test('has no volatility, exactly', async () => {
    const computed = await computeFeatures(identical(price), all, { parameters });
    for (const [family, features] of Object.entries(expected(price))) {
      expect(lastRows(computed, family, features), family).toEqual(features);
      for (const name of Object.keys(features)) {
        // from the first value on it is the same, but for the run of the regime, which has to grow
        const column = computed.columns[`${family}.${name}`]!.subarray(4_400);
        expect(new Set(column.map(value => value + 0)).size, `${family}.${name}`).toBe(1);
      }
    }
  });
});

test('hours without volume leave NULL or a neutral value, and no trace', async () => {
  const walk = shapes.find(({ name }) => name === 'walk')!;
  const bars = barsOfShape(walk, 9, 4_000);
  const [from, to] = [2_600, 2_900];
  const dry = barsWith(bars, from, to, (value, column) => (column === 'volume' ? 0 : value));
  const names = all.filter(name => name.startsWith('liquidity'));
  const computed = await computeFeatures(dry, names, { parameters });
  const at = (name: string) =>
    ['rate', 'bqx'].map(domain => computed.columns[`liquidity_metrics_${domain}.${name}`]![to - 1]!);
  expect(at('w20_depth_proxy')).toEqual([0, 0]);
  for (const name of ['w60_time_to_execute', 'w60_market_impact_cost', 'w60_crowding'])
    expect(at(name), name).toEqual([NULL, NULL]);
  const before = await computeFeatures(bars, names, { parameters });
  const { lookback } = await subjectOf(
    'liquidity',
    names.filter(name => !name.includes('w1440')),
    parameters,
  );
  expect(differences(before, computed, { from: 0, to: from })).toEqual([]);
  expect(differences(before, computed, { from: to + lookback - 1, to: 4_000 })).toEqual([]);
});

test.each(['close', 'high', 'spread_close', 'volume'] as const)(
  'an outlier of 1e12 in %s makes no variance negative, and leaves no trace',
  async column => {
    const walk = shapes.find(({ name }) => name === 'walk')!;
    const length = 7_000;
    const bars = barsOfShape(walk, 10, length);
    const [first, last] = [3_000, 3_002];
    const wild = barsWith(bars, first, last, (value, name) => (name === column ? 1e12 : value));
    const subject = await subjectOf('volatility and liquidity', all, parameters);
    const [before, after] = [await subject.compute(bars), await subject.compute(wild)];
    expect(differences(before, after, { from: 0, to: first })).toEqual([]);
    expect(differences(before, after, { from: last + subject.lookback - 1, to: length })).toEqual([]);
    for (const name of all.filter(name => /_(vol|var|quarticity|vol_of_vol)$/.test(name)))
      expect(
        after.columns[name]!.findIndex(value => value < 0),
        name,
      ).toBe(-1);
  },
);
