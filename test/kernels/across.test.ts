import { known, knownPairs, meanOf, medianOf, sampleSd, spearman } from '../support/acrossRows.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes } from '../support/kernelShapes.ts';

const rows = 101;

/** Every so many rows are missing, at another place in each series. */
const pierced = (a: Float64Array, i: number): Float64Array =>
  a.map((x, t) => ((t + i) % (i + 3) === 0 || (t > 40 && t < 44 && i > 0) ? NaN : x));

/** Series of a row of which some are equal to others, to the bit or but for the sign of a zero. */
const mixes: Readonly<Record<string, readonly Float64Array[]>> = {
  ties: [0, 1, 2, 3, 4, 5, 6, 7].map(i => pierced(shapes.ties(rows + i).slice(i), i)),
  zeros: [0, 1, 2, 3, 4, 5].map(i => pierced(shapes.zeros(rows + i).slice(i), i)),
  walks: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map(i =>
    pierced(shapes.walk(rows + 9 * i).slice(9 * i), i),
  ),
  far: [0, 1, 2].map(i => shapes.far(rows + i).slice(i)),
  equal: [1, 2, 3, 4].map(i => pierced(shapes.constant(rows), i)),
  outliers: [0, 3, 5, 7].map(i => shapes.outlier(rows + i).slice(i)),
  one: [shapes.holes(rows)],
  two: [shapes.ties(rows), shapes.ties(rows).reverse()],
};

const cases: KernelCase[] = Object.entries(mixes).flatMap(([label, planes]) => {
  const row = (t: number): number[] => planes.map(values => values[t]!);
  const size = (t: number): number => Math.max(0, ...known(row(t)).map(Math.abs));
  const use = { label, planes, span: 0 };
  const of = (name: string, value: (x: number[]) => number, tolerance = 0, smallest = 1): KernelCase[] =>
    [smallest, 3, planes.length].map(least => ({
      ...{ ...use, name, params: [least], tolerance, magnitude: size },
      naive: t => (known(row(t)).length < least ? NaN : value(known(row(t)))),
    }));
  const among = (name: string, stands: (value: number, a: number) => boolean): KernelCase => ({
    ...{ ...use, name, params: [] },
    naive: t => {
      const [a, ...others] = row(t);
      return Number.isNaN(a) ? NaN : others.filter(value => stands(value, a!)).length;
    },
  });
  const pairs = planes.slice(0, planes.length & ~1);
  const both = pairs.map((x, i) => x.map((value, t) => (Number.isNaN(pairs[i ^ 1]![t]!) ? NaN : value)));
  return [
    ...of('meanAcross', meanOf, 1e-15),
    ...of('stdAcross', sampleSd, 1e-15, 2),
    ...of('medianAcross', medianOf),
    ...of('leastAcross', x => Math.min(...x)),
    ...of('greatestAcross', x => Math.max(...x)),
    { ...use, name: 'countAcross', params: [], naive: t => known(row(t)).length },
    among('countAbove', (value, a) => value > a),
    among('countBelow', (value, a) => value < a),
    among('countEqual', (value, a) => value === a),
    ...(pairs.length === 0 ? [] : [1, 2, 3]).map(
      (least): KernelCase => ({
        ...{ ...use, planes: both, name: 'spearmanAcross', params: [least], tolerance: 1e-15 },
        magnitude: () => 1,
        naive: t => {
          const [x, y] = knownPairs(both.map(values => values[t]!));
          return x.length < least ? NaN : spearman(x, y);
        },
      }),
    ),
  ];
});

keepsTheContract('across', cases);
