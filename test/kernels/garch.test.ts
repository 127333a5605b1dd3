import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { kernelByName } from '../../host/catalog/kernels.ts';
import { garchVariances, meanSquare, naiveGarch, simulateGarch } from '../support/garchTwin.ts';
import { Kernels } from '../support/kernel.ts';
import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { seeded, shapes, windowOf } from '../support/kernelShapes.ts';

const wants = [
  'mu',
  'omega',
  'alpha',
  'beta',
  'variance',
  'logLikelihood',
  'iterations',
  'converged',
] as const;
const table = Float64Array.from({ length: 11 }, (_, want) => want);
const truth = { mu: 0, omega: 0.1, alpha: 0.3, beta: 0.6 };

const use = (name: 'garch' | 'garchWindow', params: readonly number[]) => {
  const { span, scratchBytes } = kernelByName.get(name)!;
  return {
    name,
    params,
    span: span!(params, 0),
    scratchBytes: scratchBytes!(params),
    table,
    results: true as const,
  };
};

const hour = 3_600_000_000;
const rows = 700;

/** Some bars a day over four months, one of them without any, and none for the first rows. */
const times = (): Float64Array => {
  const random = seeded(11);
  let now = Date.parse('2023-12-05T00:00:00Z') * 1000;
  return Float64Array.from({ length: rows }, (_, t) => {
    now += hour * (1 + Math.floor(random() * 5));
    if (t === 560) now += 45 * 24 * hour;
    return t < 5 ? NaN : now;
  });
};

const monthOf = (time: number): number => {
  const date = new Date(time / 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** What a row sees: numbers of the month before, the rows of its own month, rows of both. */
const seenBy = (time: Float64Array, x: Float64Array, t: number) => {
  const own = monthOf(time[t]!);
  const before = [];
  const month = [];
  let all = 0;
  for (let i = 0; i <= t; i++) {
    const at = monthOf(time[i]!);
    if (at === own - 1 || at === own) all++;
    if (at === own - 1 && Number.isFinite(x[i]!)) before.push(x[i]!);
    if (at === own) month.push(x[i]!);
  }
  return { before, month, all };
};

const cases: KernelCase[] = [];
for (const [label, make] of Object.entries({ ...shapes, garch: () => simulateGarch(rows, truth, 3) })) {
  const x = make(rows);
  if (label === 'garch') for (const t of [20, 21, 90, 333, 334, 690]) x[t] = t % 2 ? NaN : Infinity;
  const time = times();
  const fits = new Map<number, ReturnType<typeof naiveGarch>>();
  for (const [maxRows, minRows] of [
    [700, 30],
    [330, 90],
  ] as const) {
    const of = (t: number) => {
      const seen = seenBy(time, x, t);
      const { before } = seen;
      const variance = meanSquare(before, 0);
      const known = !Number.isNaN(time[t]!) && seen.all <= maxRows;
      if (!known || before.length < minRows || !(variance > 0 && variance < Infinity))
        return { ...seen, known, fit: undefined };
      const month = monthOf(time[t]!);
      if (!fits.has(month)) fits.set(month, naiveGarch(before));
      return { ...seen, known, fit: fits.get(month)! };
    };
    const forecast = (t: number, back: number): number => {
      const { fit, month } = of(t);
      if (!fit || !Number.isFinite(x[t]!)) return NaN;
      const numbers = month.filter(Number.isFinite);
      return garchVariances(numbers, fit, fit.variance).at(-1 - back)!;
    };
    // where nothing says what alpha and beta are, the likelihood still does how well they do
    const identified = label === 'garch';
    const fitted = (want: (typeof wants)[number]): Twin => {
      if (want === 'converged') return { naive: t => (of(t).known ? Number(of(t).fit !== undefined) : NaN) };
      if (want === 'iterations')
        return { naive: t => (of(t).known ? 10 : NaN), tolerance: 1, magnitude: t => (of(t).fit ? 90 : 10) };
      const tolerance =
        want === 'mu'
          ? 0
          : want === 'variance'
            ? 1e-13
            : want === 'logLikelihood'
              ? identified
                ? 1e-9
                : 1e-4
              : 1e-5;
      const any = !identified && (want === 'alpha' || want === 'beta' || want === 'omega');
      return {
        naive: t => of(t).fit?.[want] ?? NaN,
        tolerance,
        magnitude: t => (any ? Infinity : Math.max(1, Math.abs(of(t).fit![want]))),
      };
    };
    const variances = (back: number): Twin => ({
      naive: t => forecast(t, back),
      tolerance: 1e-5,
      magnitude: t => (identified ? forecast(t, back) : Infinity),
    });
    const observations: Twin = { naive: t => (of(t).known ? of(t).before.length : NaN) };
    cases.push({
      ...use('garch', [maxRows, minRows, 0]),
      label,
      planes: [time, x],
      twins: [...wants.map(fitted), observations, variances(1), variances(0)],
    });
  }
}

// what a free fit is, is held below; here that it keeps the contract
{
  const x = simulateGarch(rows, { ...truth, mu: 0.4 }, 17);
  const time = times();
  const known = (t: number): number => (seenBy(time, x, t).before.length >= 60 ? 0 : NaN);
  const any: Twin = { naive: known, tolerance: 1, magnitude: () => Infinity };
  const counted: Twin = { ...any, naive: t => (Number.isNaN(time[t]!) ? NaN : 0) };
  cases.push({
    ...use('garch', [700, 60, 1]),
    label: 'free',
    planes: [time, x],
    twins: [any, any, any, any, any, any, counted, counted, counted, any, any],
  });
}

for (const seed of [5]) {
  const x = simulateGarch(240, truth, seed);
  x[9] = NaN;
  const window = 200;
  const of = (t: number) => {
    const seen = windowOf(x, t, window);
    return seen.some(Number.isNaN) ? undefined : { seen, fit: naiveGarch(seen) };
  };
  const memo = Array.from(x, (_, t) => of(t));
  const variances = (back: number): Twin => ({
    naive: t =>
      memo[t] ? garchVariances(memo[t].seen, memo[t].fit, memo[t].fit.variance).at(-1 - back)! : NaN,
    tolerance: 1e-4,
  });
  cases.push({
    ...use('garchWindow', [window, 0]),
    label: `garch ${seed}`,
    planes: [x],
    twins: [
      ...wants.map((want): Twin => {
        if (want === 'iterations')
          return { naive: t => (memo[t] ? 10 : NaN), tolerance: 1, magnitude: () => 90 };
        const tolerance = want === 'alpha' || want === 'beta' || want === 'omega' ? 1e-4 : 1e-9;
        return {
          naive: t => (!memo[t] ? NaN : want === 'converged' ? 1 : memo[t].fit[want]),
          tolerance,
          magnitude: t => (memo[t] ? Math.max(1, Math.abs(memo[t].fit[want as 'alpha'])) : 1),
        };
      }),
      { naive: t => (memo[t] ? window : NaN) },
      variances(1),
      variances(0),
    ],
  });
}

keepsTheContract('garch', cases);

describe('garch', () => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await Kernels.open('garch');
  });

  /** One fit to all rows, free or targeted. */
  const estimate = (x: Float64Array, free: boolean) => {
    const given = { ...use('garchWindow', [x.length, Number(free)]), outs: 11 };
    const { call, outputs, below } = kernels.place(given, [x]);
    call(x.length - 1, 1);
    const [mu, omega, alpha, beta, variance, logLikelihood, iterations, converged] = outputs.map(
      output => output[below + x.length - 1]!,
    );
    return { mu, omega, alpha, beta, variance, logLikelihood, iterations, converged };
  };

  it('has the published estimates for the mark and the pound', ({ skip }) => {
    const file = new URL('../../../shared/data/econ/dem2gbp.csv', import.meta.url);
    if (!existsSync(file)) return skip('the data is not here (../shared/data beside the repository)');
    const x = Float64Array.from(readFileSync(file, 'utf8').trim().split('\n').slice(1), Number);
    const found = estimate(x, true);
    // Fiorentini, Calzolari and Panattoni (1996), Analytic derivatives and the computation of GARCH estimates, table 1
    const published = { mu: -0.00619041, omega: 0.0107613, alpha: 0.153134, beta: 0.805974 };
    const unit = { mu: 1e-8, omega: 1e-7, alpha: 1e-6, beta: 1e-6 };
    for (const name of ['mu', 'omega', 'alpha', 'beta'] as const)
      expect(Math.abs(found[name]! - published[name]), name).toBeLessThanOrEqual(unit[name]);
    expect(found.logLikelihood).toBeCloseTo(-1106.60788, 5);
    expect(found.converged).toBe(1);
  });

  it('finds what a series was drawn from', () => {
    const drawn = { mu: 0.02, omega: 0.02, alpha: 0.08, beta: 0.9 };
    for (const seed of [1, 2, 3]) {
      const x = simulateGarch(31_000, drawn, seed);
      const found = estimate(x, true);
      expect(found.converged).toBe(1);
      expect(Math.abs(found.mu! - drawn.mu)).toBeLessThan(0.02);
      expect(Math.abs(found.alpha! - drawn.alpha)).toBeLessThan(0.015);
      expect(Math.abs(found.beta! - drawn.beta)).toBeLessThan(0.02);
      const targeted = estimate(
        x.map(value => value - drawn.mu),
        false,
      );
      expect(Math.abs(targeted.alpha! - drawn.alpha)).toBeLessThan(0.015);
      expect(Math.abs(targeted.beta! - drawn.beta)).toBeLessThan(0.02);
      expect(targeted.omega).toBeCloseTo(targeted.variance! * (1 - targeted.alpha! - targeted.beta!), 12);
      expect(targeted.iterations).toBeLessThan(30);
    }
  });

  it('does not depend on the unit', () => {
    const x = simulateGarch(2_000, truth, 8);
    for (const free of [true, false]) {
      const found = estimate(x, free);
      // a power of two scales every number exactly
      const small = estimate(
        x.map(value => value * 2 ** -20),
        free,
      );
      expect([small.alpha, small.beta, small.omega, small.mu]).toEqual([
        found.alpha,
        found.beta,
        found.omega! * 2 ** -40,
        found.mu! * 2 ** -20,
      ]);
    }
  });

  it('keeps within its limits', () => {
    const random = seeded(2);
    // variance that rises and rises: all is persistence
    const rise = Float64Array.from({ length: 3_000 }, (_, t) => (random() - 0.5) * 1.001 ** t);
    const even = Float64Array.from({ length: 3_000 }, (_, t) => (t % 2 ? 1 : -1));
    const turns = Float64Array.from({ length: 3_000 }, (_, t) => (t % 2 ? 1 : 0.2) * (random() - 0.5));
    for (const x of [rise, even, turns])
      for (const free of [true, false]) {
        const { alpha, beta, omega, converged } = estimate(x, free);
        expect(converged).toBe(1);
        expect(alpha).toBeGreaterThanOrEqual(0);
        expect(beta).toBeGreaterThanOrEqual(0);
        expect(omega).toBeGreaterThan(0);
        expect(alpha! + beta!).toBeLessThanOrEqual(0.9999);
      }
    const steep = estimate(
      rise.map((value, t) => value * 1.003 ** t),
      false,
    );
    expect(steep.alpha! + steep.beta!).toBe(0.9999);
    expect(estimate(turns, false)).toMatchObject({ alpha: 0, beta: 0 });
  });

  it('has no fit where a hundred steps do not lead to the end of the way', () => {
    const random = seeded(2);
    const steep = Float64Array.from({ length: 3_000 }, (_, t) => (random() - 0.5) * 1.004 ** t);
    const { converged, iterations, ...rest } = estimate(steep, true);
    expect(converged).toBe(0);
    expect(iterations).toBeGreaterThanOrEqual(100);
    expect(new Set(Object.values(rest))).toEqual(new Set([NaN]));
  });

  it('has no fit where nothing moves', () => {
    for (const free of [true, false]) {
      const { converged, alpha, variance, logLikelihood } = estimate(new Float64Array(500), free);
      expect([converged, alpha, variance, logLikelihood]).toEqual([0, NaN, NaN, NaN]);
    }
  });
});
