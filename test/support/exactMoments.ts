// Moments of numbers by exact arithmetic on integers: every double is an integer times a power of two. What rounding
// there is comes at the end, when a quotient is turned into a double.

export const scaleBits = 90n;
const fractionBits = 120n;

/** x times 2^90, which must be whole. */
export function scaled(x: number): bigint {
  let bits = 0;
  let whole = x;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    bits++;
  }
  if (BigInt(bits) > scaleBits) throw new RangeError(`${x} has more than ${scaleBits} binary places`);
  return BigInt(whole) << (scaleBits - BigInt(bits));
}

function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(2).length >> 1) + 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** a / b as a double; both may be of any size. */
export const quotient = (a: bigint, b: bigint): number =>
  Number((a << fractionBits) / b) / 2 ** Number(fractionBits);

/** The square root of a / b. */
export const rootOfQuotient = (a: bigint, b: bigint): number =>
  Number(squareRoot((a << (2n * fractionBits)) / b)) / 2 ** Number(fractionBits);

export const total = (terms: readonly bigint[]): bigint => terms.reduce((sum, term) => sum + term, 0n);

const powers = (terms: readonly bigint[], power: bigint): bigint => total(terms.map(term => term ** power));

export const products = (a: readonly bigint[], b: readonly bigint[]): bigint =>
  total(a.map((term, i) => term * b[i]!));

/** n (x - mean x) of every number, times 2^90. */
function deviations(values: ArrayLike<number>): { readonly n: bigint; readonly terms: readonly bigint[] } {
  const integers = Array.from(values, scaled);
  const n = BigInt(integers.length);
  const sum = total(integers);
  return { n, terms: integers.map(x => n * x - sum) };
}

export const allFinite = (values: ArrayLike<number>): boolean => Array.from(values).every(Number.isFinite);

const rowNumbers = (values: ArrayLike<number>): number[] => Array.from(values, (_, j) => j);

/** What is merged of a block, oldest row first: mean, mean less the newest value, sums of powers of deviations. */
export type ExactSums = Readonly<Record<'mean' | 'offset' | 'm2' | 'm3' | 'm4', number>>;

/** Each sum rounded once; NaN where a value is not finite. */
export function exactSums(values: ArrayLike<number>): ExactSums {
  if (!allFinite(values)) return { mean: NaN, offset: NaN, m2: NaN, m3: NaN, m4: NaN };
  const { n, terms } = deviations(values);
  const central = (power: bigint) => quotient(powers(terms, power), (n ** power) << (power * scaleBits));
  return {
    mean: quotient(total(Array.from(values, scaled)), n << scaleBits),
    offset: quotient(-terms.at(-1)!, n << scaleBits),
    m2: central(2n),
    m3: central(3n),
    m4: central(4n),
  };
}

/** Mean of `older` less mean of `newer`. */
export function exactStep(newer: ArrayLike<number>, older: ArrayLike<number>): number {
  if (!allFinite(newer) || !allFinite(older)) return NaN;
  const [a, b] = [newer, older].map(values => total(Array.from(values, scaled))) as [bigint, bigint];
  const [na, nb] = [BigInt(newer.length), BigInt(older.length)];
  return quotient(b * na - a * nb, (na * nb) << scaleBits);
}

/** Sum of (x - mean x)(y - mean y). */
export function exactCross(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (!allFinite(x) || !allFinite(y)) return NaN;
  const { n, terms } = deviations(x);
  return quotient(products(terms, deviations(y).terms), (n * n) << (2n * scaleBits));
}

/** Mean, sample sd, biased skewness g1 and biased excess kurtosis g2. */
export function exactMoments(values: ArrayLike<number>): {
  mean: number;
  std: number;
  skew: number;
  kurt: number;
} {
  const { n, terms } = deviations(values);
  const [second, third, fourth] = [2n, 3n, 4n].map(power => powers(terms, power)) as [bigint, bigint, bigint];
  const magnitude = rootOfQuotient(n * third ** 2n, second ** 3n);
  return {
    mean: exactSums(values).mean,
    std: rootOfQuotient(second, (n * n * (n - 1n)) << (2n * scaleBits)),
    skew: third < 0n ? -magnitude : magnitude,
    kurt: quotient(n * fourth - 3n * second ** 2n, second ** 2n),
  };
}

/** Slope of the least-squares line against the row number. */
export function exactSlope(values: ArrayLike<number>): number {
  const [x, rows] = [deviations(values).terms, deviations(rowNumbers(values)).terms];
  return quotient(products(x, rows), products(rows, rows));
}

/** Pearson correlation. */
export function exactCorrelation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [a, b] = [deviations(x).terms, deviations(y).terms];
  const sum = products(a, b);
  const magnitude = rootOfQuotient(sum ** 2n, powers(a, 2n) * powers(b, 2n));
  return sum < 0n ? -magnitude : magnitude;
}
