/**
 * Random numbers and elementary functions with the same bits on every machine: 32-bit integer arithmetic, IEEE
 * add, multiply, divide and square root only. `Math.exp`, `Math.log` and `Math.sin` may differ between hosts.
 */
export type Random = {
  /** Uniform in (0, 1), 32 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
};

// Final mixing of MurmurHash3 (Appleby, public domain).
const mix = (value: number): number => {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};

const hash = (text: string, seed: number): number => {
  let h = mix(seed | 0) ^ mix((seed / 4_294_967_296) | 0);
  for (let i = 0; i < text.length; i++) h = mix(Math.imul(h, 0x9e3779b1) + text.charCodeAt(i));
  return h;
};

/** xoshiro128** (Blackman and Vigna 2018), seeded by a number and a name, so that streams of different names are apart. */
export const createRandom = (seed: number, name: string): Random => {
  let h = hash(name, seed);
  const word = (): number => {
    h = (h + 0x9e3779b9) | 0;
    return mix(h);
  };
  let a = word() | 1; // the state must not be all zero
  let b = word();
  let c = word();
  let d = word();
  let spare = Number.NaN;

  const uniform = (): number => {
    const five = Math.imul(b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return ((result >>> 0) + 0.5) / 4_294_967_296;
  };

  // Polar method (Marsaglia and Bray 1964).
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * log(s)) / s);
      spare = v * scale;
      return u * scale;
    }
  };
  return { uniform, normal };
};

const ln2 = Math.LN2;

/** Natural logarithm of a positive number: power of two apart, then the series of atanh; error below 1e-14. */
export const log = (x: number): number => {
  let m = x;
  let powers = 0;
  while (m < 0.75) {
    m *= 2;
    powers--;
  }
  while (m > 1.5) {
    m *= 0.5;
    powers++;
  }
  const s = (m - 1) / (m + 1); // |s| <= 0.2
  const q = s * s;
  const series =
    1 +
    q *
      (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13 + q * (1 / 15 + q / 17)))))));
  return powers * ln2 + 2 * s * series;
};

/** Exponential for |x| up to 2: Taylor series at x/8, then three squarings; relative error below 1e-14. */
export const exp = (x: number): number => {
  const y = x * 0.125;
  const tail = 1 + (y / 8) * (1 + (y / 9) * (1 + (y / 10) * (1 + (y / 11) * (1 + y / 12))));
  const head = 1 + (y / 4) * (1 + (y / 5) * (1 + (y / 6) * (1 + (y / 7) * tail)));
  let e = 1 + y * (1 + (y / 2) * (1 + (y / 3) * head));
  e *= e;
  e *= e;
  return e * e;
};
