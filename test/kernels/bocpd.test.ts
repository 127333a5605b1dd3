import { kernelByName } from '../../host/catalog/kernels.ts';
import { runReads, runsOf } from '../support/changeTwins.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

/** Bars of ten minutes and more, so that a day has less than 144. */
function times(rows: number, late: number): Float64Array {
  const random = seeded(5);
  let now = Date.parse('2024-07-05T11:50:00Z') * 1000;
  return Float64Array.from({ length: rows }, (_, t) => {
    now += (random() < 0.02 ? 300 : 10) * 60_000_000;
    return t < late ? NaN : now;
  });
}

const rows = 420;
const random = seeded(9);
const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6);
const noise = Float64Array.from({ length: rows }, normal);
const planes: Record<string, Float64Array> = {
  noise,
  // variance 4, then 0.25, then a shifted mean
  changing: noise.map((x, t) => (t % 90 < 30 ? 2 * x : t % 90 < 60 ? x / 2 : x + 3)),
  holes: noise.map((x, t) => (t % 17 === 3 ? NaN : t % 50 === 7 ? Infinity : x)),
  ties: shapes.ties(rows),
  zeros: shapes.zeros(rows),
  outlier: noise.map((x, t) => (t % 101 === 60 ? 1e9 : x)),
};

const reads = [
  ['length', 0],
  ['mass', 0],
  ['mass', 5],
  ['above', 1.25],
  ['below', 0.8],
  ['below', 3],
] as const;
const numbers = { length: 0, mass: 1, above: 2, below: 3 };

const priors = [
  { hazard: 1 / 250, longest: 59, prior: { kappa: 1, alpha: 1, beta: 1 }, maxRows: 144 },
  { hazard: 0.1, longest: 500, prior: { kappa: 0.5, alpha: 3.25, beta: 2 }, maxRows: 100 },
];

keepsTheContract(
  'bocpd',
  Object.entries(planes).flatMap(([label, x]) =>
    priors.flatMap((how, i) =>
      (label === 'noise' ? [0, 60] : [0]).map((late): KernelCase => {
        const time = times(rows, late);
        const { kappa, alpha, beta } = how.prior;
        const params = [how.hazard, how.longest, kappa, alpha, beta, how.maxRows];
        const runs = runsOf(time, x, how);
        return {
          label: `${label}, prior ${i}${late > 0 ? ', late' : ''}`,
          name: 'bocpd',
          planes: [time, x],
          params,
          table: Float64Array.from(reads.flatMap(([name, number]) => [numbers[name], number])),
          span: how.maxRows,
          scratchBytes: kernelByName.get('bocpd')!.scratchBytes!(params),
          twins: reads.map(([name, number]) => ({
            naive: (t: number) => {
              const found = runs[t];
              return found ? runReads[name](found, number) : NaN;
            },
            tolerance: name === 'length' ? 0 : 1e-10,
            magnitude: (t: number) => Math.max(1e-4, Math.abs(runReads[name](runs[t]!, number))),
          })),
        };
      }),
    ),
  ),
);
