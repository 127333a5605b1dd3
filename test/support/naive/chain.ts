// A hidden Markov chain of three states with two independent normal coordinates: k-means, then EM by scaled forward and
// backward recursions, as the definition has it. Numbers in, numbers out: how far rounding moves them is asked of whole runs.

export type Observation = readonly [x: number, y: number];

export type Chain = {
  readonly start: readonly number[];
  /** From row to column. */
  readonly moves: readonly (readonly number[])[];
  readonly means: readonly Observation[];
  readonly variances: readonly Observation[];
};

export type FittedChain = Chain & {
  /** Filtered probabilities of the last observation. */
  readonly last: readonly number[];
  readonly steps: number;
  readonly likelihood: number;
};

const states = [0, 1, 2] as const;
const least = 1_000;
const floor = 1e-6;
const mostSteps = 100;
const mostRounds = 50;
const enough = 1e-4;

const total = (n: number, cell: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += cell(i);
  return sum;
};

/** The cluster of each observation. */
function clusters(given: readonly Observation[]): number[] {
  const n = given.length;
  const scaled = ([0, 1] as const).map(k => {
    const mean = total(n, i => given[i]![k]) / n;
    const sd = Math.sqrt(total(n, i => (given[i]![k] - mean) ** 2) / n);
    return given.map(o => (o[k] - mean) / sd);
  });
  const points = given.map((_, i): Observation => [scaled[0]![i]!, scaled[1]![i]!]);
  // sort() keeps the order of equals, which is that of time
  const sorted = points.toSorted((a, b) => a[0] - b[0]);
  let centres = states.map(k => sorted[Math.floor(((2 * k + 1) * n) / 6)]!);
  let assigned: number[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const next = points.map(([x, y]) => {
      const far = centres.map(([cx, cy]) => (x - cx) ** 2 + (y - cy) ** 2);
      return far.indexOf(Math.min(...far));
    });
    if (next.every((cluster, i) => cluster === assigned[i])) break;
    assigned = next;
    centres = states.map((k): Observation => {
      const own = points.filter((_, i) => assigned[i] === k);
      if (own.length === 0) return centres[k]!;
      return [
        total(own.length, i => own[i]![0]) / own.length,
        total(own.length, i => own[i]![1]) / own.length,
      ];
    });
  }
  return assigned;
}

/** Where EM begins; undefined where a cluster has nobody, of which the definition says nothing. */
function begin(given: readonly Observation[]): Chain | undefined {
  const assigned = clusters(given);
  const own = states.map(k => given.filter((_, i) => assigned[i] === k));
  if (own.some(members => members.length === 0)) return undefined;
  const counts = states.map(() => states.map(() => 1));
  for (let i = 1; i < given.length; i++) counts[assigned[i - 1]!]![assigned[i]!]!++;
  const means = own.map(
    (members): Observation => [
      total(members.length, i => members[i]![0]) / members.length,
      total(members.length, i => members[i]![1]) / members.length,
    ],
  );
  const spread = (k: number, c: 0 | 1): number => {
    const members = own[k]!;
    return Math.max(floor, total(members.length, i => (members[i]![c] - means[k]![c]) ** 2) / members.length);
  };
  return {
    start: own.map(members => members.length / given.length),
    moves: counts.map(row => row.map(count => count / row.reduce((a, b) => a + b, 0))),
    means,
    variances: states.map((k): Observation => [spread(k, 0), spread(k, 1)]),
  };
}

/** Logarithm of the density of an observation in a state. */
const logDensity = ({ means, variances }: Chain, [x, y]: Observation, k: number): number => {
  const [m, v] = [means[k]!, variances[k]!];
  return (
    -Math.log(2 * Math.PI) -
    (Math.log(v[0]) + Math.log(v[1])) / 2 -
    (x - m[0]) ** 2 / (2 * v[0]) -
    (y - m[1]) ** 2 / (2 * v[1])
  );
};

/** Probabilities of the states after an observation, given those before it, and the logarithm of what it adds to L. */
function weigh(chain: Chain, o: Observation, before: readonly number[]): { after: number[]; gain: number } {
  const logs = states.map(k => logDensity(chain, o, k));
  const most = Math.max(...logs);
  const joint = states.map(k => before[k]! * Math.exp(logs[k]! - most));
  const sum = joint[0]! + joint[1]! + joint[2]!;
  return { after: joint.map(p => p / sum), gain: Math.log(sum) + most };
}

const ahead = ({ moves }: Chain, p: readonly number[]): number[] =>
  states.map(k => p[0]! * moves[0]![k]! + p[1]! * moves[1]![k]! + p[2]! * moves[2]![k]!);

/** The filter's next step: where the chain may have gone, and what the observation says of it. */
export const filtered = (chain: Chain, before: readonly number[], o: Observation): number[] =>
  weigh(chain, o, ahead(chain, before)).after;

/** Filtered probabilities of all observations, and the logarithm of their likelihood. */
export function forward(
  chain: Chain,
  given: readonly Observation[],
): { readonly rows: number[][]; readonly likelihood: number } {
  const rows: number[][] = [];
  let likelihood = 0;
  for (const o of given) {
    const before = rows.length === 0 ? chain.start : ahead(chain, rows.at(-1)!);
    const { after, gain } = weigh(chain, o, before);
    rows.push(after);
    likelihood += gain;
  }
  return { rows, likelihood };
}

/** One M-step from the filtered probabilities. */
function improved(chain: Chain, given: readonly Observation[], rows: readonly (readonly number[])[]): Chain {
  const n = given.length;
  const smooth: (readonly number[])[] = new Array(n);
  smooth[n - 1] = rows[n - 1]!;
  const crossings = states.map(() => states.map(() => 0));
  for (let i = n - 2; i >= 0; i--) {
    // P(j at i + 1 | all) times P(k at i | j at i + 1, rows up to i)
    const predicted = ahead(chain, rows[i]!);
    const joint = states.map(k =>
      states.map(j => {
        const share = (rows[i]![k]! * chain.moves[k]![j]!) / predicted[j]!;
        return predicted[j] === 0 ? 0 : smooth[i + 1]![j]! * share;
      }),
    );
    for (const k of states) for (const j of states) crossings[k]![j]! += joint[k]![j]!;
    smooth[i] = joint.map(row => row[0]! + row[1]! + row[2]!);
  }
  const weights = states.map(k => total(n, i => smooth[i]![k]!));
  const means = states.map(
    (k): Observation => [
      total(n, i => smooth[i]![k]! * given[i]![0]) / weights[k]!,
      total(n, i => smooth[i]![k]! * given[i]![1]) / weights[k]!,
    ],
  );
  const spread = (k: number, c: 0 | 1): number =>
    Math.max(floor, total(n, i => smooth[i]![k]! * (given[i]![c] - means[k]![c]) ** 2) / weights[k]!);
  return {
    start: smooth[0]!,
    moves: crossings.map(row => row.map(count => count / (row[0]! + row[1]! + row[2]!))),
    means,
    variances: states.map((k): Observation => [spread(k, 0), spread(k, 1)]),
  };
}

/** The chain that EM ends with; undefined below a thousand observations and where it does not converge. */
export function fitChain(given: readonly Observation[]): FittedChain | undefined {
  if (given.length < least) return undefined;
  let chain = begin(given);
  let before = Number.NaN;
  for (let step = 0; chain && step <= mostSteps; step++) {
    const { rows, likelihood } = forward(chain, given);
    if (!Number.isFinite(likelihood)) return undefined;
    if (step > 0 && (likelihood - before) / given.length < enough) {
      return { ...chain, last: rows.at(-1)!, steps: step, likelihood };
    }
    before = likelihood;
    chain = improved(chain, given, rows);
  }
  return undefined;
}

/** The states in the order calm, trend, shock. */
export function labels({ means }: Chain): readonly [calm: number, trend: number, shock: number] {
  const shock = states.reduce<number>((best, k) => (means[k]![0] > means[best]![0] ? k : best), 0);
  const [a, b] = states.filter(k => k !== shock) as [number, number];
  return means[b]![1] > means[a]![1] ? [a, b, shock] : [b, a, shock];
}
