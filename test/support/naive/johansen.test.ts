import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { noRealBars, realFolder } from '../realBars.ts';
import { johansen, leadingWeights } from './johansen.ts';
import { eigenOf, times, transposed } from './symmetric.ts';

describe('eigenvectors of a symmetric matrix', () => {
  test('of two numbers beside one another are their sum and difference', () => {
    const { values, vectors } = eigenOf([
      [2, 1],
      [1, 2],
    ]);
    expect(values[0]).toBeCloseTo(3, 15);
    expect(values[1]).toBeCloseTo(1, 15);
    expect(Math.abs(vectors[0]![0]! - vectors[0]![1]!)).toBeLessThan(1e-15);
    expect(Math.abs(vectors[1]![0]! + vectors[1]![1]!)).toBeLessThan(1e-15);
  });

  test('put it together again', () => {
    // Hilbert's matrix, which is nearly singular.
    const hilbert = Array.from({ length: 6 }, (_, i) =>
      Array.from({ length: 6 }, (__, j) => 1 / (i + j + 1)),
    );
    const { values, vectors } = eigenOf(hilbert);
    const scaled = vectors.map((vector, k) => vector.map(x => x * values[k]!));
    times(transposed(scaled), vectors).forEach((row, i) => {
      row.forEach((x, j) => {
        expect(x).toBeCloseTo(hilbert[i]![j]!, 14);
      });
    });
    expect(values.at(-1)! / 1.082799484565e-7).toBeCloseTo(1, 7);
  });
});

/** Three series of which one combination returns to its mean, the same wherever integers are. */
const madeUp = (): Float64Array[] => {
  let state = 12_345n;
  const draw = () => {
    state = (state * 1_103_515_245n + 12_345n) % 2n ** 31n;
    return Number(state) / 2 ** 31 - 0.5;
  };
  let [a, b, c] = [0, 0, 0];
  const rows = Array.from({ length: 300 }, () => {
    a += draw();
    b += draw();
    c = 0.8 * c + draw();
    return [a, 2 * a - b + c, b + draw()];
  });
  return transposed(rows).map(column => Float64Array.from(column));
};

describe('Johansen', () => {
  test('is that of statsmodels 0.13.5: coint_johansen(x, 0, 1)', () => {
    const fit = johansen(madeUp())!;
    const expected = [0.13757773, 0.0210877, 0.00270765];
    fit.values.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 8);
    });
    const weights = [0.4942170347720593, -0.2463049414217259, -0.25947802380621476];
    leadingWeights(fit).forEach((weight, i) => {
      expect(weight).toBeCloseTo(weights[i]!, 12);
    });
    const trace = fit.values.reduce((sum, value) => sum - 298 * Math.log(1 - value), 0);
    expect(trace).toBeCloseTo(51.26636871, 8);
  });

  const file = new URL('econ/finland.csv', realFolder);

  test.skipIf(!existsSync(file))(
    existsSync(file) ? 'is that of urca for the money demand of Finland' : noRealBars,
    () => {
      const rows = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map(line => line.split(',').map(Number));
      // ca.jo(finland, K = 2, season = 4), whose dummies are centred.
      const seasons = [0, 1, 2].map(quarter =>
        Float64Array.from(rows, (_, t) => (t % 4 === quarter ? 0.75 : -0.25)),
      );
      const fit = johansen(
        transposed(rows).map(column => Float64Array.from(column)),
        seasons,
      )!;
      const values = [0.3093266046, 0.2259956071, 0.0730805626, 0.029466989];
      const vectors = [
        [1, -0.976325235, -7.091074949, -7.019109669],
        [1, -1.3231912, -2.01603314, 22.74085081],
        [1, -0.919986485, 0.269151631, -1.822393097],
        [1, 1.60873871, -1.37534242, -15.6869267],
      ];
      values.forEach((value, i) => {
        expect(fit.values[i]).toBeCloseTo(value, 10);
        vectors[i]!.forEach((x, k) => {
          expect(fit.vectors[i]![k]! / fit.vectors[i]![0]!).toBeCloseTo(x, 7);
        });
      });
    },
  );

  test('has nothing to say of series that stand still or are the same', () => {
    const [a, b, c] = madeUp();
    expect(johansen([a!, b!, new Float64Array(300).fill(1)])).toBeUndefined();
    const least = johansen([a!, b!, c!.map((_, i) => a![i]! + b![i]!)])?.least ?? 0;
    expect(least).toBeLessThan(1e-13);
  });

  test('weights add up to 1 in size and begin with one that is not negative', () => {
    const weights = leadingWeights({ values: [1], vectors: [[-2, 1, 1]], least: 1 });
    expect(weights).toEqual([0.5, -0.25, -0.25]);
  });
});
