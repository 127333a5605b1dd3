import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { column } from '../../host/catalog/expr.ts';
import { kurt, mean, skew, std } from '../../host/catalog/vocabulary.ts';
import { compute } from '../../host/engine/compute.ts';
import { plan } from '../../host/engine/plan.ts';
import { exactMoments } from '../support/exactMoments.ts';
import { seeded } from '../support/kernelShapes.ts';

// NIST Statistical Reference Datasets, univariate summary statistics (itl.nist.gov/div898/strd): means and standard
// deviations certified to 15 digits. The measured sets are read beside the repository where they are there; the
// constructed ones (NumAcc1 to 4) are built here.

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

/** Statistics of the whole series as one rolling window, behind `before` bars that the window does not reach. */
async function statistics(series: Float64Array, before = 0) {
  const random = seeded(7);
  const rows = series.length;
  const close = Float64Array.from({ length: before + rows }, (_, t) =>
    t < before ? random() * 1e9 : series[t - before]!,
  );
  const x = column('close');
  const exprs = { mean: mean(x, rows), std: std(x, rows), skew: skew(x, rows), kurt: kurt(x, rows) };
  const features = Object.entries(exprs).map(([name, expr]) => ({ name, expr }));
  const time = close.map((_, t) => t * 60_000_000);
  const { columns } = await compute(plan(features, { horizonBits: 53 }), { time, columns: { close } }, {});
  const last = (name: keyof typeof exprs) => columns[name]!.at(-1)!;
  return { mean: last('mean'), std: last('std'), skew: last('skew'), kurt: last('kurt') };
}

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
