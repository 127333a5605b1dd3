import Table from 'cli-table3';
import type { Output } from './output.ts';

export type TableOptions = {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that hold numbers, by index. */
  readonly right?: readonly number[];
};

const noBorders = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Prints a table without borders: a line for the head, a line per row. */
export function printTable(output: Output, { head, rows, right = [] }: TableOptions): void {
  const table = new Table({
    head: head.map(name => output.style('bold', name)),
    chars: noBorders,
    colAligns: head.map((_, index) => (right.includes(index) ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map(row => [...row]));
  for (const line of table.toString().split('\n')) output.line(line.trimEnd());
}
