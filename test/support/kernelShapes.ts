/** Uniform numbers in [0, 1) from a seed; the same on every machine (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const fill = (rows: number, value: (t: number, random: () => number) => number, seed = 1): Float64Array => {
  const random = seeded(seed);
  return Float64Array.from({ length: rows }, (_, t) => value(t, random));
};

function walk(rows: number): Float64Array {
  let x = 100;
  return fill(rows, (_, random) => (x += random() - 0.5));
}

/** NaN alone, in pairs, and for a stretch longer than most windows. */
function holes(rows: number): Float64Array {
  return walk(rows).map((x, t) =>
    t % 97 === 13 || t % 131 < 2 || (t > rows / 2 && t < rows / 2 + 70) ? NaN : x,
  );
}

/** Series that kernels over one plane are tried on, by name. */
export const shapes = {
  walk,
  holes,
  ties: (rows: number) => fill(rows, (_, random) => Math.floor(random() * 5)),
  constant: (rows: number) => fill(rows, () => 1.1),
  /** Noise of sd 1 at 1e9, every difference exact: a mean kept as a number of its own would lose seven of its digits. */
  far: (rows: number) => fill(rows, (_, random) => 1e9 + Math.floor((random() - 0.5) * 3_547) / 1024),
  ramp: (rows: number) => fill(rows, t => t * 0.25),
  falling: (rows: number) => fill(rows, t => -t * 0.25),
  zeros: (rows: number) => fill(rows, (_, random) => [0, -0, 0, -0, -1, 1][Math.floor(random() * 6)]!),
  huge: (rows: number) => fill(rows, (_, random) => (random() - 0.5) * 1e300),
  tiny: (rows: number) => fill(rows, (_, random) => (random() - 0.5) * 1e-310),
  outlier: (rows: number) => walk(rows).map((x, t) => (t % 251 === 7 ? 1e12 : x)),
  infinite: (rows: number) =>
    walk(rows).map((x, t) => (t % 83 === 5 ? Infinity : t % 83 === 60 ? -Infinity : x)),
};

/** The rows t - window + 1 to t as a plain array, NaN where there is no bar yet. */
export function windowOf(values: Float64Array, t: number, window: number): number[] {
  const found: number[] = [];
  for (let row = t - window + 1; row <= t; row++) found.push(values[row] ?? NaN);
  return found;
}

/** A number with its bits, for messages. */
export function hex(x: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return `${x} (0x${view.getBigUint64(0).toString(16).padStart(16, '0')})`;
}
