import { type Bounded, exact, missing, unit } from './bounded.ts';
import { isNewDay, vague, vagueRows } from './changePoints.ts';
import type { NaiveContext } from './context.ts';
import { once } from './derived.ts';
import type { Series } from './series.ts';

const slip = 0.5;
const limit = 5;
const cap = 10_080;

export type Cusum = {
  /** S+ - S-. */
  readonly difference: (row: number) => Bounded;
  /** 1 in a row whose larger side is above the limit. */
  readonly alarm: (row: number) => Bounded;
  /** Rows since the last of these. */
  readonly since: (row: number) => Bounded;
};

/** Both sides, 0 before each UTC day and after an alarm. Once rounding decides on an alarm, the rest of the day is open. */
export const cusum = (context: NaiveContext, name: string, z: Series): Cusum =>
  once(context, `cusum ${name}`, () => {
    const isVague = vagueRows(context, z);
    let [up, down, slack] = [0, 0, 0];
    let [isOpen, isAlarm] = [false, false];
    let last = Number.NEGATIVE_INFINITY;
    let lastOpen = Number.NEGATIVE_INFINITY;
    const rows = Array.from(z.value, (x, row): readonly [Bounded, Bounded, Bounded] => {
      if (isNewDay(context, row)) {
        [up, down, slack] = [0, 0, 0];
        [isOpen, isAlarm] = [false, false];
      }
      isOpen ||= isVague[row]!;
      if (!Number.isNaN(x)) {
        if (isAlarm) [up, down, slack] = [0, 0, 0];
        up = Math.max(0, up + x - slip);
        down = Math.max(0, down - x - slip);
        const most = Math.max(up, down);
        slack += z.slack[row]! + 4 * unit * (Math.abs(x) + most + 1);
        isAlarm = most > limit;
        isOpen ||= Math.abs(most - limit) <= slack;
        if (isAlarm) last = row;
      }
      if (isOpen) lastOpen = row;
      const since = Math.min(cap, row - last);
      // a row that is open may be one of an alarm, or of none
      const isTold = row - lastOpen > cap || lastOpen < last;
      if (isOpen) return [vague(up - down), vague(Number(isAlarm)), vague(since)];
      if (Number.isNaN(x)) return [missing, missing, missing];
      return [
        { value: up - down, slack: 2 * slack },
        exact(Number(isAlarm)),
        isTold ? exact(since) : { value: since, slack: cap },
      ];
    });
    return {
      difference: row => rows[row]![0],
      alarm: row => rows[row]![1],
      since: row => rows[row]![2],
    };
  });
