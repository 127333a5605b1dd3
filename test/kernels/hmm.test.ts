import { beforeAll, describe, expect, it } from 'vitest';
import { kernelByName } from '../../host/catalog/kernels.ts';
import { type Filtered, fitOf, type Model, move } from '../support/hiddenMarkov.ts';
import { Kernels, type KernelUse } from '../support/kernel.ts';
import { type KernelCase, keepsTheContract, type Twin } from '../support/kernelContract.ts';
import { seeded } from '../support/kernelShapes.ts';

const hour = 3_600_000_000;
const monthRows = 130;
const least = 40;
const cap = 7;

/** A number with mean 0 and variance 1 from twelve uniform ones: bounded, and near enough to a normal one. */
const normal = (random: () => number): number =>
  Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6);

const truth = {
  transition: [
    [0.9, 0.07, 0.03],
    [0.1, 0.85, 0.05],
    [0.1, 0.1, 0.8],
  ],
  mean: [
    [-2, 0.5],
    [-1.5, 3],
    [1, 1],
  ],
  sd: [
    [0.4, 0.3],
    [0.5, 0.8],
    [0.6, 0.5],
  ],
};

/** Observations of a chain of three states. */
function chain(rows: number, seed: number): [Float64Array, Float64Array] {
  const random = seeded(seed);
  let state = 0;
  const points = Array.from({ length: rows }, () => {
    const draw = random();
    const [stay, second] = truth.transition[state]!;
    state = draw < stay! ? 0 : draw < stay! + second! ? 1 : 2;
    return [0, 1].map(c => truth.mean[state]![c]! + truth.sd[state]![c]! * normal(random));
  });
  return [0, 1].map(c => Float64Array.from(points, p => p[c]!)) as [Float64Array, Float64Array];
}

/** About four months, a row every six hours with some left out; a month too short to be fitted, and one too long. */
function times(rows: number, late = 0): Float64Array {
  const random = seeded(3);
  let now = Date.parse('2024-01-20T03:00:00Z') * 1000;
  return Float64Array.from({ length: rows }, (_, t) => {
    const month = new Date(now / 1000).getUTCMonth();
    now +=
      (month === 2 ? 1 + Math.floor(random() * 60) : month === 4 ? 4 : 6 + (random() < 0.1 ? 30 : 0)) * hour;
    return t < late ? NaN : now;
  });
}

/** What the kernel is asked for, and its value by model and filter. */
const wants: [entry: number[], value: (model: Model, row: Filtered) => number, filtered: boolean][] = [
  ...[0, 1, 2].map((k): (typeof wants)[number] => [[0, k, 0], (_, { p }) => p[k]!, true]),
  [[1, cap, 0], (_, { duration }) => Math.min(cap, duration), true],
  [
    [2, 0, 0],
    ({ transition }, { p }) => p.reduce((sum, x, k) => sum + x * (1 - transition[k]![k]!), 0),
    true,
  ],
  [[3, 0, 0], ({ transition }, { state }) => transition[state]![state]!, true],
  ...[0, 1, 2].flatMap((k): typeof wants => [
    [[4, k, 0], ({ start }) => start[k]!, false],
    ...[0, 1, 2].map((j): (typeof wants)[number] => [
      [5, k, j],
      ({ transition }) => transition[k]![j]!,
      false,
    ]),
    ...[0, 1].flatMap((c): typeof wants => [
      [[6, k, c], ({ mean }) => mean[k]![c]!, false],
      [[7, k, c], ({ variance }) => variance[k]![c]!, false],
    ]),
  ]),
  [[8, 0, 0], ({ logLikelihood }) => logLikelihood, false],
  [[8, 1, 0], ({ iterations }) => iterations, false],
  [[8, 2, 0], ({ converged }) => Number(converged), false],
  [[8, 3, 0], ({ observations }) => observations, false],
];

const monthOf = (time: number, back = 0): number => {
  const date = new Date(time / 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back) * 1000;
};

type Row = { readonly model: Model; readonly row: Filtered | undefined };

const none = [NaN, NaN, NaN];
const noModel = (observations: number): Model => ({
  start: none,
  transition: [none, none, none],
  mean: [none, none, none],
  variance: [none, none, none],
  logLikelihood: NaN,
  iterations: 0,
  converged: false,
  observations,
  last: none,
  likelihoods: [],
});

/** Model and filter of every row by the rows since the month before began; undefined where these are too many. */
function rowsOf(time: Float64Array, x: Float64Array, y: Float64Array): (Row | undefined)[] {
  const fits = new Map<number, Model>();
  let before: Filtered | undefined;
  const seen = (t: number) => Number.isFinite(x[t]!) && Number.isFinite(y[t]!);
  return Array.from(time, (now, t) => {
    if (Number.isNaN(now)) return undefined;
    const [month, previous] = [monthOf(now), monthOf(now, 1)];
    const rows = Array.from(time.keys()).filter(i => time[i]! >= previous && time[i]! < month);
    const since = Array.from(time.keys()).filter(i => time[i]! >= month && i < t).length;
    if (!fits.has(month)) {
      const points = rows.filter(seen).map(i => [x[i]!, y[i]!] as const);
      fits.set(month, points.length < least ? noModel(points.length) : fitOf(points));
      before = undefined;
    }
    const model = fits.get(month)!;
    if (rows.length > monthRows || since >= monthRows) return undefined;
    if (!seen(t)) return { model, row: undefined };
    before = move(model, before, [x[t]!, y[t]!]);
    return { model, row: before };
  });
}

const rows = 760;
const [x, y] = chain(rows, 11);
const holes = (values: Float64Array, seed: number): Float64Array => {
  const random = seeded(seed);
  return values.map(value => (random() < 0.06 ? NaN : random() < 0.01 ? Infinity : value));
};
const series: Record<string, [Float64Array, Float64Array]> = {
  chain: [x, y],
  holes: [holes(x, 5), holes(y, 6)],
  steps: [x.map(value => Math.round(4 * value) / 4), y.map(value => Math.round(value))],
  far: [x.map((value, t) => (t % 97 === 50 ? value + 1e6 : value)), y],
};

const use: Omit<KernelUse, 'span'> & { span: number } = {
  name: 'hmm',
  params: [2 * monthRows, least],
  table: Float64Array.from(wants.flatMap(([entry]) => entry)),
  span: 2 * monthRows,
  scratchBytes: kernelByName.get('hmm')!.scratchBytes!([2 * monthRows, least]),
};

const cases: KernelCase[] = Object.entries(series).flatMap(([label, [a, b]]) =>
  (label === 'chain' ? [0, 70] : [0]).map((late): KernelCase => {
    const time = times(rows, late);
    const expected = rowsOf(time, a, b);
    return {
      ...use,
      label: late > 0 ? `${label}, late` : label,
      planes: [time, a, b],
      twins: wants.map(
        ([, value, filtered]): Twin => ({
          naive: t => {
            const found = expected[t];
            if (!found || (filtered && !(found.row && found.model.converged))) return NaN;
            return value(found.model, found.row!);
          },
          tolerance: 1e-8,
          magnitude: t => Math.abs(value(expected[t]!.model, expected[t]!.row!)) + 1e-3,
        }),
      ),
    };
  }),
);

keepsTheContract('hmm', cases);

describe('a hidden Markov model', () => {
  let call: Record<string, (...args: number[]) => number>;
  let kernels: Kernels;
  const offset = { start: 0, transition: 24, mean: 96, variance: 144, likelihood: 216, bytes: 248 };
  beforeAll(async () => {
    kernels = await Kernels.open('core/hiddenMarkov');
    call = kernels.arena.exports as unknown as typeof call;
  });

  /** Puts `n` rows into the module's memory. */
  function place([a, b]: readonly Float64Array[]): [model: number, points: number, n: number, work: number] {
    const n = a!.length;
    const points = kernels.arena.allocate(16 * (n + 1));
    const work = kernels.arena.allocate(call.fitBytes!(n));
    const model = kernels.arena.allocate(offset.bytes);
    kernels.arena.f64(points, 2 * n).set(Array.from(a!).flatMap((value, t) => [value, b![t]!]));
    return [model, points, n, work];
  }

  it('has the parameters of the chain that it is fitted to', () => {
    const placed = place(chain(31_000, 7));
    call.fit!(...placed);
    const model = kernels.arena.f64(placed[0], offset.bytes / 8);
    const at = (from: number, count: number) => Array.from(model.subarray(from / 8, from / 8 + count));
    // begun from clusters by the first coordinate, states come in the order of its mean
    at(offset.mean, 6).forEach((value, i) => {
      expect(Math.abs(value - truth.mean.flat()[i]!)).toBeLessThan(0.03);
    });
    at(offset.variance, 6).forEach((value, i) => {
      expect(Math.abs(value / truth.sd.flat()[i]! ** 2 - 1)).toBeLessThan(0.06);
    });
    at(offset.transition, 9).forEach((value, i) => {
      expect(Math.abs(value - truth.transition.flat()[i]!)).toBeLessThan(0.02);
    });
  });

  it('is never less likely after a step', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const [a, b] = chain(1_500, seed);
      const placed = place([a, seed === 3 ? b.map(() => 1) : b]);
      call.begin!(...placed);
      for (let step = 0, before = -Infinity; step < 40; step++) {
        const likelihood = call.forward!(...placed);
        expect(likelihood).toBeGreaterThanOrEqual(before - 1e-12 * Math.abs(before));
        before = likelihood;
        call.improve!(...placed);
      }
    }
  });
});
