import type { Witness } from './series.ts';

export type Comparison = {
  readonly rows: number;
  /** Rows where both hold a value. */
  readonly values: number;
  /** Rows where a guard, a threshold or a cancelled value leaves open what is right. */
  readonly open: number;
  readonly differing: number;
  /** Row of the first difference, or -1. */
  readonly first: number;
  /** Largest distance in units of the slack. */
  readonly worst: number;
};

/** Distance in units of the slack; Infinity for NULL against a value, 0 where either is right. */
const distanceAt = (witness: Witness, actual: Float64Array, row: number): number => {
  const [left, right] = [witness.value[row]!, actual[row]!];
  if (Number.isNaN(left) || Number.isNaN(right)) {
    return Number.isNaN(left) === Number.isNaN(right) || witness.maybeNull[row]
      ? 0
      : Number.POSITIVE_INFINITY;
  }
  const distance = Math.abs(left - right);
  // Infinite where the engine let an infinity through: inf - x over any slack.
  return distance === 0
    ? 0
    : Number.isFinite(right)
      ? distance / witness.slack[row]!
      : Number.POSITIVE_INFINITY;
};

/** Open is what the slack makes untestable: a NULL guard, or more than a thousandth of the column's usual size. */
const isOpen = (witness: Witness, row: number, size: number): boolean => {
  const scale = Math.max(size, Math.abs(witness.value[row]!));
  return witness.maybeNull[row] === 1 || witness.slack[row]! > (scale === 0 ? 1e-12 : 1e-3 * scale);
};

const usualSize = ({ value }: Witness): number => {
  const sizes = value
    .filter(x => !Number.isNaN(x))
    .map(Math.abs)
    .sort();
  return sizes[sizes.length >> 1] ?? 0;
};

export const compare = (witness: Witness, actual: Float64Array): Comparison => {
  const rows = witness.value.length;
  if (actual.length !== rows) throw new Error(`the reference has ${rows} rows, the column ${actual.length}`);
  const size = usualSize(witness);
  let [values, open, differing, first, worst] = [0, 0, 0, -1, 0];
  for (let row = 0; row < rows; row++) {
    if (!Number.isNaN(witness.value[row]) && !Number.isNaN(actual[row])) values++;
    if (!Number.isNaN(witness.value[row]) && isOpen(witness, row, size)) open++;
    const distance = distanceAt(witness, actual, row);
    worst = Math.max(worst, distance);
    if (distance <= 1) continue;
    differing++;
    if (first < 0) first = row;
  }
  return { rows, values, open, differing, first, worst };
};

const cell = new DataView(new ArrayBuffer(8));

/** A value with its bits, as failures print it. */
export const withBits = (value: number): string => {
  cell.setFloat64(0, value);
  const bits = `0x${cell.getBigUint64(0).toString(16).padStart(16, '0')}`;
  return Number.isNaN(value) ? `NULL (${bits})` : `${value} (${bits})`;
};

/** One line that says where a column first leaves its reference, or undefined where it does not. */
export const differenceOf = (
  feature: string,
  source: string,
  witness: Witness,
  actual: Float64Array,
  { first, differing, rows, worst }: Comparison = compare(witness, actual),
): string | undefined => {
  if (first < 0) return undefined;
  return [
    `${feature} on ${source}: row ${first} is ${withBits(actual[first]!)}`,
    `the reference ${withBits(witness.value[first]!)} within ${witness.slack[first]!.toExponential(2)}`,
    `${differing} of ${rows} rows differ, by ${worst.toPrecision(3)} slacks at worst`,
  ].join('; ');
};
