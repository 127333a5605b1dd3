import type { Domain } from '../domains.ts';
import { type Family, feature } from '../family.ts';
import { add, max, min, mul, ratioOr, sub } from '../vocabulary.ts';

const window = 100;
/** Shares of the range, by the part of a name that says them: below the high, and above it. */
const retracements = { 236: 0.236, 382: 0.382, 500: 0.5, 618: 0.618, 786: 0.786 };
const extensions = { 1272: 0.272, 1618: 0.618 };

/** Fibonacci levels of the range of the last rows, measured down from its high. */
export function fibonacci({ name, level, bar, unit, noun }: Domain): Family {
  const { high, low } = name === 'rate' ? bar : { high: level, low: level };
  const top = max(high, window);
  const bottom = min(low, window);
  const range = sub(top, bottom);
  const about = `of the ${noun} over ${window} rows`;
  const part = `w${window}_fib`;
  return {
    name: `fibonacci_${name}`,
    title: `Fibonacci levels, ${name} domain`,
    features: [
      ...Object.entries(retracements).map(([digits, share]) =>
        feature(
          `${part}_ret_${digits}`,
          sub(top, mul(share, range)),
          unit,
          `Highest high less ${share} of the range ${about}.`,
        ),
      ),
      ...Object.entries(extensions).map(([digits, share]) =>
        feature(
          `${part}_ext_${digits}`,
          add(top, mul(share, range)),
          unit,
          `Highest high plus ${share} of the range ${about}.`,
        ),
      ),
      feature(`${part}_range_high`, top, unit, `Highest high ${about}.`),
      feature(`${part}_range_low`, bottom, unit, `Lowest low ${about}.`),
      feature(
        `${part}_grid_position`,
        ratioOr(sub(level, bottom), range, 0.5),
        '0..1',
        `Place between lowest low (0) and highest high (1) ${about}; 0.5 where they are equal.`,
      ),
    ],
  };
}
