import { bqxReturn, type Domain } from '../domains.ts';
import type { Expr } from '../expr.ts';
import { type Family, feature } from '../family.ts';
import { atr, rsi } from '../ranges.ts';
import {
  barClose,
  barHigh,
  barLow,
  barOpen,
  diff,
  div,
  ema,
  every,
  gt,
  lag,
  linearR2,
  log,
  lt,
  mean,
  mul,
  pstd,
  ratio,
  sign,
  slope,
  sqrt,
  std,
  sub,
  tercile,
  within,
} from '../vocabulary.ts';

/** Rows of the statistics that those of bars are held against, and of the terciles: a day. */
const rows = { mean: 10, sd: 20, line: 20, tercile: 1440 };
/** Bars of the same. */
const bars = { mean: 10, sd: 20, line: 10, tercile: 60 };
/** R2 from which on a line counts as a trend. */
const clear = 0.5;

/** 1 where two whole numbers are equal. */
const equal = (a: Expr, b: Expr): Expr => within(sub(a, b), 0, 1);

/** Statistics of clock-aligned bars of so many minutes, and how they agree with those of the rows. */
export const multiScale = (minutes: number, domain: Domain): Family => {
  const { level, returns, unit, returnUnit, noun } = domain;
  const isRate = domain.name === 'rate';
  const scale = `${minutes}m`;
  const barsOf = `${minutes}-minute bars of the ${noun}`;
  const bar = {
    open: barOpen(level),
    high: barHigh(level),
    low: barLow(level),
    close: barClose(level),
  };
  const { close } = bar;
  const barReturns = isRate ? log(div(close, lag(close, 1))) : diff(close, 1);
  const vol = std(barReturns, bars.sd);
  const middle = mean(close, bars.mean);
  const own = isRate ? 'rate_idx' : 'bqx';

  const second = { rows: isRate ? 15 : 60, prefix: isRate ? 'bqx' : 'bqx_w60' };
  const momentum = barClose(bqxReturn(second.rows));
  const ofMomentum = `${minutes}-minute bars of the ${second.rows}-row momentum`;

  const rowMean = mean(level, rows.mean);
  const rowVol = std(returns, rows.sd);
  const rowSign = sign(slope(level, rows.line));
  const barSign = every(minutes, sign(slope(close, bars.line)));
  const rowFit = linearR2(level, rows.line);
  const barFit = every(minutes, linearR2(close, bars.line));
  const between = `between ${rows.line} rows and the closes of the last ${bars.line} ${barsOf}`;

  return {
    name: `multi_scale_${scale}_${domain.name}`,
    title: `Bars of ${minutes} minutes, ${domain.name} domain`,
    features: [
      feature(
        `${own}_${scale}_sma_10`,
        every(minutes, middle),
        unit,
        `Mean of the last ${bars.mean} closes of ${barsOf}.`,
      ),
      feature(
        `${own}_${scale}_ema_20`,
        every(minutes, ema(close, 20)),
        unit,
        `Exponential mean (n = 20) of the closes of ${barsOf}.`,
      ),
      feature(
        `${own}_${scale}_vol_20`,
        every(minutes, vol),
        returnUnit,
        `Sample sd of the last ${bars.sd} changes from close to close of ${barsOf}${isRate ? ', as log returns' : ''}.`,
      ),
      feature(
        `${second.prefix}_${scale}_sma_10`,
        every(minutes, mean(momentum, bars.mean)),
        'bqx',
        `Mean of the last ${bars.mean} closes of ${ofMomentum}.`,
      ),
      feature(
        `${second.prefix}_${scale}_vol_20`,
        every(minutes, std(diff(momentum, 1), bars.sd)),
        'bqx',
        `Sample sd of the last ${bars.sd} changes from close to close of ${ofMomentum}.`,
      ),
      feature(
        `rsi_${scale}_14`,
        every(minutes, rsi(diff(close, 1), 14)),
        '0..100',
        `Relative strength index (n = 14) of the closes of ${barsOf}; 50 where none moved.`,
        'Wilder 1978',
      ),
      feature(
        `macd_${scale}`,
        every(minutes, sub(ema(close, 12), ema(close, 26))),
        unit,
        `Exponential mean (n = 12) less that of n = 26 of the closes of ${barsOf}.`,
        'Appel 1979',
      ),
      feature(
        `atr_${scale}_14`,
        every(minutes, atr(bar, 14)),
        unit,
        `Average true range (n = 14) of ${barsOf}.`,
        'Wilder 1978',
      ),
      feature(
        `bb_width_${scale}`,
        every(minutes, isRate ? ratio(mul(4, pstd(close, 20)), mean(close, 20)) : mul(4, pstd(close, 20))),
        isRate ? 'ratio' : unit,
        `Distance between the Bollinger bands of the last 20 closes of ${barsOf}${isRate ? ' relative to their mean' : ''}.`,
        'Bollinger 2001',
      ),
      // the momentum's mean crosses zero, so a difference stands for the ratio
      feature(
        `sma_1m_vs_${scale}_ratio`,
        (isRate ? ratio : sub)(rowMean, every(minutes, middle)),
        isRate ? 'ratio' : unit,
        `Mean of ${rows.mean} rows ${isRate ? 'over' : 'less'} that of the last ${bars.mean} closes of ${barsOf}.`,
      ),
      feature(
        `vol_1m_vs_${scale}_ratio`,
        ratio(mul(rowVol, sqrt(minutes)), every(minutes, vol)),
        'ratio',
        `Sample sd of ${rows.sd} changes from row to row times sqrt(${minutes}), over that of ${bars.sd} changes of ${barsOf}.`,
      ),
      feature(
        `trend_1m_vs_${scale}_agreement`,
        equal(rowSign, barSign),
        'flag',
        `1 where the slope has the same sign ${between}.`,
      ),
      feature(
        `regime_1m_vs_${scale}_agreement`,
        equal(tercile(rowVol, rows.tercile), every(minutes, tercile(vol, bars.tercile))),
        'flag',
        `1 where the sd of ${rows.sd} changes is in the same third of its last ${rows.tercile} values as that of ${barsOf} of its last ${bars.tercile}.`,
      ),
      feature(
        `scale_${scale}_dominance`,
        sub(barFit, rowFit),
        '-1..1',
        `R2 of the line through the last ${bars.line} closes of ${barsOf} less R2 of that through ${rows.line} rows.`,
      ),
      feature(
        `scale_${scale}_divergence_flag`,
        mul(lt(mul(rowSign, barSign), 0), mul(gt(rowFit, clear), gt(barFit, clear))),
        'flag',
        `1 where the slope has opposite signs ${between}, and R2 of both lines is above ${clear}.`,
      ),
    ],
  };
};
