// What kernels need, by their immediates: rows behind the current one, bars before the first value, scratch memory.

/** Rows behind the current one in a window given by the first immediate. */
export const windowSpan = ([window]: readonly number[]) => window! - 1;

/**
 * Of a window kept in order (core/ordered.ts): a header, rows, and for each block of 34 values a bound, a count, a place. A short
 * one in one line (core/shortOrder.ts) takes less.
 */
export const orderedBytes = ([window]: readonly number[]): number => {
  const blocks = Math.floor((3 * window!) / 40) + 8;
  return 48 + 16 * window! + (8 + 34 * 8) * blocks + 8 * Math.ceil((5 * blocks + 40) / 8);
};

/** The rows of a fit, its blocks (core/blockProducts.ts), and what a fit works in. */
export const johansenBytes = ([n, window, minutes]: readonly number[]): number => {
  const used = window! - 2;
  const blocks = minutes! < 8 || minutes! > used ? 1 : Math.ceil(used / minutes!);
  const kept = 8 + blocks * (56 * n! + 72 * n! * n!);
  return 872 + 8 * n! * window! + kept + 3 * n! * (1024 + 40) + 240 * n! * n! + 32 * n!;
};

/** The day's rows; by run length what does not change; what tables are made with, or what is listed; a place for each. */
export const bocpdBytes = ([, longest, , , , maxRows]: readonly number[]): number => {
  const pairs = Math.floor((longest! + 3) / 2);
  const work = Math.max(896, 192 * (pairs + 1));
  return 8 + 8 * maxRows! + 16 * (longest! + 6) + 880 * pairs + work + 24 + 32 * (maxRows! + 6);
};

/** Kernels that read no row before the first of the previous calendar month, however many rows their spans have. */
export const kernelsOfMonths: ReadonlySet<string> = new Set(['hmm', 'garch']);

/** Has a value in every row. */
export const firstBar = () => 1;

/** Has values as soon as its inputs have: it may look back less far than its span. */
export const asInputs = (_: readonly number[], ofInputs: number) => ofInputs;

/** Has values as soon as so many of its inputs have. */
export const leastInputs = ([least]: readonly number[], _: number, ofEach: readonly number[]): number =>
  ofEach.toSorted((a, b) => a - b)[Math.min(least!, ofEach.length) - 1]!;

/** The same by pairs of inputs. */
export const leastPairs = (params: readonly number[], of: number, ofEach: readonly number[]): number =>
  leastInputs(
    params,
    of,
    ofEach.flatMap((bars, i) => (i % 2 === 0 ? [] : [Math.max(ofEach[i - 1]!, bars)])),
  );

/**
 * Of `enough`: a window with room for numbers that are missing has its first value as soon as it has the least number of
 * them. Its inputs need as many bars as their own input does and the rest of the window.
 */
export const enoughNeeds = ([least, window]: readonly number[], ofInputs: number): number =>
  Math.max(ofInputs - window! + least!, 0);

/** Merges of a window and bytes of a plane with rows behind it, as assembly/core/crossSums.ts has them. */
export const mergesOf = (window: number): number => {
  const bits = window.toString(2);
  return bits.length - 1 + bits.replaceAll('0', '').length - 1;
};
export const workPlaneBytes = (back: number): number => 8 * (back + 384 + 2);
