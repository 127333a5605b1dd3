import type { Domain } from '../domains.ts';
import { type Expr, named } from '../expr.ts';
import { type Family, feature } from '../family.ts';
import { leaving } from '../states.ts';
import {
  abs,
  add,
  cbrt,
  div,
  ema,
  gt,
  lag,
  lagBy,
  log,
  lt,
  maxOf,
  mean,
  minOf,
  mul,
  quantile,
  ratio,
  ratioOr,
  rowsSinceMax,
  runUpTo,
  select,
  sqrt,
  std,
  sub,
  sum,
} from '../vocabulary.ts';

const window = 20;
const regimeWindow = 1440;
/** Weight of the open-to-close variance in Yang and Zhang's estimator (2000), which minimises its variance. */
const yangZhangWeight = 0.34 / (1.34 + (window + 1) / (window - 1));
/** E|z|^(4/3) of a standard normal z, with the digits that the definition gives it. */
const normalMoment = 0.8309;
/** Variance of the jump statistic without jumps (Huang and Tauchen 2005). */
const jumpVariance = (Math.PI * Math.PI) / 4 + Math.PI - 5;

const square = (a: Expr): Expr => mul(a, a);
const positive = (a: Expr): Expr => maxOf(0, a);

/** Variance of whole bars: Parkinson (1980), Garman and Klass (1980), Rogers and Satchell (1991), Yang and Zhang (2000). */
function ofBars({ name, bar: { open, high, low, close } }: Domain) {
  // the momentum crosses zero: what is the logarithm of a ratio beside the rate is a difference
  const step = (a: Expr, b: Expr): Expr => (name === 'rate' ? log(div(a, b)) : sub(a, b));
  const range = square(step(high, low));
  const body = named('body', step(close, open));
  // both from the open: steps from the close would take two logarithms more
  const up = named('up', step(high, open));
  const down = named('down', step(low, open));
  const rogersSatchell = positive(mean(add(mul(up, sub(up, body)), mul(down, sub(down, body))), window));
  return {
    parkinson: div(sum(range, window), 4 * window * Math.LN2),
    garmanKlass: positive(mean(sub(mul(0.5, range), mul(2 * Math.LN2 - 1, square(body))), window)),
    rogersSatchell,
    yangZhang: add(
      square(std(step(open, lag(close, 1)), window)),
      add(mul(yangZhangWeight, square(std(body, window))), mul(1 - yangZhangWeight, rogersSatchell)),
    ),
  };
}

/** Variance of returns in sums of powers (Barndorff-Nielsen and Shephard 2004), and what tells jumps from it. */
function ofReturns({ returns }: Domain) {
  const size = abs(returns);
  const squares = square(returns);
  const variance = named('realized_variance', sum(squares, window));
  const bipower = named(
    'bipower_variance',
    mul((Math.PI / 2) * (window / (window - 1)), sum(mul(size, lag(size, 1)), window - 1)),
  );
  const power = named('power_4_3', mul(size, cbrt(size)));
  const tripower = named(
    'tripower_quarticity',
    mul(
      (window * window) / (window - 2) / (normalMoment * normalMoment * normalMoment),
      sum(mul(mul(power, lag(power, 1)), lag(power, 2)), window - 2),
    ),
  );
  const spread = maxOf(1, div(div(tripower, bipower), bipower));
  const excess = positive(sub(variance, bipower));
  return {
    bipower,
    quarticity: mul(window / 3, sum(square(squares), window)),
    jump: select(
      minOf(variance, bipower),
      div(sub(1, div(bipower, variance)), sqrt(mul(jumpVariance / window, spread))),
      0,
    ),
    signedJump: select(lt(lagBy(returns, rowsSinceMax(size, window), window - 1), 0), sub(0, excess), excess),
    ewmaRatio: ratio(sqrt(ema(squares, 5)), sqrt(ema(squares, 20))),
    skewness: ratioOr(
      mul(Math.sqrt(window), sum(mul(squares, returns), window)),
      mul(variance, sqrt(variance)),
      0,
    ),
  };
}

/** High or low volatility, by its own last day, and how it holds on. */
function regimeOf(volatility: Expr) {
  const high = named('high_vol', gt(volatility, quantile(volatility, regimeWindow, 0.75)));
  return {
    high,
    duration: runUpTo(high, regimeWindow),
    leaving: leaving(high, regimeWindow),
  };
}

/** Realized volatility from bars and from returns, jumps in it and its regimes. Not annualised. */
export const realizedVolatility = (domain: Domain): Family => {
  const { name, returns, returnUnit: unit, noun } = domain;
  const volatility = named('volatility', std(returns, window));
  const bars = ofBars(domain);
  const sums = ofReturns(domain);
  const regime = regimeOf(volatility);
  const over = `of the ${noun} over ${window} rows`;
  return {
    name: `realized_volatility_${name}`,
    title: `Realized volatility, ${name} domain`,
    features: [
      feature(
        'w20_parkinson_vol',
        sqrt(bars.parkinson),
        unit,
        `Volatility ${over} from high and low.`,
        'Parkinson 1980',
      ),
      feature(
        'w20_garman_klass_vol',
        sqrt(bars.garmanKlass),
        unit,
        `Volatility ${over} from whole bars; 0 where its square would be negative.`,
        'Garman and Klass 1980',
      ),
      feature(
        'w20_rogers_satchell_vol',
        sqrt(bars.rogersSatchell),
        unit,
        `Volatility ${over} from whole bars, whatever the drift.`,
        'Rogers and Satchell 1991',
      ),
      feature(
        'w20_yang_zhang_vol',
        sqrt(bars.yangZhang),
        unit,
        `Volatility ${over} from whole bars and the gaps between them.`,
        'Yang and Zhang 2000',
      ),
      feature(
        'w20_bipower_var',
        sums.bipower,
        `${unit}^2`,
        `Variance ${over} without jumps: products of neighbouring absolute returns.`,
        'Barndorff-Nielsen and Shephard 2004',
      ),
      feature(
        'w20_realized_quarticity',
        sums.quarticity,
        `${unit}^4`,
        `Fourth powers of the returns ${over}, scaled so that it estimates the integrated quarticity.`,
        'Barndorff-Nielsen and Shephard 2002',
      ),
      feature(
        'w20_jump_test_stat',
        sums.jump,
        'z',
        `Share of jumps in the variance ${over} in sd of what it would be without them; 0 where nothing moved.`,
        'Huang and Tauchen 2005',
      ),
      feature(
        'w20_signed_jump',
        sums.signedJump,
        `${unit}^2`,
        `Variance by jumps ${over} with the sign of the largest return, the newest among equals.`,
      ),
      feature(
        'w20_vol_of_vol',
        std(volatility, window),
        unit,
        `Sample sd over ${window} rows of the sample sd of returns ${over}.`,
      ),
      feature(
        'w20_vol_acceleration',
        add(sub(volatility, mul(2, lag(volatility, 5))), lag(volatility, 10)),
        unit,
        `Second difference, by steps of 5 rows, of the sample sd of returns ${over}.`,
      ),
      feature(
        'w20_ewma_vol_ratio',
        sums.ewmaRatio,
        'ratio',
        `Root mean square return of the ${noun}, weighted exponentially over 5 rows against 20.`,
      ),
      feature(
        'w1440_vol_regime_high',
        regime.high,
        'flag',
        `1 where the sample sd of returns ${over} is above the upper quartile of its last ${regimeWindow} values.`,
      ),
      feature(
        'w1440_vol_regime_duration',
        regime.duration,
        'bars',
        `Rows right before this one in the same regime of volatility of the ${noun}, at most ${regimeWindow}.`,
      ),
      feature(
        'w1440_vol_regime_transition_prob',
        regime.leaving,
        '0..1',
        `Chance to leave the regime of volatility of the ${noun}: exits from it over rows in it, one and two added, over ${regimeWindow} rows.`,
      ),
      feature(
        'w20_realized_skewness',
        sums.skewness,
        'none',
        `Third powers of returns ${over} over the variance to the power of 1.5; 0 where nothing moved.`,
        'Amaya et al. 2015',
      ),
    ],
  };
};
