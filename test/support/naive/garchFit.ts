// GARCH(1,1) with mean 0 and the variance of the rows: the quasi-likelihood at its largest by Newton's method from many
// places, over the triangle alpha >= 0, beta >= 0, alpha + beta <= 0.9999.

const most = 0.9999;

export type Fit = {
  readonly alpha: number;
  readonly beta: number;
  /** How far another optimiser that has converged may be. */
  readonly slack: number;
  /** Beta has no say, because alpha is 0 and h stays what it begins with. */
  readonly flat: boolean;
  /** Another top is all but as high: which of them an optimiser finds is open. */
  readonly open: boolean;
};

/** Of one row, so that it does not grow with their number: the logarithm of the likelihood, its slope and its bend. */
type Shape = {
  readonly value: number;
  readonly slope: readonly [number, number];
  /** Second derivatives by alpha, by both, by beta. */
  readonly bend: readonly [number, number, number];
};

/** Squares have the mean 1: then omega is 1 - alpha - beta, and h begins with 1. */
const shapeAt = (squares: Float64Array, alpha: number, beta: number): Shape => {
  const omega = 1 - alpha - beta;
  let [h, ha, hb, haa, hab, hbb] = [1, 0, 0, 0, 0, 0];
  let [value, a, b, aa, ab, bb] = [0, 0, 0, 0, 0, 0];
  for (const y of squares) {
    const q = y / h;
    value -= Math.log(h) + q;
    // d/dh of -(ln h + y / h), and once more
    const first = (q - 1) / h;
    const second = (1 - 2 * q) / (h * h);
    a += first * ha;
    b += first * hb;
    aa += second * ha * ha + first * haa;
    ab += second * ha * hb + first * hab;
    bb += second * hb * hb + first * hbb;
    // the next row, derivatives before what they are of
    haa = beta * haa;
    hab = ha + beta * hab;
    hbb = 2 * hb + beta * hbb;
    [ha, hb] = [y - 1 + beta * ha, h - 1 + beta * hb];
    h = omega + alpha * y + beta * h;
  }
  const n = 2 * squares.length;
  return { value: value / n, slope: [a / n, b / n], bend: [aa / n, ab / n, bb / n] };
};

type Point = readonly [number, number];

/** Directions that lead along the edges that a point is on and its slope presses it against, or both of the plane. */
const freeOf = ([alpha, beta]: Point, [a, b]: readonly [number, number]): readonly Point[] => {
  const pressed: Point[] = [];
  if (alpha <= 0 && a <= 0) pressed.push([0, 1]);
  if (beta <= 0 && b <= 0) pressed.push([1, 0]);
  if (alpha + beta >= most && a + b >= 0) pressed.push([1, -1]);
  return pressed.length === 0
    ? [
        [1, 0],
        [0, 1],
      ]
    : pressed.length === 1
      ? pressed
      : [];
};

/** Newton's step where the likelihood bends down, else one along the slope. */
const stepOf = ({ slope, bend }: Shape, free: readonly Point[]): Point => {
  if (free.length === 0) return [0, 0];
  const [aa, ab, bb] = bend;
  if (free.length === 1) {
    const [u, v] = free[0]!;
    const rise = slope[0] * u + slope[1] * v;
    const curve = aa * u * u + 2 * ab * u * v + bb * v * v;
    const length = curve < 0 ? -rise / curve : 0.1 * Math.sign(rise);
    return [u * length, v * length];
  }
  const determinant = aa * bb - ab * ab;
  if (aa < 0 && determinant > 0)
    return [(ab * slope[1] - bb * slope[0]) / determinant, (ab * slope[0] - aa * slope[1]) / determinant];
  const size = Math.hypot(...slope);
  return [(0.1 * slope[0]) / size, (0.1 * slope[1]) / size];
};

/** How much of a step stays in the triangle. */
const roomOf = ([alpha, beta]: Point, [da, db]: Point): number => {
  const until = (from: number, by: number): number => (by < 0 ? -from / by : Number.POSITIVE_INFINITY);
  return Math.min(1, until(alpha, da), until(beta, db), until(most - alpha - beta, -da - db));
};

const inside = (x: number): number => (Math.abs(x) < 1e-15 ? 0 : x);

/** Uphill from a point until no step is left. */
const climb = (squares: Float64Array, from: Point): { at: Point; shape: Shape } => {
  let at = from;
  let shape = shapeAt(squares, ...at);
  for (let round = 0; round < 200; round++) {
    const free = freeOf(at, shape.slope);
    if (free.length === 0) break;
    const step = stepOf(shape, free);
    let length = roomOf(at, step);
    if (!(Math.hypot(...step) * length > 1e-13)) break;
    let next = at;
    let found = shape;
    for (let half = 0; half < 50; half++, length /= 2) {
      const alpha = Math.max(0, inside(at[0] + length * step[0]));
      const beta = Math.max(0, inside(at[1] + length * step[1]));
      const over = Math.max(0, alpha + beta - most);
      next = [alpha, Math.max(0, beta - over)];
      found = shapeAt(squares, ...next);
      if (found.value >= shape.value) break;
    }
    if (!(found.value >= shape.value)) break;
    const still = Math.hypot(next[0] - at[0], next[1] - at[1]) < 1e-13;
    [at, shape] = [next, found];
    if (still) break;
  }
  return polish(squares, at);
};

/** The last digits by Newton alone: a likelihood says no more of them, for it is flat where it is largest. */
const polish = (squares: Float64Array, from: Point): { at: Point; shape: Shape } => {
  let at = from;
  let shape = shapeAt(squares, ...at);
  for (let round = 0; round < 8; round++) {
    const step = stepOf(shape, freeOf(at, shape.slope));
    const size = Math.hypot(...step);
    if (!(size < 1e-4) || size === 0 || roomOf(at, step) < 1) break;
    at = [at[0] + step[0], at[1] + step[1]];
    shape = shapeAt(squares, ...at);
  }
  return { at, shape };
};

const starts = [0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.95].flatMap(alpha =>
  [0, 0.3, 0.6, 0.85, 0.95, 0.99, most].flatMap((sum): Point[] =>
    sum >= alpha ? [[alpha, sum - alpha]] : [],
  ),
);

/**
 * How far from the top the slope of a row may have been taken for 0, and what that is in alpha and beta: two optimisers that
 * stop there agree to as much. Where alpha is 0 beta has no say, for h begins with the mean.
 */
const slackOf = ({ slope, bend }: Shape, at: Point): number => {
  const noise = 4e-10;
  const free = freeOf(at, slope);
  if (free.length === 0) return 0;
  if (free.length === 1) {
    const [u, v] = free[0]!;
    return noise / Math.abs(bend[0] * u * u + 2 * bend[1] * u * v + bend[2] * v * v);
  }
  const determinant = bend[0] * bend[2] - bend[1] * bend[1];
  return (noise * (Math.abs(bend[0]) + Math.abs(bend[1]) + Math.abs(bend[2]))) / Math.abs(determinant);
};

/** The fit of rows whose squares are given, in any unit. */
export const garchFit = (given: readonly number[]): Fit => {
  const mean = given.reduce((sum, y) => sum + y, 0) / given.length;
  const squares = Float64Array.from(given, y => y / mean);
  // the best few of the starts: the others lead to the same tops
  const ranked = starts
    .map(start => ({ start, value: shapeAt(squares, ...start).value }))
    .sort((a, b) => b.value - a.value)
    // the last one is that of a variance that stays the same
    .filter(({ start }, place) => place < 6 || start[0] + start[1] === 0);
  const tops = ranked.map(({ start }) => climb(squares, start)).sort((a, b) => b.shape.value - a.shape.value);
  const { at, shape } = tops[0]!;
  const rival = tops.find(top => Math.hypot(top.at[0] - at[0], top.at[1] - at[1]) > 1e-4);
  const isFlat = at[0] === 0;
  return {
    alpha: at[0],
    beta: at[1],
    slack: isFlat ? 1 : slackOf(shape, at),
    flat: isFlat,
    open: !isFlat && rival !== undefined && shape.value - rival.shape.value < 1e-7,
  };
};
