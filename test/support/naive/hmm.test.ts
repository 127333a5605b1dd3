import { describe, expect, test } from 'vitest';
import { draws } from '../draws.ts';
import { type Chain, filtered, fitChain, forward, labels, type Observation } from './chain.ts';
import { changePoints } from './changePoints.ts';
import { cusum } from './cusum.ts';
import { barsWith, columnIn, contextOf, minute, monday, repeat } from './examples.ts';
import { lowerGamma } from './gamma.ts';
import { hmmRegime } from './hmmRegime.ts';
import { naiveContext } from './index.ts';
import { plain } from './series.ts';

const chain: Chain = {
  start: [0.5, 0.3, 0.2],
  moves: [
    [0.95, 0.04, 0.01],
    [0.1, 0.85, 0.05],
    [0.1, 0.1, 0.8],
  ],
  means: [
    [-9, 0.5],
    [-8.5, 2.5],
    [-7, 1],
  ],
  variances: [
    [0.04, 0.1],
    [0.05, 0.3],
    [0.2, 0.4],
  ],
};

/** A state drawn by its probabilities. */
const drawn = (p: readonly number[], u: number): number => (u < p[0]! ? 0 : u < p[0]! + p[1]! ? 1 : 2);

/** Observations of the chain. */
function observed(rows: number, seed: number): Observation[] {
  const { uniform, normal } = draws(seed);
  let state = drawn(chain.start, uniform());
  return repeat(rows, (): Observation => {
    const [mean, variance] = [chain.means[state]!, chain.variances[state]!];
    const o: Observation = [
      mean[0] + Math.sqrt(variance[0]) * normal(),
      mean[1] + Math.sqrt(variance[1]) * normal(),
    ];
    state = drawn(chain.moves[state]!, uniform());
    return o;
  });
}

const normalDensity = (x: number, mean: number, variance: number): number =>
  Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

describe('a hidden chain', () => {
  test('has the likelihood and the last states of all its paths together', () => {
    const given = observed(7, 1);
    const last = [0, 0, 0];
    for (let path = 0; path < 3 ** given.length; path++) {
      const states = repeat(given.length, i => Math.floor(path / 3 ** i) % 3);
      const p = states.reduce((product, k, i) => {
        const from = i === 0 ? chain.start[k]! : chain.moves[states[i - 1]!]![k]!;
        const [x, y] = given[i]!;
        const [mean, variance] = [chain.means[k]!, chain.variances[k]!];
        return (
          product * from * normalDensity(x, mean[0], variance[0]) * normalDensity(y, mean[1], variance[1])
        );
      }, 1);
      last[states.at(-1)!]! += p;
    }
    const whole = last[0]! + last[1]! + last[2]!;
    const { rows, likelihood } = forward(chain, given);
    expect(likelihood).toBeCloseTo(Math.log(whole), 11);
    rows.at(-1)!.forEach((p, k) => {
      expect(p).toBeCloseTo(last[k]! / whole, 12);
    });
    expect(filtered(chain, rows.at(-2)!, given.at(-1)!)).toEqual(rows.at(-1));
  });

  test('is found again in what is observed of it', () => {
    const fit = fitChain(observed(6_000, 2))!;
    const order = labels(fit);
    order.forEach((k, label) => {
      expect(fit.means[k]![0]).toBeCloseTo(chain.means[label]![0], 1);
      expect(fit.means[k]![1]).toBeCloseTo(chain.means[label]![1], 0);
      expect(Math.abs(fit.moves[k]![k]! - chain.moves[label]![label]!)).toBeLessThan(0.03);
    });
    expect(fit.likelihood).toBeGreaterThan(forward(chain, observed(6_000, 2)).likelihood - 60);
  });

  test('is not fitted to 999 rows', () => {
    expect(fitChain(observed(999, 3))).toBeUndefined();
    expect(fitChain(observed(1_000, 3))).toBeDefined();
  });
});

test('the share of a gamma variable below x is that of the closed forms', () => {
  for (const x of [0.1, 0.7, 1, 2.5, 9]) {
    expect(lowerGamma(2, x)).toBeCloseTo(1 - Math.exp(-x), 14);
    expect(lowerGamma(4, x)).toBeCloseTo(1 - (1 + x) * Math.exp(-x), 14);
  }
  // erf(1)
  expect(lowerGamma(1, 1)).toBeCloseTo(0.842700792949715, 14);
});

describe('run lengths', () => {
  const moves = repeat(900, i => Math.sin(i * i) / 100);
  const context = contextOf(barsWith({ close: moves.map(x => 100 * Math.exp(x)) }));
  const first = changePoints(context, 'rate')[240]!;

  test('are 0 with the hazard and 1 otherwise after the first number', () => {
    expect(first.length.value).toBe(1);
    expect(first.recent.value).toBeCloseTo(1, 14);
  });

  test('have the tails of their inverse gammas', () => {
    const context = contextOf(barsWith({ close: repeat(400, i => (i % 2 === 0 ? 100 : 101)) }));
    const z = Math.sqrt(239 / 240); // returns of two sizes: all one sd from their mean, which is 0
    const beta = 1 + (z * z) / 4;
    // Gamma(3/2): P(3/2, x) = erf(sqrt x) - 2 sqrt(x / pi) exp(-x)
    const share = lowerGamma(1, beta / 1.25) - 2 * Math.sqrt(beta / 1.25 / Math.PI) * Math.exp(-beta / 1.25);
    const expected = (1 - Math.exp(-0.8)) / 250 + (249 / 250) * share;
    expect(changePoints(context, 'rate')[240]!.above.value).toBeCloseTo(expected, 10);
  });

  test('begin anew at midnight', () => {
    const half = {
      ...context,
      time: context.time.map((_, row) => monday + row * minute + (row < 500 ? 0 : 86_400e6)),
    };
    expect(changePoints(half, 'rate')[500]!.length.value).toBe(1);
  });
});

describe('cumulated sums', () => {
  const z = plain(Float64Array.of(1, 2, 4, 1, Number.NaN, -3, -4, 0));
  const context = contextOf(barsWith({ close: repeat(8, () => 100) }));
  const { difference, alarm, since } = cusum(context, 'test', z);

  test('are reset after the row of an alarm', () => {
    expect(repeat(8, row => difference(row).value)).toEqual([0.5, 2, 5.5, 0.5, Number.NaN, -2.5, -6, 0]);
    expect(repeat(8, row => alarm(row).value)).toEqual([0, 0, 1, 0, Number.NaN, 0, 1, 0]);
    expect(repeat(8, row => since(row).value)).toEqual([10_080, 10_080, 0, 1, Number.NaN, 3, 0, 1]);
  });
});

test('both families have 15 references, and states as soon as there is a month before', () => {
  expect(Object.keys(hmmRegime('rate'))).toHaveLength(15);
  expect(Object.keys(hmmRegime('bqx'))).toHaveLength(15);
  const { normal } = draws(5);
  let price = 100;
  const rows = 2_700;
  const time = Float64Array.from({ length: rows }, (_, row) => monday + row * 20 * minute);
  const close = time.map(() => (price *= Math.exp(normal() / 1000)));
  const context = naiveContext({ time, columns: { close } }, { baseline: 100, pip: 0.01 });
  const calm = columnIn(context, 'hmm_regime_rate.hmm_state_prob_calm');
  const february = time.findIndex(at => at >= Date.UTC(2024, 1, 1) * 1000);
  expect(calm.findIndex(p => !Number.isNaN(p))).toBe(february);
  expect(columnIn(context, 'hmm_regime_rate.hmm_state_duration')[february]).toBe(0);
});
