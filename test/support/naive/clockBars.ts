import { type Bounded, missing } from './bounded.ts';
import type { NaiveContext } from './context.ts';
import { once } from './derived.ts';
import type { Series } from './series.ts';

/** The rows of each bar: buckets of so many minutes from the epoch that hold any. */
export type Clock = {
  /** Bars, as rows of the series over them. */
  readonly rows: number;
  readonly first: readonly number[];
  readonly last: readonly number[];
  /** The last bar before the one that a row is in: that of an earlier bucket is complete. -1 where there is none. */
  readonly complete: (row: number) => number;
};

export const clockOf = (context: NaiveContext, minutes: number): Clock =>
  once(context, `clock ${minutes}`, () => {
    const [first, last, barOf]: [number[], number[], number[]] = [[], [], []];
    let bucket = Number.NaN;
    for (let row = 0; row < context.rows; row++) {
      const own = Math.floor(context.time[row]! / (minutes * 60_000_000));
      if (own !== bucket) first.push(row);
      last[first.length - 1] = row;
      barOf.push(first.length - 1);
      bucket = own;
    }
    return { rows: first.length, first, last, complete: row => barOf[row]! - 1 };
  });

export type ClockBars = { readonly o: Series; readonly h: Series; readonly l: Series; readonly c: Series };

/** Open, high, low and close of a series over the rows of each bar; all four are NULL where one of its rows is. */
export const clockBars = (clock: Clock, name: string, x: Series): ClockBars =>
  once(clock, `bars ${name}`, () => {
    const pick = (of: (first: number, last: number) => Bounded): Series => {
      const value = new Float64Array(clock.rows);
      const slack = new Float64Array(clock.rows);
      const still = new Uint8Array(clock.rows);
      for (let bar = 0; bar < clock.rows; bar++) {
        const [first, last] = [clock.first[bar]!, clock.last[bar]!];
        let [isNull, isStill] = [false, true];
        for (let row = first; row <= last; row++) {
          isNull ||= Number.isNaN(x.value[row]);
          isStill &&= x.still[row] === 1;
        }
        const one = isNull ? missing : of(first, last);
        value[bar] = one.value;
        slack[bar] = one.slack;
        const isSame = bar > 0 && one.value === value[bar - 1];
        still[bar] = isSame && (isStill || one.slack + slack[bar - 1]! === 0) ? 1 : 0;
      }
      return { value, slack, still };
    };
    const extreme = (better: (a: number, b: number) => number) =>
      pick((first, last) => {
        let [value, slack] = [x.value[first]!, x.slack[first]!];
        for (let row = first + 1; row <= last; row++) {
          value = better(value, x.value[row]!);
          slack = Math.max(slack, x.slack[row]!);
        }
        return { value, slack };
      });
    return {
      o: pick(first => ({ value: x.value[first]!, slack: x.slack[first]! })),
      h: extreme(Math.max),
      l: extreme(Math.min),
      c: pick((_, last) => ({ value: x.value[last]!, slack: x.slack[last]! })),
    };
  });
