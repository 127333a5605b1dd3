/**
 * A number of the reference with the distance that careful double arithmetic may honestly keep from it.
 *
 * The reference itself is accurate to a rounding or two; an engine that adds in another order, or merges blocks, is
 * not wrong for differing by the rounding of its own steps. `slack` bounds that, to first order, from the operands:
 * it is small where a value is well conditioned and grows only where the definition itself cancels. So a wrong
 * window, divisor or sign fails, and noise does not.
 */
export type Bounded = {
  /** NaN stands for NULL. */
  readonly value: number;
  /** How far another implementation may be from `value`. */
  readonly slack: number;
  /** A guard is too close to call: NULL and a value are both right. */
  readonly maybeNull?: boolean;
};

/** Half a unit in the last place of 1. */
export const unit = 2 ** -53;

/** NaN rule B: a denominator smaller than this counts as zero. */
export const smallest = 1e-12;

export const missing: Bounded = { value: Number.NaN, slack: 0 };

export const exact = (value: number): Bounded => ({ value, slack: 0 });

export const isNull = (a: Bounded): boolean => Number.isNaN(a.value);

const isSurelyNull = (a: Bounded): boolean => Number.isNaN(a.value) && !a.maybeNull;

/** Infinity is never stored: an undefined or overflowing result is NULL, surely so if an operand surely is. */
const make = (value: number, slack: number, a: Bounded, b?: Bounded): Bounded => {
  const isOpen = a.maybeNull || b?.maybeNull || false;
  if (Number.isFinite(value)) {
    const bounded = { value, slack: slack + unit * Math.abs(value) };
    return isOpen ? { ...bounded, maybeNull: true } : bounded;
  }
  const isSure = !isOpen || isSurelyNull(a) || (b !== undefined && isSurelyNull(b));
  return isSure ? missing : { ...missing, maybeNull: true };
};

export const add = (a: Bounded, b: Bounded): Bounded => make(a.value + b.value, a.slack + b.slack, a, b);

export const subtract = (a: Bounded, b: Bounded): Bounded => make(a.value - b.value, a.slack + b.slack, a, b);

export const multiply = (a: Bounded, b: Bounded): Bounded =>
  make(
    a.value * b.value,
    Math.abs(a.value) * b.slack + Math.abs(b.value) * a.slack + a.slack * b.slack,
    a,
    b,
  );

export const scale = (a: Bounded, factor: number): Bounded => multiply(a, exact(factor));

export const absolute = (a: Bounded): Bounded => ({ ...a, value: Math.abs(a.value) });

/** a / b by NaN rule A: NULL only where the quotient does not exist. */
export const divide = (a: Bounded, b: Bounded): Bounded => {
  if (isNull(a) || isNull(b)) return make(Number.NaN, 0, a, b);
  if (Math.abs(b.value) > b.slack) {
    const value = a.value / b.value;
    return make(value, (a.slack + Math.abs(value) * b.slack) / (Math.abs(b.value) - b.slack), a, b);
  }
  return b.slack === 0 ? missing : { ...missing, maybeNull: true };
};

/** NULL where the guarded quantity is below the smallest that counts; either answer where it is too close to call. */
export const unlessSmall = (guard: Bounded, result: Bounded): Bounded => {
  const size = Math.abs(guard.value);
  if (Number.isNaN(size)) return guard.maybeNull ? { ...missing, maybeNull: true } : missing;
  if (size + guard.slack < smallest) return missing;
  if (size - guard.slack >= smallest) return result;
  return { ...(size < smallest ? missing : result), maybeNull: true };
};

/** a / b by NaN rule B. */
export const divideOrNull = (a: Bounded, b: Bounded): Bounded => unlessSmall(b, divide(a, b));

/** a / b by NaN rule C: `neutral` where b is exactly 0; |a / b| is known not to exceed `limit`. */
export const divideOrNeutral = (a: Bounded, b: Bounded, neutral: number, limit: number): Bounded => {
  if (isNull(a) || isNull(b)) return missing;
  if (b.value === 0 && b.slack === 0) return exact(neutral);
  // The denominator may be zero for one implementation and noise for another: anything possible is right.
  if (Math.abs(b.value) <= b.slack) return { value: neutral, slack: limit + Math.abs(neutral) };
  const quotient = divide(a, b);
  return { ...quotient, slack: Math.min(quotient.slack, 2 * limit) };
};

/** Square root of a quantity that cannot be negative, whatever rounding makes of it. */
export const root = (a: Bounded): Bounded => {
  if (isNull(a)) return a;
  const value = Math.sqrt(Math.max(0, a.value));
  const above = Math.sqrt(Math.max(0, a.value + a.slack)) - value;
  const below = value - Math.sqrt(Math.max(0, a.value - a.slack));
  return make(value, Math.max(above, below), a);
};

/** 1 where left > right, else 0; a whole step of slack where rounding decides. */
export const isGreater = (left: Bounded, right: Bounded): Bounded => {
  if (isNull(left) || isNull(right)) return missing;
  const distance = left.value - right.value;
  return { value: distance > 0 ? 1 : 0, slack: tooClose(distance, left, right) ? 1 : 0 };
};

/** Equal operands without slack are a decided tie; everything else within the operands' slack is open. */
export const tooClose = (distance: number, left: Bounded, right: Bounded): boolean => {
  const noise = left.slack + right.slack;
  return noise > 0 && Math.abs(distance) <= noise;
};
