import {
  add,
  type Bounded,
  divideOrNeutral,
  divideOrNull,
  exact,
  isNull,
  missing,
  scale,
  subtract,
} from './bounded.ts';
import type { Naive } from './context.ts';
import { at, type Series, witness } from './series.ts';
import { mean, psd } from './window.ts';

/**
 * percent_b = 0.5 + (X - mean) / (4 psd), which is (X - lower) / (upper - lower) without its cancellation; 0.5 where
 * psd is 0. No value of a window is further from its mean than sqrt(n - 1) psd.
 */
const percentB = (x: Series, row: number, window: number): Bounded => {
  const distance = subtract(at(x, row), mean(x, row, window));
  const share = divideOrNeutral(distance, scale(psd(x, row, window), 4), 0, Math.sqrt(window - 1) / 4);
  return isNull(share) ? missing : add(exact(0.5), share);
};

const bands = (domain: 'rate' | 'bqx', window: number): Record<string, Naive> => {
  const rowwise = (cell: (x: Series, row: number) => Bounded): Naive => {
    return context => witness(context.rows, row => cell(context[domain].x, row));
  };
  const twice = (x: Series, row: number) => scale(psd(x, row, window), 2);
  const width = (x: Series, row: number) => scale(psd(x, row, window), 4);
  return {
    [`w${window}_bb_upper`]: rowwise((x, row) => add(mean(x, row, window), twice(x, row))),
    [`w${window}_bb_middle`]: rowwise((x, row) => mean(x, row, window)),
    [`w${window}_bb_lower`]: rowwise((x, row) => subtract(mean(x, row, window), twice(x, row))),
    // The middle band of the bqx domain crosses zero: there the width is absolute, in the rate domain relative.
    [`w${window}_bb_bandwidth`]: rowwise((x, row) =>
      domain === 'bqx' ? width(x, row) : divideOrNull(width(x, row), mean(x, row, window)),
    ),
    [`w${window}_bb_percent_b`]: rowwise((x, row) => percentB(x, row, window)),
  };
};

/** bollinger_rate (10) and bollinger_bqx (10). */
export const bollinger = (domain: 'rate' | 'bqx'): Record<string, Naive> => ({
  ...bands(domain, 20),
  ...bands(domain, 50),
});
