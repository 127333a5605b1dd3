import { cusumAt } from '../support/changeTwins.ts';
import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

const rows = 900;

/** Bars of ten minutes and more, so that a day has less than a hundred. */
function times(late: number): Float64Array {
  const random = seeded(5);
  let now = Date.parse('2024-07-05T11:50:00Z') * 1000;
  return Float64Array.from({ length: rows }, (_, t) => {
    now += (random() < 0.05 ? 600 : 15) * 60_000_000;
    return t < late ? NaN : now;
  });
}

const planes: Record<string, Float64Array> = Object.fromEntries(
  Object.entries(shapes)
    .filter(([label]) => label !== 'huge')
    .map(([label, make]) => [label, make(rows)]),
);
const random = seeded(9);
planes.noise = Float64Array.from({ length: rows }, () => 4 * (random() - 0.5));

const cases = Object.entries(planes).flatMap(([label, z]) =>
  (label === 'noise' ? [0, 60] : [0]).flatMap(late =>
    [1440, 50].map((maxRows): KernelCase => {
      const time = times(late);
      const at = (t: number) => cusumAt(time, z, t, 0.5, 5, maxRows);
      return {
        label: late > 0 ? `${label}, late` : label,
        name: 'cusum',
        planes: [time, z],
        params: [0.5, 5, maxRows],
        table: Float64Array.of(0, 1),
        span: maxRows,
        twins: [
          {
            naive: t => {
              const found = at(t);
              return found ? found.up - found.down : NaN;
            },
          },
          { naive: t => Number(at(t)?.alarm ?? NaN) },
        ],
      };
    }),
  ),
);

keepsTheContract('cusum', cases);
