import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { column, type Expr } from '../../host/catalog/expr.ts';
import {
  kurt,
  mean,
  quadraticA1,
  quadraticA2,
  quadraticB,
  quadraticRmse,
  skew,
  std,
} from '../../host/catalog/vocabulary.ts';
import { compute } from '../../host/engine/compute.ts';
import { plan } from '../../host/engine/plan.ts';
import { exactMoments } from '../support/exactMoments.ts';
import { seeded } from '../support/kernelShapes.ts';

// NIST Statistical Reference Datasets, univariate summary statistics (itl.nist.gov/div898/strd): means and standard
// deviations certified to 15 digits. The measured sets are read beside the repository where they are there; the
// constructed ones (NumAcc1 to 4) are built here. Of linear regression those that are polynomials on a regular grid.

const folder = new URL('../../../shared/data/econ/nist/', import.meta.url);

const alternating = (middle: number, low: number, high: number): Float64Array =>
  Float64Array.from({ length: 1_001 }, (_, t) => (t === 0 ? middle : t % 2 === 1 ? low : high));

type Certified = {
  readonly mean: number;
  readonly std: number;
  /** Correct digits of the sd that decimal data rounded to binary still allows; 15 when left out. */
  readonly digits?: number;
  readonly values?: Float64Array;
};

const sets: Readonly<Record<string, Certified>> = {
  Lew: { mean: -177.435, std: 277.332168044316 },
  Lottery: { mean: 518.95871559633, std: 291.699727470969 },
  Mavro: { mean: 2.001856, std: 0.000429123454003053, digits: 12.6 },
  Michelso: { mean: 299.8524, std: 0.0790105478190518, digits: 13.2 },
  NumAcc1: { mean: 10_000_002, std: 1, values: Float64Array.of(10_000_001, 10_000_003, 10_000_002) },
  NumAcc2: { mean: 1.2, std: 0.1, values: alternating(1.2, 1.1, 1.3) },
  NumAcc3: {
    mean: 1_000_000.2,
    std: 0.1,
    digits: 9.5,
    values: alternating(1_000_000.2, 1_000_000.1, 1_000_000.3),
  },
  NumAcc4: {
    mean: 10_000_000.2,
    std: 0.1,
    digits: 8.3,
    values: alternating(10_000_000.2, 10_000_000.1, 10_000_000.3),
  },
};

const correctDigits = (found: number, expected: number): number =>
  Math.min(15, -Math.log10(Math.abs(found - expected) / Math.abs(expected === 0 ? 1 : expected)));

/** Values of the whole series as one rolling window, behind `before` bars that the window does not reach. */
async function lastOf<T extends string>(series: Float64Array, exprs: Record<T, Expr>, before = 0) {
  const random = seeded(7);
  const rows = series.length;
  const close = Float64Array.from({ length: before + rows }, (_, t) =>
    t < before ? random() * 1e9 : series[t - before]!,
  );
  const features = Object.entries<Expr>(exprs).map(([name, expr]) => ({ name, expr }));
  const time = close.map((_, t) => t * 60_000_000);
  const { columns } = await compute(plan(features, { horizonBits: 53 }), { time, columns: { close } }, {});
  return Object.fromEntries(features.map(({ name }) => [name, columns[name]!.at(-1)!])) as Record<T, number>;
}

const x = column('close');

const statistics = (series: Float64Array, before = 0) => {
  const rows = series.length;
  const exprs = { mean: mean(x, rows), std: std(x, rows), skew: skew(x, rows), kurt: kurt(x, rows) };
  return lastOf(series, exprs, before);
};

const parabola = (series: Float64Array) => {
  const rows = series.length;
  return lastOf(series, {
    a2: quadraticA2(x, rows),
    a1: quadraticA1(x, rows),
    b: quadraticB(x, rows),
    rmse: quadraticRmse(x, rows),
  });
};

const read = (name: string): Float64Array | undefined => {
  const file = new URL(`${name}.csv`, folder);
  return existsSync(file)
    ? Float64Array.from(readFileSync(file, 'utf8').trim().split(/\s+/).slice(1), Number)
    : undefined;
};

describe('rolling statistics of the NIST sets', () => {
  it.for(Object.entries(sets))('%s', async ([name, { mean, std, digits = 15, values }], { skip }) => {
    const measured = read(name);
    const series = values ?? measured;
    if (!series) return skip('the data is not here (../shared/data beside the repository)');
    if (values && measured) expect(values).toEqual(measured);

    const found = await statistics(series);
    expect(correctDigits(found.mean, mean)).toBeGreaterThanOrEqual(14.9);
    // the demand has one decimal
    expect(correctDigits(found.std, std)).toBeGreaterThanOrEqual(digits - 0.05);

    // NIST certifies no higher moments: exact arithmetic on the same doubles does. An input error of half a unit in
    // the last place moves a moment by up to its order times |mean| / sd such units.
    const exact = exactMoments(series);
    const unit = (2 ** -53 * Math.abs(exact.mean)) / exact.std + 2 ** -52;
    expect(Math.abs(found.skew - exact.skew)).toBeLessThanOrEqual(3 * unit);
    expect(Math.abs(found.kurt - exact.kurt)).toBeLessThanOrEqual(4 * unit * Math.abs(exact.kurt + 3));
  });

  it('have the same bits whatever lies before the window', async () => {
    const series = sets.NumAcc3!.values!;
    expect(await statistics(series, 700)).toEqual(await statistics(series));
  });
});

describe('parabolas through the NIST sets', () => {
  // Two runs of 20 loads. Least squares through both is that through their mean, which leaves out what the runs differ by.
  const runs = [
    [
      0.11019, 0.21956, 0.32949, 0.43899, 0.54803, 0.65694, 0.76562, 0.87487, 0.98292, 1.09146, 1.20001,
      1.30822, 1.41599, 1.52399, 1.63194, 1.73947, 1.84646, 1.95392, 2.06128, 2.16844,
    ],
    [
      0.11052, 0.22018, 0.32939, 0.43886, 0.54798, 0.65739, 0.76596, 0.87474, 0.983, 1.0915, 1.20004, 1.30818,
      1.41613, 1.52408, 1.63159, 1.73965, 1.84696, 1.95445, 2.06177, 2.16829,
    ],
  ] as const;
  const certified = {
    beta: [0.673565789473684e-3, 0.732059160401003e-6, -0.316081871345029e-14],
    squares: 0.155761768796992e-5,
  } as const;

  it('Pontius', async () => {
    const found = await parabola(Float64Array.from(runs[0], (y, i) => (y + runs[1][i]!) / 2));
    const [step, middle] = [150_000, 150_000 * 10.5];
    // sd of the row numbers 0 to 19
    const unit = Math.sqrt((20 * 20 - 1) / 12) * step;
    const [b0, b1, b2] = certified.beta;
    const between = runs[0].reduce((sum, y, i) => sum + (y - runs[1][i]!) ** 2 / 2, 0);
    // a2 is a thousandth of the range of the data, which are rounded to binary
    expect(correctDigits(found.a2, b2 * unit ** 2)).toBeGreaterThanOrEqual(12);
    expect(correctDigits(found.a1, (b1 + 2 * b2 * middle) * unit)).toBeGreaterThanOrEqual(14);
    expect(correctDigits(found.b, b0 + b1 * middle + b2 * middle ** 2)).toBeGreaterThanOrEqual(14);
    expect(correctDigits(40 * found.rmse ** 2 + between, certified.squares)).toBeGreaterThanOrEqual(11);
  });

  // Wampler 3 and 4 are 1 + x + ... + x^5 of Wampler 1 and errors at right angles to every such polynomial, 1 and 100 times
  // as large: all have the same parabola.
  it('Wampler1, 3 and 4 have the same parabola', async ({ skip }) => {
    const read21 = (name: string) => {
      const file = new URL(`${name}.csv`, folder);
      if (!existsSync(file)) return undefined;
      const lines = readFileSync(file, 'utf8').trim().split(/\r?\n/).slice(1);
      return Float64Array.from(lines, line => Number(line.split(',')[0]));
    };
    const [first, ...others] = ['Wampler1', 'Wampler3', 'Wampler4'].map(read21);
    if (!first) return skip('the data is not here (../shared/data beside the repository)');
    const polynomial = Float64Array.from({ length: 21 }, (_, t) =>
      [0, 1, 2, 3, 4, 5].reduce((sum, power) => sum + t ** power, 0),
    );
    expect(first).toEqual(polynomial);
    const { a2, a1, b } = await parabola(first);
    for (const other of others) {
      const found = await parabola(other!);
      expect(correctDigits(found.a2, a2)).toBeGreaterThanOrEqual(14.5);
      expect(correctDigits(found.a1, a1)).toBeGreaterThanOrEqual(14.5);
      expect(correctDigits(found.b, b)).toBeGreaterThanOrEqual(14.5);
    }
  });
});
