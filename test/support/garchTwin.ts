import { seeded, windowOf } from './kernelShapes.ts';
import type { Twin } from './twinForms.ts';

// GARCH(1,1) written out over plain arrays, and fitted by trying: slow, and without a derivative.

export type GarchFit = {
  readonly mu: number;
  readonly omega: number;
  readonly alpha: number;
  readonly beta: number;
  readonly variance: number;
  readonly logLikelihood: number;
};

type Parameters = Pick<GarchFit, 'mu' | 'omega' | 'alpha' | 'beta'>;

export const meanSquare = (x: readonly number[], mu: number): number =>
  x.reduce((sum, value) => sum + (value - mu) ** 2, 0) / x.length;

/** The variances h_1 to h_(n+1). */
export function garchVariances(x: readonly number[], fit: Parameters, first?: number): number[] {
  const { mu, omega, alpha, beta } = fit;
  const h = [first ?? omega + (alpha + beta) * meanSquare(x, mu)];
  for (const value of x) h.push(omega + alpha * (value - mu) ** 2 + beta * h.at(-1)!);
  return h;
}

export function garchLogLikelihood(x: readonly number[], fit: Parameters): number {
  const h = garchVariances(x, fit);
  return x.reduce(
    (sum, value, t) => sum - 0.5 * (Math.log(2 * Math.PI * h[t]!) + (value - fit.mu) ** 2 / h[t]!),
    0,
  );
}

/** Draws of GARCH(1,1) with normal innovations. */
export function simulateGarch(rows: number, fit: Parameters, seed: number): Float64Array {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let h = fit.omega / (1 - fit.alpha - fit.beta);
  return Float64Array.from({ length: rows }, () => {
    const e = Math.sqrt(h) * normal();
    h = fit.omega + fit.alpha * e * e + fit.beta * h;
    return fit.mu + e;
  });
}

/** The likeliest with mean 0 and the rows' own variance: the best of a grid, then ever smaller steps in all directions. */
export function naiveGarch(x: readonly number[]): GarchFit {
  const variance = meanSquare(x, 0);
  const at = (alpha: number, beta: number): GarchFit => {
    const fit = { mu: 0, omega: variance * (1 - alpha - beta), alpha, beta };
    const inside = alpha >= 0 && beta >= 0 && alpha + beta <= 0.9999;
    return { ...fit, variance, logLikelihood: inside ? garchLogLikelihood(x, fit) : -Infinity };
  };
  let best = at(0, 0);
  const take = (fit: GarchFit): boolean => {
    if (!(fit.logLikelihood > best.logLikelihood)) return false;
    best = fit;
    return true;
  };
  for (let i = 0; i <= 20; i++)
    for (let j = 0; j <= 20 - i; j++) take(at(0.9999 * i * 0.05, 0.9999 * j * 0.05));
  for (let step = 0.05; step > 1e-9; ) {
    const { alpha, beta } = best;
    const moved = [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
      [1, -1],
      [-1, 1],
      [2, -1],
      [-2, 1],
      [1, -2],
      [-1, 2],
    ].some(([a, b]) => take(at(alpha + a! * step, beta + b! * step)));
    if (!moved) {
      const limit = 0.9999 - best.alpha;
      if (![at(0, best.beta), at(best.alpha, 0), at(best.alpha, limit)].some(take)) step /= 2;
    }
  }
  return best;
}

/** What follows from the rows without a fit; the rest is held by the kernel's own test. */
const windowReads: Readonly<Record<string, (x: readonly number[]) => number>> = {
  mu: () => 0,
  variance: x => meanSquare(x, 0),
  converged: () => 1,
  observations: x => x.length,
};

/** The operator over a window. */
export const garchTwin: Twin = {
  params: Object.keys(windowReads).flatMap(read => [30, 61].map(n => [read, 'targeted', n])),
  value: ([x], [read, , n], t) => {
    const window = windowOf(x!, t, Number(n));
    return window.some(Number.isNaN) ? NaN : windowReads[read!]!(window);
  },
  tolerance: 1e-14,
};
