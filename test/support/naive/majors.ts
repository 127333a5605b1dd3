import { draws } from '../draws.ts';
import { type Bounded, missing, multiply, subtract, unit } from './bounded.ts';
import type { NaiveContext } from './context.ts';
import { othersLevel } from './correlation.ts';
import { once, strict, total } from './derived.ts';
import type { DomainName } from './domains.ts';
import { johansen, leadingWeights } from './johansen.ts';
import { at, type Series } from './series.ts';

/** The seven dollar majors, by -1 where the dollar is the base currency. */
const majors: readonly [symbol: string, sign: 1 | -1][] = [
  ['eurusd', 1],
  ['gbpusd', 1],
  ['audusd', 1],
  ['nzdusd', 1],
  ['usdjpy', -1],
  ['usdchf', -1],
  ['usdcad', -1],
];

const rows = 1440;
const hour = 3_600_000_000;

/** The fit that holds in an hour: its weights, and the means of the levels over the rows it was made of. */
export type MajorsFit = { readonly weights: readonly Bounded[]; readonly means: readonly number[] };

const means = majors.map(() => 0);
const none: MajorsFit = { weights: majors.map(() => missing), means };
const open: MajorsFit = { weights: majors.map(() => ({ ...missing, maybeNull: true })), means };

/** Of numbers near to one another: their distances from the first are exact to a rounding. */
const meanOf = (level: Float64Array): number => {
  const first = level[0]!;
  return first + level.reduce((sum, x) => sum + (x - first), 0) / level.length;
};

/**
 * An engine has the vector only as well as the numbers determine it. How well that is, is tried: the fit is repeated on
 * levels that are off by a few roundings, drawn by lot, and the slack is a multiple of the furthest that this leads.
 */
const tried = (levels: readonly Float64Array[], slacks: readonly Float64Array[]): MajorsFit => {
  const fit = johansen(levels);
  if (!fit) return none;
  // The equations of nearly dependent columns are nobody's.
  if (fit.least < 1e-13) return open;
  const weights = leadingWeights(fit);
  const far = weights.map(() => 4 * unit);
  const { uniform } = draws(levels[0]!.length);
  for (let trial = 0; trial < 2; trial++) {
    const again = johansen(
      levels.map((level, k) => {
        const largest = level.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        return level.map((x, i) => x + (2 * uniform() - 1) * (4 * unit * largest + slacks[k]![i]!));
      }),
    );
    if (!again) return open;
    leadingWeights(again).forEach((x, k) => {
      far[k] = Math.max(far[k]!, Math.abs(x - weights[k]!));
    });
  }
  const isOpen = fit.least < 1e-10;
  return {
    weights: weights.map((value, k) => ({ value, slack: 16 * far[k]!, ...(isOpen && { maybeNull: true }) })),
    means: levels.map(meanOf),
  };
};

export const majorLevels = (context: NaiveContext, domain: DomainName): readonly Series[] =>
  once(context, `majors ${domain}`, () =>
    majors.map(([symbol, sign]) => {
      const x = othersLevel(context, domain, symbol);
      return { ...x, value: x.value.map(y => sign * y) };
    }),
  );

/** The fit of a row's hour, from the 1440 rows before the first row of it. */
export const majorsFit = (context: NaiveContext, domain: DomainName, row: number): MajorsFit => {
  const hourOf = (i: number) => Math.floor(context.time[i]! / hour);
  let first = row;
  while (first > 0 && hourOf(first - 1) === hourOf(row)) first--;
  return once(context, `johansen ${domain} ${first}`, () => {
    if (first < rows) return none;
    // Of bars by the day each row is an hour of its own: one fit of four is compared.
    if (context.time[first + 1]! - context.time[first]! >= hour && first % 4 > 0) return open;
    const levels = majorLevels(context, domain);
    const windows = levels.map(x => x.value.slice(first - rows, first));
    if (windows.some(window => window.some(Number.isNaN))) return none;
    return tried(
      windows,
      levels.map(x => x.slack.slice(first - rows, first)),
    );
  });
};

/** w.Y at a row, less its mean over the rows of the fit. */
export const beyondMean = (context: NaiveContext, domain: DomainName, row: number): Bounded => {
  const fit = majorsFit(context, domain, row);
  const parts = majorLevels(context, domain).map((level, k) => {
    const now = at(level, row);
    // Both w.Y and its mean are of the size of a level, and so is their rounding.
    const distance = subtract(now, { value: fit.means[k]!, slack: 32 * unit * Math.abs(fit.means[k]!) });
    return multiply(
      fit.weights[k]!,
      strict([now], () => distance),
    );
  });
  return total(parts);
};
