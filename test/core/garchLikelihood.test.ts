import { describe, expect, it } from 'vitest';
import { meanSquare, simulateGarch } from '../support/garchTwin.ts';
import { Kernels } from '../support/kernel.ts';

const rows = 403;

/** Rows of mean 0 and mean square 1. */
function standardised(): number[] {
  const x = [...simulateGarch(rows, { mu: 0, omega: 0.05, alpha: 0.2, beta: 0.75 }, 4)];
  const mean = x.reduce((sum, value) => sum + value, 0) / rows;
  const sd = Math.sqrt(meanSquare(x, mean));
  return x.map(value => (value - mean) / sd);
}

describe('likelihood of GARCH', async () => {
  const { arena } = await Kernels.open('core/garchLikelihood');
  const call = arena.exports as unknown as Record<string, (...args: number[]) => number>;
  const series = arena.allocate(8 * rows);
  const theta = arena.allocate(32);
  const out = arena.allocate(8 * 36);
  const work = arena.allocate(8 * 20);
  const z = standardised();

  const forms = {
    targeted: {
      rows: z.map(value => value * value),
      points: [
        [0.1, 0.8],
        [0.3, 0.2],
        [0, 0.5],
        [0.2, 0.7999],
      ],
      naive: ([a, b]: number[]) => byDefinition(0, 1 - a! - b!, a!, b!, 1),
    },
    free: {
      rows: z,
      points: [
        [0.1, 0.8, 0.1, 0],
        [0.3, 0.2, 0.4, 0.2],
        [0, 0.5, 0.5, -0.3],
        [0.25, 0.7, 0.02, 0.05],
      ],
      naive: ([a, b, w, m]: number[]) => byDefinition(m!, w!, a!, b!, 1 + m! * m!),
    },
  };

  function byDefinition(m: number, w: number, a: number, b: number, u: number): number {
    let h = w + (a + b) * u;
    return z.reduce((sum, value) => {
      const square = (value - m) ** 2;
      const term = Math.log(h) + square / h;
      h = w + a * square + b * h;
      return sum - 0.5 * term;
    }, 0);
  }

  for (const [form, { rows: given, points, naive }] of Object.entries(forms)) {
    const likelihood = (point: readonly number[]): number => {
      arena.f64(theta, point.length).set(point);
      return call[`${form}Likelihood`]!(series, rows, theta);
    };
    const derivatives = (point: readonly number[]): Float64Array => {
      arena.f64(theta, point.length).set(point);
      call[`${form}Derivatives`]!(series, rows, theta, out, work);
      return arena.f64(out, 36).slice();
    };

    it(`${form} is the sum over the rows`, () => {
      arena.f64(series, rows).set(given);
      for (const point of points) {
        const expected = naive([...point]);
        expect(Math.abs(likelihood(point) - expected)).toBeLessThan(1e-12 * Math.abs(expected));
      }
    });

    it(`${form} has the derivatives that differences show`, () => {
      arena.f64(series, rows).set(given);
      const size = points[0]!.length;
      const moved = (point: readonly number[], i: number, by: number) =>
        point.map((value, j) => (j === i ? value + by : value));
      for (const point of points) {
        const found = derivatives(point);
        const step = 2 ** -17;
        for (let i = 0; i < size; i++) {
          const up = derivatives(moved(point, i, step));
          const down = derivatives(moved(point, i, -step));
          const slope = (likelihood(moved(point, i, step)) - likelihood(moved(point, i, -step))) / (2 * step);
          expect(Math.abs(found[i]! - slope)).toBeLessThan(2e-5 * (1 + Math.abs(slope)));
          for (let j = 0; j < size; j++) {
            const curve = (down[j]! - up[j]!) / (2 * step);
            const own = found[size + i * size + j]!;
            expect(Math.abs(own - curve), `${i} ${j} at ${point}`).toBeLessThan(
              2e-5 * (rows + Math.abs(curve)),
            );
            expect(own).toBe(found[size + j * size + i]);
          }
        }
      }
    });
  }
});
