import { describe, expect, test } from 'vitest';
import type { Bars } from '../../../host/catalog/bars.ts';
import { draws } from '../draws.ts';
import { exact } from './bounded.ts';
import { halfLife } from './errorCorrection.ts';
import { minute, monday, repeat } from './examples.ts';
import { naiveFeatures, naiveMarket } from './index.ts';
import { beside, othersOf, pairNames, panelOf } from './others.ts';
import { residual } from './residual.ts';
import { plain } from './series.ts';

type Prices = Readonly<Record<string, readonly number[]>>;

const barsAt = (minutes: readonly number[], closes: readonly number[]): Bars => ({
  time: Float64Array.from(minutes, at => monday + at * minute),
  columns: { close: Float64Array.from(closes) },
});

/** Closes minute by minute; baselines of 100, so that an index is the price itself. */
const marketOf = (prices: Prices) => {
  const bars = Object.fromEntries(
    Object.entries(prices).map(([symbol, closes]) => [
      symbol,
      barsAt(
        closes.map((_, i) => i),
        closes,
      ),
    ]),
  );
  return naiveMarket(
    bars,
    Object.fromEntries(Object.keys(prices).map(symbol => [symbol, { baseline: 100, pip: 0.01 }])),
  );
};

const lastOf = (prices: Prices, own: string, feature: string): number =>
  naiveFeatures[feature]!(marketOf(prices)(own)!).value.at(-1)!;

const of = (symbol: string) => marketOf({ [symbol]: [1] })(symbol)!;

describe('other pairs', () => {
  test('are six, six and fifteen, each with the side of the currency it shares', () => {
    const sides = (symbol: string, kind: 'base' | 'quote' | 'cross') =>
      othersOf(of(symbol), kind)
        .map(other => `${other.side > 0 ? '+' : '-'}${other.symbol}`)
        .join(' ');
    expect(sides('eurusd', 'base')).toBe('+euraud +eurcad +eurchf +eurgbp +eurjpy +eurnzd');
    expect(sides('eurusd', 'quote')).toBe('+audusd +gbpusd +nzdusd -usdcad -usdchf -usdjpy');
    expect(sides('gbpcad', 'base')).toBe('-eurgbp +gbpaud +gbpchf +gbpjpy +gbpnzd +gbpusd');
    expect(sides('gbpcad', 'quote')).toBe('+audcad -cadchf -cadjpy +eurcad +nzdcad +usdcad');
    for (const symbol of pairNames) expect(othersOf(of(symbol), 'cross')).toHaveLength(15);
  });

  test('are nobody’s of a symbol that is no pair', () => {
    expect(othersOf(of('xauusd'), 'base')).toEqual([]);
    expect(panelOf(of('xauusd'))).toEqual([]);
    expect(panelOf(of('gbpnzd'))).toHaveLength(8);
  });

  test('stand beside a row with their newest bar of the last five minutes', () => {
    const market = naiveMarket(
      {
        eurusd: barsAt(
          repeat(12, i => i),
          repeat(12, () => 1),
        ),
        gbpusd: barsAt([1, 2, 9], [5, 6, 7]),
      },
      { eurusd: { baseline: 1, pip: 1 }, gbpusd: { baseline: 100, pip: 1 } },
    );
    const series = beside(market('eurusd')!, 'gbpusd', 'X', other => other.rate.x);
    const none = Number.NaN;
    expect([...series.value]).toEqual([none, 5, 6, 6, 6, 6, 6, 6, none, 7, 7, 7]);
    expect([...series.still]).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1]);
    expect([...beside(market('eurusd')!, 'usdjpy', 'X', other => other.rate.x).value]).toEqual(
      repeat(12, () => none),
    );
  });
});

describe('correlations', () => {
  const { normal } = draws(1);
  let level = 100;
  const path = repeat(80, () => {
    level += normal();
    return level;
  });
  const inverse = path.map(x => 1e4 / x);
  const alike = { eurusd: path, eurjpy: path, eurgbp: path, euraud: path };

  test('are 1 with pairs that go the same way, whichever side the currency is on', () => {
    expect(lastOf(alike, 'eurusd', 'correlation_rate.w60_corr_base_pairs')).toBeCloseTo(1, 12);
    const turned = { eurusd: path, usdjpy: inverse, usdcad: inverse, audusd: path };
    expect(lastOf(turned, 'eurusd', 'correlation_rate.w60_corr_quote_pairs')).toBeCloseTo(1, 12);
  });

  test('are NULL of fewer than three others, of which one that stands still is none', () => {
    expect(lastOf({ ...alike, euraud: [] }, 'eurusd', 'correlation_rate.w60_corr_base_pairs')).toBeNaN();
    const still = { ...alike, euraud: repeat(80, () => 7) };
    expect(lastOf(still, 'eurusd', 'correlation_rate.w60_corr_base_pairs')).toBeNaN();
    expect(lastOf(still, 'eurusd', 'correlation_rate.w60_vol_ratio_base')).toBeNaN();
    // The return of one that stands still is known: 0.
    const moved = Math.log(path.at(-1)! / path.at(-61)!);
    const spread = Math.sqrt((2 * (moved / 3) ** 2 + (2 * moved) ** 2 / 9) / 2);
    expect(lastOf(still, 'eurusd', 'correlation_rate.w60_divergence_base')).toBeCloseTo(spread, 13);
  });

  test('cross pairs count by the size of theirs', () => {
    const cross = { eurusd: path, audjpy: path, gbpjpy: inverse, nzdcad: inverse };
    expect(lastOf(cross, 'eurusd', 'correlation_rate.w60_corr_cross_pairs')).toBeCloseTo(1, 12);
  });

  test('the strength is in deviations of the others’ returns', () => {
    // Returns over 60 rows of ln 2, 0, ln 2 (turned) and own ln 4: mean 2/3 ln 2, sd ln 2 / sqrt 3.
    const to = (factor: number) => repeat(61, i => 100 * (i === 60 ? factor : 1));
    const prices = { eurusd: to(4), audusd: to(2), gbpusd: to(1), usdjpy: to(1 / 2) };
    expect(lastOf(prices, 'eurusd', 'correlation_rate.w60_rel_strength_quote')).toBeCloseTo(
      (2 - 2 / 3) * Math.sqrt(3),
      12,
    );
  });

  test('lead and lag: others that were there a row before', () => {
    const later = [100, ...path.slice(0, -1)];
    const led = { eurusd: later, eurjpy: path, eurgbp: path, euraud: path };
    const value = lastOf(led, 'eurusd', 'correlation_rate.w60_lead_lag_base');
    const back = lastOf(
      { ...alike, eurusd: path, eurjpy: later, eurgbp: later, euraud: later },
      'eurusd',
      'correlation_rate.w60_lead_lag_base',
    );
    expect(value).toBeGreaterThan(0.5);
    expect(back).toBeCloseTo(-value, 0);
  });
});

describe('what least squares leaves', () => {
  const series = (numbers: number[]) => plain(Float64Array.from(numbers));

  test('of a line is the textbook’s', () => {
    // y = 0.6 x + 2.2 through 1..5, residuals -0.8, 0.6, 1, -0.6, -0.2.
    const { last, squares } = residual(series([2, 4, 5, 4, 5]), [series([1, 2, 3, 4, 5])], 4, 5);
    expect(last.value).toBeCloseTo(-0.2, 14);
    expect(squares.value).toBeCloseTo(2.4, 14);
  });

  test('of a plane is what is beside both columns', () => {
    const [a, b, e] = [
      [1, -1, 1, -1, 0, 0, 0, 0],
      [1, 1, -1, -1, 0, 0, 0, 0],
      [1, -1, -1, 1, 0, 0, 2, -2],
    ] as const;
    const y = series(e.map((x, i) => 5 + 3 * a[i]! - 2 * (b[i]! + a[i]!) + x));
    const { last, squares } = residual(y, [series([...a]), series(b.map((x, i) => x + a[i]!))], 7, 8);
    expect(last.value).toBeCloseTo(-2, 14);
    expect(squares.value).toBeCloseTo(12, 13);
  });

  test('is NULL beside a column that does not move', () => {
    const { last } = residual(series([2, 4, 5]), [series([1, 1, 1])], 2, 3);
    expect(last).toEqual({ value: Number.NaN, slack: 0 });
  });

  test('halves in ln 2 / -ln phi bars, in 10080 at most', () => {
    expect(halfLife(exact(0.5)).value).toBeCloseTo(1, 15);
    expect(halfLife(exact(Math.SQRT1_2)).value).toBeCloseTo(2, 14);
    expect(halfLife(exact(0.999999)).value).toBe(10_080);
    for (const phi of [0, 1, -0.5, 1.5]) expect(halfLife(exact(phi)).value).toBeNaN();
  });
});

test('a triangle leaves its noise', () => {
  const rows = 1_440;
  const prices = {
    eurusd: repeat(rows, i => 100 * (i === rows - 1 ? 1.1 : 1)),
    eurgbp: repeat(rows, () => 100),
    gbpusd: repeat(rows, () => 100),
  };
  const expected = Math.log(1.1) * (1 - 1 / rows);
  expect(lastOf(prices, 'gbpusd', 'error_correction_rate.ect_eurusd_triangle')).toBeCloseTo(expected, 14);
});

describe('a panel', () => {
  /** Momentum of a step down by a share in the newest row: 15 (1 / (1 - share) - 1). */
  const stepped = (share: number) => repeat(80, i => 100 * (i === 79 ? 1 - share : 1));
  const prices = {
    eurusd: stepped(0.1),
    gbpusd: stepped(0.2),
    usdjpy: stepped(0.2),
    usdchf: stepped(0),
    audusd: stepped(-0.1),
    gbpnzd: stepped(0.2),
  };
  const m = (share: number) => 15 * (1 / (1 - share) - 1);
  const value = (own: string, name: string) => lastOf(prices, own, `cross_sectional_panel.${name}`);

  test('has ranks among those of its members that are known', () => {
    expect(value('eurusd', 'w15_rank_momentum')).toBe(3);
    expect(value('gbpusd', 'w15_rank_momentum')).toBe(1);
    expect(value('gbpnzd', 'w15_rank_momentum')).toBe(1);
    expect(value('eurusd', 'w15_pctile_momentum')).toBe(0.5);
    expect(value('gbpusd', 'w15_pctile_momentum')).toBe(3.5 / 4);
    expect(value('gbpnzd', 'w15_pctile_momentum')).toBe(4 / 5);
  });

  test('has extremes that several may share', () => {
    expect(value('gbpusd', 'w60_extreme_high_momentum')).toBe(1);
    expect(value('gbpnzd', 'w60_extreme_high_momentum')).toBe(1);
    expect(value('eurusd', 'w60_extreme_high_momentum')).toBe(0);
    expect(value('audusd', 'w60_extreme_low_momentum')).toBe(1);
  });

  test('has a median, a deviation and signs over its members', () => {
    expect(value('gbpnzd', 'w15_divergence_from_median_momentum')).toBeCloseTo(m(0.2) - m(0.1), 13);
    const all = [0.1, 0.2, 0.2, 0, -0.1].map(m);
    const mean = all.reduce((sum, x) => sum + x) / 5;
    const squares = all.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    expect(value('gbpnzd', 'w15_dispersion_momentum')).toBeCloseTo(Math.sqrt(squares / 4), 13);
    expect(value('gbpnzd', 'w60_panel_regime_coherence')).toBeCloseTo(2 / 5, 15);
    expect(value('gbpnzd', 'l15_panel_momentum_acceleration')).toBeCloseTo(mean, 13);
  });

  test('of four members says nothing', () => {
    const four = { ...prices, audusd: [] };
    for (const name of ['w15_rank_momentum', 'w15_dispersion_momentum', 'w60_panel_isolation_score'])
      expect(lastOf(four, 'gbpnzd', `cross_sectional_panel.${name}`)).toBeNaN();
  });
});

describe('a regime', () => {
  const risen = repeat(200, i => 100 * Math.exp(i * 1e-4 + (i % 2) * 1e-5));
  const fallen = risen.map(x => 1e4 / x);

  test('has a direction and a state that lasts', () => {
    const value = (name: string) => lastOf({ eurusd: risen }, 'eurusd', `market_regime_rate.${name}`);
    expect(value('regime_direction')).toBe(1);
    expect(value('regime_trending')).toBe(1);
    // The first state is known after 60 returns: rows 60 to 198 stand before the newest.
    expect(value('time_in_regime')).toBe(139);
    expect(value('regime_stability')).toBe(1);
    expect(lastOf({ eurusd: fallen }, 'eurusd', 'market_regime_rate.regime_direction')).toBe(-1);
  });

  test('is shared by so many of the panel', () => {
    const prices = { eurusd: risen, gbpusd: risen, usdjpy: risen, usdchf: fallen, audusd: fallen };
    const name = 'market_regime_rate.cross_pair_regime_agreement';
    expect(lastOf(prices, 'eurusd', name)).toBeCloseTo(3 / 5, 15);
    expect(lastOf({ ...prices, gbpnzd: fallen }, 'gbpnzd', name)).toBeCloseTo(2 / 5, 15);
  });

  test('a standing market has no direction and goes nowhere', () => {
    const still = { eurusd: repeat(80, () => 100) };
    expect(lastOf(still, 'eurusd', 'market_regime_rate.regime_direction')).toBe(0);
    expect(lastOf(still, 'eurusd', 'market_regime_bqx.regime_trending')).toBe(0);
  });

  test('risk is on where the yen is sold', () => {
    const score = (carry: number[]) =>
      lastOf(
        { audjpy: carry, nzdjpy: carry, cadjpy: carry, usdjpy: fallen, usdchf: fallen },
        'audjpy',
        'market_regime_rate.risk_on_score',
      );
    expect(score(fallen)).toBeCloseTo(0, 6);
    expect(score(risen)).toBeGreaterThan(10);
  });
});
