export type Draw = {
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
  /** Near enough to normal with mean 0 and sd 1: twelve uniforms, so no logarithm of the host's. */
  readonly normal: () => number;
};

/** xorshift32 behind a splitmix of the seed: the same numbers on every machine. */
export const draws = (seed: number): Draw => {
  let mixed = (seed + 0x9e3779b9) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  let state = (mixed ^ (mixed >>> 15)) >>> 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  const normal = () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += uniform();
    return sum;
  };
  return { uniform, normal };
};
