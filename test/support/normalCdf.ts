/** The standard normal distribution function: by its power series near zero, by a continued fraction further out. */
export function normalCdf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return NaN;
  if (a > 39) return x > 0 ? 1 : 0;
  if (a < 3) {
    // x + x^3 / 3 + x^5 / (3 5) + ... times the density: no term cancels another
    let [term, sum] = [x, x];
    for (let n = 3; Math.abs(term) > 1e-18 * Math.abs(sum); n += 2) {
      term *= (x * x) / n;
      sum += term;
    }
    return 0.5 + sum * density(x);
  }
  let fraction = 0;
  for (let k = 150; k > 0; k--) fraction = k / (a + fraction);
  const tail = density(x) / (a + fraction);
  return x > 0 ? 1 - tail : tail;
}

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
