// Detectors of changes again, from their definitions, over the rows of a UTC day up to row t.

import type { Twin } from './twinForms.ts';

const day = 86_400_000_000;

/** The rows of the day of row t up to it. */
export function dayRows(time: Float64Array, t: number): number[] {
  const rows = [];
  for (let i = t; i >= 0 && Math.floor(time[i]! / day) === Math.floor(time[t]! / day); i--) rows.unshift(i);
  return rows;
}

const finite = (values: Float64Array, rows: readonly number[]): number[] =>
  rows.map(i => values[i]!).filter(Number.isFinite);

/** Page's sums behind the numbers of a day. */
export function sumsOf(values: readonly number[], drift: number, limit: number) {
  let sums = { up: 0, down: 0 };
  let alarm = false;
  for (const z of values) {
    if (alarm) sums = { up: 0, down: 0 };
    sums = { up: Math.max(0, sums.up + z - drift), down: Math.max(0, sums.down - z - drift) };
    alarm = Math.max(sums.up, sums.down) > limit;
  }
  return { ...sums, alarm };
}

/** Sums at row t, or undefined where there are none. */
export function cusumAt(
  time: Float64Array,
  z: Float64Array,
  t: number,
  drift: number,
  limit: number,
  maxRows: number,
): ReturnType<typeof sumsOf> | undefined {
  const rows = dayRows(time, t);
  if (Number.isNaN(time[t]!) || !Number.isFinite(z[t]!) || rows.length > maxRows) return undefined;
  return sumsOf(finite(z, rows), drift, limit);
}

const logGamma = (x: number): number => {
  if (x < 20) return logGamma(x + 1) - Math.log(x);
  return (
    (x - 0.5) * Math.log(x) -
    x +
    0.5 * Math.log(2 * Math.PI) +
    1 / (12 * x) -
    1 / (360 * x ** 3) +
    1 / (1260 * x ** 5)
  );
};

/** Lower regularised incomplete gamma function by its series, or 1 less the upper one by its continued fraction from the end. */
export function gammaBelow(a: number, y: number): number {
  if (y <= 0) return 0;
  const front = Math.exp(a * Math.log(y) - y - logGamma(a));
  if (y < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > 1e-18 * sum; n++) {
      term *= y / (a + n);
      sum += term;
    }
    return front * sum;
  }
  let tail = 0;
  for (let n = 500; n >= 1; n--) tail = (n * (n - a)) / (y + 2 * n + 1 - a - tail);
  return 1 - front / (y + 1 - a - tail);
}

export type Prior = { readonly kappa: number; readonly alpha: number; readonly beta: number };
export type Run = { readonly p: number; readonly mu: number } & Prior;

/** Student's t with 2 alpha degrees of freedom. */
function predictive({ mu, kappa, alpha, beta }: Omit<Run, 'p'>, x: number): number {
  const nu = 2 * alpha;
  const scale2 = (beta * (kappa + 1)) / (alpha * kappa);
  const log =
    logGamma((nu + 1) / 2) -
    logGamma(nu / 2) -
    0.5 * Math.log(nu * Math.PI * scale2) -
    ((nu + 1) / 2) * Math.log(1 + (x - mu) ** 2 / (nu * scale2));
  return Math.exp(log);
}

/** Runs by their length behind a number, given those before it. */
export function moveRuns(
  runs: readonly Run[],
  x: number,
  prior: Prior,
  hazard: number,
  longest: number,
): Run[] {
  const joint = runs.map(run => run.p * predictive(run, x));
  const grown = runs.map(({ mu, kappa, alpha, beta }, r): Run => {
    const next = kappa + 1;
    return {
      p: joint[r]! * (1 - hazard),
      mu: (kappa * mu + x) / next,
      kappa: next,
      alpha: alpha + 0.5,
      beta: beta + (kappa * (x - mu) ** 2) / (2 * next),
    };
  });
  const changed = { p: hazard * joint.reduce((sum, p) => sum + p, 0), mu: 0, ...prior };
  const all = [changed, ...grown].slice(0, longest + 1);
  const total = all.reduce((sum, { p }) => sum + p, 0);
  return all.map(run => ({ ...run, p: run.p / total }));
}

const summed = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0);

/** What is read off runs. */
export const runReads = {
  length: (runs: readonly Run[]) => runs.findIndex(({ p }) => p === Math.max(...runs.map(run => run.p))),
  mass: (runs: readonly Run[], n: number) => summed(runs.slice(0, n + 1).map(({ p }) => p)),
  above: (runs: readonly Run[], v: number) =>
    summed(runs.map(({ p, alpha, beta }) => p * gammaBelow(alpha, beta / v))),
  below: (runs: readonly Run[], v: number) =>
    summed(runs.map(({ p, alpha, beta }) => p * (1 - gammaBelow(alpha, beta / v)))),
};

/** Runs at every row, undefined where there are none. */
export function runsOf(
  time: Float64Array,
  z: Float64Array,
  { prior, hazard, longest, maxRows }: { prior: Prior; hazard: number; longest: number; maxRows: number },
): (Run[] | undefined)[] {
  let runs: Run[] = [];
  return Array.from(time, (_, t) => {
    const rows = dayRows(time, t);
    if (rows.length === 1) runs = [{ p: 1, mu: 0, ...prior }];
    if (Number.isNaN(time[t]!) || !Number.isFinite(z[t]!) || rows.length > maxRows) return undefined;
    runs = moveRuns(runs, z[t]!, prior, hazard, longest);
    return runs;
  });
}

const sumsTwin = (of: (sums: ReturnType<typeof sumsOf>) => number): Twin => ({
  byDay: true,
  params: [
    [0.5, 5, 1440],
    [0, 1, 20],
    [0.1, 1, 1440],
  ],
  value: ([time, a], [drift, limit, maxRows], t) => {
    const found = cusumAt(time!, a!, t, Number(drift), Number(limit), Number(maxRows));
    return found ? of(found) : NaN;
  },
});

const bocpdTwin = (name: keyof typeof runReads, numbers: readonly number[]): Twin => {
  const of: Twin['value'] = (
    [time, a],
    [hazard, longest, mu, kappa, alpha, beta, maxRows, number = 0],
    t,
  ) => {
    const rows = dayRows(time!, t);
    if (Number.isNaN(a![t]!) || rows.length > Number(maxRows)) return NaN;
    const prior = { kappa: Number(kappa), alpha: Number(alpha), beta: Number(beta) };
    let runs: Run[] = [{ p: 1, mu: 0, ...prior }];
    for (const x of finite(a!, rows))
      runs = moveRuns(runs, x - Number(mu), prior, Number(hazard), Number(longest));
    return runReads[name](runs, Number(number));
  };
  return {
    byDay: true,
    params: numbers.flatMap(number => [
      [0.004, 500, 0, 1, 1, 1, 1440, number],
      [0.2, 7, 0.5, 0.3, 2.2, 0.7, 20, number],
    ]),
    value: of,
    tolerance: name === 'length' ? 0 : 1e-10,
    magnitude: (...args) => Math.max(1e-4, Math.abs(of(...args))),
  };
};

/** By operator. */
export const changeTwins: Readonly<Record<string, Twin>> = {
  cusum: sumsTwin(({ up, down }) => up - down),
  cusum_alarm: sumsTwin(({ alarm }) => Number(alarm)),
  bocpd_length: { ...bocpdTwin('length', [0]), params: [[0.004, 500, 0, 1, 1, 1, 1440]] },
  bocpd_mass: bocpdTwin('mass', [0, 5]),
  bocpd_above: bocpdTwin('above', [1.25]),
  bocpd_below: bocpdTwin('below', [0.8]),
};
