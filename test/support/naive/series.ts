import { type Bounded, missing, unit } from './bounded.ts';

/** A column of the reference: values, the slack of each, and where an engine must repeat the previous row's bits. */
export type Series = {
  readonly value: Float64Array;
  readonly slack: Float64Array;
  /** 1 where the value equals that of the row before and is a function of the same numbers, so that the bits agree. */
  readonly still: Uint8Array;
  /** 1 where a NULL guard is too close to call; absent where it never is. */
  readonly maybeNull?: Uint8Array;
};

/** What a feature's reference returns. `maybeNull` marks rows where a NULL guard is too close to call. */
export type Witness = {
  readonly value: Float64Array;
  readonly slack: Float64Array;
  readonly maybeNull: Uint8Array;
};

export const at = (series: Series, row: number): Bounded => {
  if (row < 0) return missing;
  const value = series.value[row]!;
  const known = Number.isNaN(value) ? missing : { value, slack: series.slack[row]! };
  return series.maybeNull?.[row] === 1 ? { ...known, maybeNull: true } : known;
};

/** A column that has one right answer per row: an input, or a single rounded operation on inputs. */
export const plain = (value: Float64Array): Series => ({
  value,
  slack: new Float64Array(value.length),
  still: Uint8Array.from(value, (x, row) => (row > 0 && x === value[row - 1] ? 1 : 0)),
});

export const mapRows = (rows: number, cell: (row: number) => number): Float64Array => {
  const out = new Float64Array(rows);
  for (let row = 0; row < rows; row++) out[row] = cell(row);
  return out;
};

export const seriesOf = (
  rows: number,
  cell: (row: number) => Bounded,
  isStill: (row: number) => boolean,
): Series => {
  const value = new Float64Array(rows);
  const slack = new Float64Array(rows);
  const still = new Uint8Array(rows);
  const maybeNull = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const one = cell(row);
    value[row] = one.value;
    slack[row] = one.slack;
    maybeNull[row] = one.maybeNull ? 1 : 0;
    still[row] = row > 0 && one.value === value[row - 1] && isStill(row) ? 1 : 0;
  }
  return maybeNull.includes(1) ? { value, slack, still, maybeNull } : { value, slack, still };
};

export const witness = (rows: number, cell: (row: number) => Bounded): Witness => {
  const value = new Float64Array(rows);
  const slack = new Float64Array(rows);
  const maybeNull = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const one = cell(row);
    value[row] = one.value;
    slack[row] = one.slack;
    maybeNull[row] = one.maybeNull ? 1 : 0;
  }
  return { value, slack, maybeNull };
};

/** X[t] - X[t-1]. One subtraction of two inputs has one answer; of two computed values it has their slack. */
export const difference = (x: Series): Series => {
  const raw = x.slack.every(slack => slack === 0);
  const cell = (row: number): Bounded => {
    if (row < 1) return missing;
    const value = x.value[row]! - x.value[row - 1]!;
    if (Number.isNaN(value)) return missing;
    if (raw || x.still[row] === 1) return { value, slack: 0 };
    return { value, slack: x.slack[row]! + x.slack[row - 1]! + unit * Math.abs(value) };
  };
  return seriesOf(
    x.value.length,
    cell,
    row => raw || (x.still[row] === 1 && row > 0 && x.still[row - 1] === 1),
  );
};

export const sizeOf = (x: Series): Series => ({ ...x, value: x.value.map(Math.abs) });

/** Product of two series, row by row. */
export const product = (a: Series, b: Series): Series =>
  seriesOf(
    a.value.length,
    row => {
      const value = a.value[row]! * b.value[row]!;
      if (Number.isNaN(value)) return missing;
      const slack = Math.abs(a.value[row]!) * b.slack[row]! + Math.abs(b.value[row]!) * a.slack[row]!;
      return { value, slack: slack + (value === 0 ? 0 : unit * Math.abs(value)) };
    },
    row => a.still[row] === 1 && b.still[row] === 1,
  );
