// A hidden Markov model again, from its definition: rows in plain arrays, probabilities in matrices, nothing merged.

export type Model = {
  start: number[];
  transition: number[][];
  mean: number[][];
  variance: number[][];
  logLikelihood: number;
  iterations: number;
  converged: boolean;
  observations: number;
  /** Filtered probabilities of the last row. */
  last: number[];
  /** Of every expectation step. */
  likelihoods: number[];
};

type Point = readonly [number, number];
type Parameters = Pick<Model, 'start' | 'transition' | 'mean' | 'variance'>;

const states = [0, 1, 2];
const floor = 1e-6;
const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);
const over = (of: (k: number) => number): number => sum(states.map(of));

function clusters(points: readonly Point[]): { assigned: number[]; centres: number[][] } {
  const n = points.length;
  const scales = [0, 1].map(c => {
    const mean = sum(points.map(p => p[c]!)) / n;
    return { mean, sd: Math.sqrt(sum(points.map(p => (p[c]! - mean) ** 2)) / n) };
  });
  const scaled = points.map(p => scales.map(({ mean, sd }, c) => (sd > 0 ? (p[c]! - mean) / sd : 0)));
  const sorted = points.map((_, i) => i).sort((a, b) => points[a]![0] - points[b]![0] || a - b);
  const centres = states.map(k => [...scaled[sorted[Math.floor(((2 * k + 1) * n) / 6)]!]!]);
  let assigned: number[] = [];
  for (let round = 0; round < 50; round++) {
    const next = scaled.map(point => {
      const distances = centres.map(centre => sum(centre.map((x, c) => (point[c]! - x) ** 2)));
      return distances.indexOf(Math.min(...distances));
    });
    const same = next.every((k, i) => k === assigned[i]);
    assigned = next;
    if (same) break;
    for (const k of states) {
      const own = scaled.filter((_, i) => assigned[i] === k);
      if (own.length > 0) centres[k] = [0, 1].map(c => sum(own.map(p => p[c]!)) / own.length);
    }
  }
  return {
    assigned,
    centres: centres.map(centre => centre.map((x, c) => scales[c]!.mean + x * scales[c]!.sd)),
  };
}

function begin(points: readonly Point[]): Parameters {
  const { assigned, centres } = clusters(points);
  const own = states.map(k => points.filter((_, i) => assigned[i] === k));
  const mean = own.map((some, k) =>
    [0, 1].map(c => (some.length > 0 ? sum(some.map(p => p[c]!)) / some.length : centres[k]![c]!)),
  );
  const counts = states.map(i =>
    states.map(j => 1 + assigned.filter((k, t) => t > 0 && assigned[t - 1] === i && k === j).length),
  );
  return {
    start: own.map(some => some.length / points.length),
    transition: counts.map(row => row.map(x => x / sum(row))),
    mean,
    variance: own.map((some, k) =>
      [0, 1].map(c =>
        some.length > 0
          ? Math.max(floor, sum(some.map(p => (p[c]! - mean[k]![c]!) ** 2)) / some.length)
          : floor,
      ),
    ),
  };
}

const logDensity = ({ mean, variance }: Parameters, k: number, point: Point): number =>
  sum(
    [0, 1].map(
      c =>
        -0.5 *
        (Math.log(2 * Math.PI * variance[k]![c]!) + (point[c]! - mean[k]![c]!) ** 2 / variance[k]![c]!),
    ),
  );

/** Filtered probabilities of a row, what was predicted given, and the logarithm of its likelihood. */
function filter(model: Parameters, predicted: readonly number[], point: Point) {
  const logs = states.map(k => logDensity(model, k, point));
  const most = Math.max(...logs);
  const densities = logs.map(x => Math.exp(x - most));
  const joint = states.map(k => predicted[k]! * densities[k]!);
  const total = sum(joint);
  return { densities, total, log: most + Math.log(total), p: joint.map(x => x / total) };
}

const predict = ({ transition }: Parameters, p: readonly number[]): number[] =>
  states.map(j => over(i => p[i]! * transition[i]![j]!));

function expect(model: Parameters, points: readonly Point[]) {
  const rows: ReturnType<typeof filter>[] = [];
  for (const point of points) {
    const before = rows.at(-1);
    rows.push(filter(model, before ? predict(model, before.p) : model.start, point));
  }
  return { rows, likelihood: sum(rows.map(({ log }) => log)) };
}

function maximise(
  model: Parameters,
  points: readonly Point[],
  rows: ReturnType<typeof filter>[],
): Parameters {
  const n = points.length;
  const backward: number[][] = [];
  backward[n - 1] = [1, 1, 1];
  for (let t = n - 2; t >= 0; t--) {
    const { densities, total } = rows[t + 1]!;
    backward[t] = states.map(
      i => over(j => model.transition[i]![j]! * densities[j]! * backward[t + 1]![j]!) / total,
    );
  }
  const gamma = rows.map(({ p }, t) => states.map(i => p[i]! * backward[t]![i]!));
  const pairs = states.map(i =>
    states.map(j =>
      sum(
        rows.slice(1).map(({ densities, total }, t) => {
          const to = (model.transition[i]![j]! * densities[j]! * backward[t + 1]![j]!) / total;
          return rows[t]!.p[i]! * to;
        }),
      ),
    ),
  );
  const weights = states.map(i => sum(gamma.map(g => g[i]!)));
  const mean = states.map(i =>
    [0, 1].map(c => sum(points.map((p, t) => gamma[t]![i]! * p[c]!)) / weights[i]!),
  );
  return {
    start: gamma[0]!,
    transition: pairs.map(row => row.map(x => x / sum(row))),
    mean,
    variance: states.map(i =>
      [0, 1].map(c =>
        Math.max(floor, sum(points.map((p, t) => gamma[t]![i]! * (p[c]! - mean[i]![c]!) ** 2)) / weights[i]!),
      ),
    ),
  };
}

/** States in the order calm, trend, shock. */
function ordered(model: Model): Model {
  const { mean } = model;
  const shock = states.reduce((most, k) => (mean[k]![0]! > mean[most]![0]! ? k : most));
  const others = states.filter(k => k !== shock).sort((a, b) => mean[a]![1]! - mean[b]![1]!);
  const order = [...others, shock];
  const pick = <T>(values: readonly T[]): T[] => order.map(k => values[k]!);
  return {
    ...model,
    start: pick(model.start),
    transition: pick(model.transition).map(pick),
    mean: pick(mean),
    variance: pick(model.variance),
    last: pick(model.last),
  };
}

export function fitOf(points: readonly Point[]): Model {
  let model = begin(points);
  const likelihoods: number[] = [];
  for (let iterations = 0; ; iterations++) {
    const { rows, likelihood } = expect(model, points);
    const before = likelihoods.at(-1);
    likelihoods.push(likelihood);
    const converged = before !== undefined && (likelihood - before) / points.length < 1e-4;
    if (converged || iterations === 100)
      return ordered({
        ...model,
        iterations,
        converged,
        likelihoods,
        logLikelihood: likelihood,
        observations: points.length,
        last: rows.at(-1)!.p,
      });
    model = maximise(model, points, rows);
  }
}

export type Filtered = { readonly p: readonly number[]; readonly state: number; readonly duration: number };

/** The row behind one, given its observation. */
export function move(model: Model, before: Filtered | undefined, point: Point): Filtered {
  const { p } = filter(model, predict(model, before?.p ?? model.last), point);
  const state = p.indexOf(Math.max(...p));
  return { p, state, duration: before?.state === state ? before.duration + 1 : 0 };
}
