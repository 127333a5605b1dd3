import { describe, expect, test } from 'vitest';
import { draws } from './draws.ts';
import { rotations } from './rotations.ts';
import { centred, energy, powersOf, scaling, singularOf, waveletOf, weighted } from './transforms.ts';

// What the transforms by their definitions must fulfil whatever the rows are.

const { normal } = draws(7);
const rows = (n: number): number[] => Array.from({ length: n }, () => 100 + normal());
const sum = (x: readonly number[]): number => x.reduce((total, value) => total + value, 0);

test.each([16, 64, 256])('the powers of %d rows have their energy (Parseval)', n => {
  const x = rows(n);
  const y = weighted(x);
  const powers = powersOf(x);
  // each frequency twice but for the highest, and the sum of the rows
  const all = 2 * sum(powers) - powers.at(-1)! + sum(y) ** 2;
  expect(all / n).toBeCloseTo(energy(y), 9);
});

describe('the filter of Daubechies', () => {
  test('is orthonormal to its own shifts by two', () => {
    for (const shift of [0, 2, 4, 6]) {
      const product = sum(scaling.slice(shift).map((value, j) => value * scaling[j]!));
      expect(product).toBeCloseTo(shift === 0 ? 1 : 0, 14);
    }
    expect(sum(scaling)).toBeCloseTo(Math.SQRT2, 14);
  });

  test('has no details of a cubic', () => {
    for (const power of [0, 1, 2, 3]) {
      const moment = sum(scaling.map((_, j) => (-1) ** j * scaling[7 - j]! * j ** power));
      expect(moment).toBeCloseTo(0, 11);
    }
  });

  test('keeps the energy and gives the rows back', () => {
    const x = rows(64);
    const { details, averages } = waveletOf(x, 3);
    expect(sum([...details, averages].map(energy))).toBeCloseTo(energy(centred(x)), 10);
    const back = details.toReversed().reduce((coarse, fine) => {
      const m = 2 * coarse.length;
      const series = new Array<number>(m).fill(0);
      coarse.forEach((average, k) => {
        for (let j = 0; j < 8; j++) {
          const sign = j % 2 === 0 ? 1 : -1;
          series[(2 * k + j - 3 + m) % m]! += scaling[j]! * average + sign * scaling[7 - j]! * fine[k]!;
        }
      });
      return series;
    }, averages);
    centred(x).forEach((value, i) => {
      expect(back[i]).toBeCloseTo(value, 12);
    });
  });
});

test('rotations find eigenvectors, orthogonal and with all of the trace', () => {
  const size = 9;
  const half = Array.from({ length: size }, () => rows(size));
  const matrix = half.map((row, i) => row.map((value, j) => value + half[j]![i]!));
  const pairs = rotations(matrix);
  expect(sum(pairs.map(({ value }) => value))).toBeCloseTo(sum(matrix.map((row, i) => row[i]!)), 8);
  for (const { value, vector } of pairs) {
    matrix.forEach((row, i) => {
      expect(sum(row.map((a, j) => a * vector[j]!))).toBeCloseTo(value * vector[i]!, 8);
    });
    for (const other of pairs) {
      const product = sum(vector.map((a, i) => a * other.vector[i]!));
      expect(product).toBeCloseTo(other.vector === vector ? 1 : 0, 12);
    }
  }
});

test('a wave is the first two components', () => {
  const wave = Array.from({ length: 60 }, (_, i) => Math.sin(i / 2));
  const { values, total } = singularOf(wave, 20);
  expect((values[0]! + values[1]!) / total).toBeGreaterThan(0.98);
});
