import { generateBars } from '../../host/bars/index.ts';
import { type Bars, barColumns } from '../../host/catalog/bars.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { resolveParameters } from '../../host/engine/engine.ts';
import type { Parameters } from '../../host/engine/session.ts';

/** Bars of one pair over several months, end to end. */
export function pairBars(symbol: string, from: string, to: string): Bars {
  const months = [...generateBars({ seed: 1, pairs: [symbol], from, to })].map(({ bars }) => bars);
  const join = (parts: readonly Float64Array[]): Float64Array => {
    const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  return {
    time: join(months.map(({ time }) => time)),
    columns: Object.fromEntries(
      barColumns.map(name => [name, join(months.map(({ columns }) => columns[name]!))]),
    ),
  };
}

export const parametersOf = (symbol: string, bars: Bars): Parameters =>
  resolveParameters(fx, symbol, {}, bars);

/** The nine families of windows and sums over one pair's bars. */
export const isPlain = (family: string): boolean =>
  /^(bqx_base|moving|bollinger|statistics|volume|spread|time)/.test(family);

/** Families that take whole transforms of a window apart, fit models or read other pairs: measured beside the closed formulas. */
export const transforms =
  /^(spectral|wavelet|ssa|volatility_surface|hmm_regime|error_correction|correlation|cross_sectional|market_regime)_/;
export const isTransform = (family: string): boolean => transforms.test(family);
