// Moments of numbers by exact arithmetic on integers: every double is an integer times a power of two. What rounding
// there is comes at the end, when a quotient is turned into a double.

const scaleBits = 90n;
const fractionBits = 120n;

/** x times 2^90, which must be whole. */
function scaled(x: number): bigint {
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
const quotient = (a: bigint, b: bigint): number =>
  Number((a << fractionBits) / b) / 2 ** Number(fractionBits);

/** The square root of a / b. */
const rootOfQuotient = (a: bigint, b: bigint): number =>
  Number(squareRoot((a << (2n * fractionBits)) / b)) / 2 ** Number(fractionBits);

/** Mean, sample sd, biased skewness g1 and biased excess kurtosis g2. */
export function exactMoments(values: ArrayLike<number>): {
  mean: number;
  std: number;
  skew: number;
  kurt: number;
} {
  const integers = Array.from(values, scaled);
  const n = BigInt(integers.length);
  const sum = integers.reduce((total, x) => total + x, 0n);
  const central = (power: bigint) => integers.reduce((total, x) => total + (n * x - sum) ** power, 0n); // times n^power
  const [second, third, fourth] = [central(2n), central(3n), central(4n)];
  const magnitude = rootOfQuotient(n * third ** 2n, second ** 3n);
  return {
    mean: quotient(sum, n << scaleBits),
    std: rootOfQuotient(second, (n * n * (n - 1n)) << (2n * scaleBits)),
    skew: third < 0n ? -magnitude : magnitude,
    kurt: quotient(n * fourth - 3n * second ** 2n, second ** 2n),
  };
}
