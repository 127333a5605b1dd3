/** A cell that is stored otherwise than it is computed. NULL is NaN; time in microseconds since 1970. */
type Difference = {
  /** Whose, where a partition holds all symbols. */
  readonly symbol?: string;
  readonly time: number;
  readonly column: string;
  readonly stored: number;
  readonly computed: number;
};

/** A value and its bits, so that two that print alike can be told apart. */
const shown = (value: number): string => {
  if (Number.isNaN(value)) return 'NULL';
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return `${value} (0x${view.getBigUint64(0).toString(16).padStart(16, '0')})`;
};

export const differenceText = ({ symbol, time, column, stored, computed }: Difference): string => {
  const at = new Date(time / 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `    ${symbol === undefined ? '' : `${symbol} `}${at} ${column}: stored ${shown(stored)}, computed ${shown(computed)}`;
};

/** The same for programs. */
export const isoTimes = (differences: readonly Difference[]): object[] =>
  differences.map(each => ({ ...each, time: new Date(each.time / 1000).toISOString() }));
