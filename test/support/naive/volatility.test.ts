import { describe, expect, test } from 'vitest';
import { barsWith, contextOf, lastIn, momentumIs, repeat } from './examples.ts';
import { plain } from './series.ts';
import { runBefore, transition } from './volRegime.ts';

const swinging = repeat(700, i => (i % 2 === 0 ? 1 : Math.E));
const jump = Math.PI ** 2 / 4 + Math.PI - 5;

describe('bars from 1 to 2 that open and close at 1', () => {
  const flat = repeat(60, () => 1);
  const context = contextOf(barsWith({ open: flat, high: repeat(60, () => 2), low: flat, close: flat }));

  test.each([
    ['w20_parkinson_vol', Math.sqrt(Math.LN2) / 2],
    ['w20_garman_klass_vol', Math.LN2 / Math.SQRT2],
    ['w20_rogers_satchell_vol', Math.LN2],
    ['w20_yang_zhang_vol', Math.LN2 * Math.sqrt(1 - 0.34 / (1.34 + 21 / 19))],
    ['w20_bipower_var', 0],
    ['w20_jump_test_stat', 0],
    ['w20_ewma_vol_ratio', Number.NaN],
    ['w20_realized_skewness', 0],
  ])('have %s %d', (name, expected) => {
    const value = lastIn(context, `realized_volatility_rate.${name}`);
    if (Number.isNaN(expected)) expect(value).toBeNaN();
    else expect(value).toBeCloseTo(expected, 14);
  });
});

describe('returns of 1 and -1 in turn', () => {
  const columns = { open: swinging, high: swinging, low: swinging, close: swinging };
  const context = contextOf(barsWith(columns));
  // RV = 20, BV = 10 pi, TQ = 20 * 18 * 20/18 / 0.8309^3.
  const stretch = Math.max(1, 400 / 0.8309 ** 3 / (100 * Math.PI ** 2));

  test.each([
    ['w20_bipower_var', 10 * Math.PI],
    ['w20_realized_quarticity', 400 / 3],
    ['w20_jump_test_stat', (1 - Math.PI / 2) / Math.sqrt((jump / 20) * stretch)],
    ['w20_signed_jump', 0],
    ['w20_vol_of_vol', 0],
    ['w20_vol_acceleration', 0],
    ['w20_ewma_vol_ratio', 1],
    ['w20_realized_skewness', 0],
  ])('have %s %d', (name, expected) => {
    expect(lastIn(context, `realized_volatility_rate.${name}`)).toBeCloseTo(expected, 10);
  });
});

describe('one fall among 20 rows', () => {
  const context = contextOf(barsWith({ close: repeat(40, i => (i < 30 ? Math.E : 1)) }));

  test.each([
    ['w20_signed_jump', -1],
    ['w20_realized_skewness', -Math.sqrt(20)],
    ['w20_jump_test_stat', 0],
  ])('has %s %d', (name, expected) => {
    expect(lastIn(context, `realized_volatility_rate.${name}`)).toBeCloseTo(expected, 12);
  });
});

describe('a momentum that rises by one a row', () => {
  const context = momentumIs(repeat(60, i => i));
  // H - L = C - O = 4, O - C[t-1] = -3, H - C = L - O = 0.
  test.each([
    ['w20_parkinson_vol', 4 / Math.sqrt(4 * Math.LN2)],
    ['w20_garman_klass_vol', Math.sqrt(8 - (2 * Math.LN2 - 1) * 16)],
    ['w20_rogers_satchell_vol', 0],
    ['w20_yang_zhang_vol', 0],
    ['w20_bipower_var', 10 * Math.PI],
  ])('has %s %d', (name, expected) => {
    expect(lastIn(context, `realized_volatility_bqx.${name}`)).toBeCloseTo(expected, 12);
  });
});

describe('a flag', () => {
  const flags = (states: number[]) => plain(Float64Array.from(states));

  test.each([
    [[Number.NaN, 1], Number.NaN],
    [[Number.NaN, 1, 1], 1],
    [[0, 0, 1], 0],
    [[0, 1, 1, 1], 2],
    [repeat(3000, () => 1), 1440],
  ])('of %j has stood for %d rows', (states, rows) => {
    expect(runBefore(flags(states), states.length - 1).value).toBe(rows);
  });

  test('leaves its state as often as it has, one exit and two rows more', () => {
    // 720 rows of either state in runs of two; the newest is the second of a run of 1, of which the others end.
    const states = repeat(1440, i => (i % 4 < 2 ? 0 : 1));
    expect(transition(flags(states), 1439).value).toBe((1 + 359) / (2 + 720));
    expect(transition(flags(states.slice(1)), 1438).value).toBeNaN();
  });
});
