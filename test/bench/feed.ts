import { type Bars, barColumns } from '../../host/catalog/bars.ts';
import type { Bar } from '../../host/engine/liveSession.ts';

// Bars as a feed hands them on, and parts of them.

/** A bar that is filled again and again, as a feed that allocates nothing would. */
export class OneBar {
  readonly bar = { time: 0, ...Object.fromEntries(barColumns.map(name => [name, 0.5])) } as {
    -readonly [Key in keyof Required<Bar>]: number;
  };

  of({ time, columns }: Bars, row: number): Bar {
    this.bar.time = time[row]!;
    for (const name of barColumns) this.bar[name] = columns[name]?.[row] ?? Number.NaN;
    return this.bar;
  }
}

export const between = ({ time, columns }: Bars, from: number, to: number): Bars => ({
  time: time.subarray(from, to),
  columns: Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, values.subarray(from, to)]),
  ),
});
