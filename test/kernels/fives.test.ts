import { blockOf } from '../support/blockSums.ts';
import { type ExactFit, exactFit } from '../support/exactFits.ts';
import { exactCross, exactSums } from '../support/exactMoments.ts';
import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const rows = 130;
const series = ['walk', 'far', 'holes', 'ties', 'constant', 'ramp', 'outlier'] as const;
const pairs = [
  ['far', 'walk'],
  ['holes', 'ties'],
  ['constant', 'walk'],
  ['outlier', 'falling'],
] as const;

const u = 2 ** -53;

// How far a value may be from the exact one, in units u of rounding, to the first order. R is the range of the rows: steps
// have 1 R, their sum of four 4 R + 2 * 4 R, its fifth 3 R in all, so that distances to the mean, at most R, have 5.
//
//   M2         2 sum |f| 5 R <= 10 R sqrt(5 M2), square and sums 5 M2
//   M3, M4     by f 15 R M2 and 20 R^2 M2, products and sums 6
//   T, Q       weights 2 at most, of which four or five are added: steps, products, sums
//   residual   forms of norm 10 and 70, squared
const units = { offset: 4, m2: 34, m3: 22, m4: 28, trend: 16, curve: 16, residual: 64 } as const;

const range = (block: readonly number[]): number => Math.max(...block) - Math.min(...block);

/** A series and the same 1 to 4 rows later. */
const lagged = (x: Float64Array): Float64Array[] =>
  [0, 1, 2, 3, 4].map(lag => Float64Array.from(x, (_, t) => x[t - lag] ?? NaN));

const cases: KernelCase[] = series.flatMap((shape): KernelCase[] => {
  const x = shapes[shape](rows);
  const block = (t: number) => blockOf(x, t, 5);
  const sums = Array.from(x, (_, t) => exactSums(block(t)));
  const fits = Array.from(x, (_, t) => exactFit(block(t)));
  const spread = (t: number) => range(block(t));
  const root = (t: number) => spread(t) * Math.sqrt(5 * sums[t]!.m2);
  const line = (key: keyof ExactFit & keyof typeof units, magnitude: (t: number) => number): Twin => ({
    naive: t => fits[t]![key],
    tolerance: units[key] * u,
    magnitude,
  });
  const twins: Readonly<Record<string, Twin>> = {
    offsetOf5: { naive: t => sums[t]!.offset, tolerance: units.offset * u, magnitude: spread },
    m2Of5: { naive: t => sums[t]!.m2, tolerance: units.m2 * u, magnitude: root },
    m3Of5: { naive: t => sums[t]!.m3, tolerance: units.m3 * u, magnitude: t => spread(t) * sums[t]!.m2 },
    m4Of5: { naive: t => sums[t]!.m4, tolerance: units.m4 * u, magnitude: t => spread(t) ** 2 * sums[t]!.m2 },
    trendOf5: line('trend', spread),
    curveOf5: line('curve', spread),
    residualOf5: line('residual', root),
  };
  const use = { label: shape, planes: lagged(x), span: 0, params: [] };
  const one = (name: string): KernelCase => ({ ...use, name, ...twins[name]! });
  const pass = (name: string, parts: readonly string[]): KernelCase => ({
    ...use,
    name,
    twins: parts.map(part => twins[part]!),
  });
  const moments = ['offsetOf5', 'm2Of5', 'm3Of5', 'm4Of5'];
  const lines = ['offsetOf5', 'trendOf5', 'curveOf5', 'residualOf5'];
  const level = (t: number) => Math.max(...block(t).map(Math.abs));
  return [
    ...Object.keys(twins).map(one),
    ...[2, 3, 4].map(order => pass(`moments${order}Of5`, moments.slice(0, order))),
    ...[2, 3, 4].map(order => pass(`fit${order}Of5`, lines.slice(0, order))),
    {
      ...use,
      name: 'sumOf5',
      naive: t => 5 * sums[t]!.mean,
      // three roundings of sums of at most 5, the exact mean one
      tolerance: 4 * u,
      magnitude: t => 5 * level(t),
    },
    { ...use, name: 'meanOf5', naive: t => sums[t]!.mean, tolerance: 5 * u, magnitude: level },
  ];
});

const crosses: KernelCase[] = pairs.map(([left, right]): KernelCase => {
  const [x, y] = [shapes[left](rows), shapes[right](rows)];
  const blocks = (t: number) => [blockOf(x, t, 5), blockOf(y, t, 5)] as const;
  return {
    name: 'crossOf5',
    label: `${left} and ${right}`,
    planes: [...lagged(x), ...lagged(y)],
    span: 0,
    params: [],
    naive: t => exactCross(...blocks(t)),
    // by the distances 5 R of either and the root of the other's sum of squares, product and sums
    tolerance: units.m2 * u,
    magnitude: t => {
      const [a, b] = blocks(t);
      return Math.sqrt(5) * (range(a) * Math.sqrt(exactSums(b).m2) + range(b) * Math.sqrt(exactSums(a).m2));
    },
  };
});

keepsTheContract('fives', [...cases, ...crosses]);
