import type { Bars } from '../../../host/catalog/bars.ts';

// Where a library means something else than Windrow by the same name. Such results are compared with what the library
// itself defines: our values told its way, or its definition written out plainly. The work is the same either way.

export type Convention = {
  readonly because: string;
  /** Our value of a window of n rows as the library defines it. */
  readonly value?: (ours: number, n: number) => number;
  /** Its planes from the bars. */
  readonly plain?: (bars: Bars) => Float64Array[];
  /** What its own rounding may leave. */
  readonly within?: number;
};

/** The recursion mean += alpha (value - mean), from the first value on. */
function smoothed(values: ArrayLike<number>, alpha: number): Float64Array {
  const plane = new Float64Array(values.length);
  let mean = values[0]!;
  for (let row = 0; row < plane.length; row++) {
    mean += alpha * (values[row]! - mean);
    plane[row] = mean;
  }
  return plane;
}

const less = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, row) => value - b[row]!);

function tulipMacd({ columns }: Bars): Float64Array[] {
  const close = columns.close!;
  const line = less(smoothed(close, 0.15), smoothed(close, 0.075));
  const signal = smoothed(line, 2 / 10);
  return [line, signal, less(line, signal)];
}

/** ADX over 14 rows in which a move up that equals the move down counts on both sides. */
function adxOfTies({ columns }: Bars): Float64Array[] {
  const high = columns.high!;
  const low = columns.low!;
  const moves = high.map((value, row) => (row === 0 ? 0 : value - high[row - 1]!));
  const falls = low.map((value, row) => (row === 0 ? 0 : low[row - 1]! - value));
  const plus = moves.map((up, row) => (up < 0 || up < falls[row]! ? 0 : up));
  const minus = falls.map((down, row) => (down < 0 || down < moves[row]! ? 0 : down));
  const [ups, downs] = [smoothed(plus, 1 / 14), smoothed(minus, 1 / 14)];
  const index = ups.map((up, row) => {
    const all = up + downs[row]!;
    return all === 0 ? 0 : (100 * Math.abs(up - downs[row]!)) / all;
  });
  return [smoothed(index, 1 / 14)];
}

const ties = {
  because: 'a rise and a fall of the same size count on both sides, elsewhere on neither',
  plain: adxOfTies,
};
const sampleSkew = {
  because: 'the sample skewness G1, g1 times sqrt(n (n - 1)) / (n - 2)',
  value: (g1: number, n: number) => (g1 * Math.sqrt(n * (n - 1))) / (n - 2),
};
const sampleKurt = {
  because: 'the sample excess kurtosis G2 = ((n + 1) g2 + 6) (n - 1) / ((n - 2) (n - 3))',
  value: (g2: number, n: number) => (((n + 1) * g2 + 6) * (n - 1)) / ((n - 2) * (n - 3)),
};

/** By library and kind. */
export const conventions: Readonly<Record<string, Readonly<Record<string, Convention>>>> = {
  Tulip: {
    adx: ties,
    macd: {
      because: 'for 12 and 26 rows the factors 0.15 and 0.075, elsewhere 2 / 13 and 2 / 27',
      plain: tulipMacd,
    },
  },
  pandas: { skew: sampleSkew, kurt: sampleKurt },
  polars: {
    sd: {
      because: 'nodejs-polars gives the sample deviation whatever ddof it is told',
      value: (sd, n) => sd * Math.sqrt(n / (n - 1)),
    },
  },
  DuckDB: { skew: sampleSkew },
  technicalindicators: {
    rsi: { because: 'rounded to two decimals', within: 0.005 + 1e-9 },
  },
  'trading-signals': { adx: ties },
};
