// The gamma functions at whole and half numbers, from sums and continued fractions.

const logs: number[] = [];

/** ln Gamma(n / 2) for n = 1, 2, ...: from Gamma(1/2) = sqrt pi and Gamma(1) = 1 by Gamma(x + 1) = x Gamma(x). */
export const logGammaOfHalf = (n: number): number => {
  logs[1] ??= Math.log(Math.PI) / 2;
  logs[2] ??= 0;
  for (let k = logs.length; k <= n; k++) logs[k] = logs[k - 2]! + Math.log((k - 2) / 2);
  return logs[n]!;
};

/** Share of Gamma(a) that lies in 0..x, a = n / 2: the power series below a + 1, Lentz's continued fraction above. */
export function lowerGamma(n: number, x: number): number {
  const a = n / 2;
  if (x <= 0) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGammaOfHalf(n));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; term > 1e-18 * sum; k++) {
      term *= x / (a + k);
      sum += term;
    }
    return front * sum;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 10_000; k++) {
    const step = -k * (k - a);
    b += 2;
    d = 1 / (step * d + b);
    c = b + step / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return 1 - front * fraction;
}
