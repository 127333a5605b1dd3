import { type Bounded, exact, missing, tooClose } from './bounded.ts';
import type { Naive } from './context.ts';
import { type Series, seriesOf, witness } from './series.ts';
import { sampleSpread } from './window.ts';

const day = 86_400_000_000;
const hour = 3_600_000_000;

/** Opens of the sessions whose label a row can carry, latest first: ny, london, tokyo. A label holds until the next. */
const opens = [13 * hour, 8 * hour, 0];

const historyRows = 30_240;
const leastRows = 10;
const sessions = 20;

/** Time of the latest session open of the same UTC day. */
const openOf = (time: number): number => {
  const midnight = Math.floor(time / day) * day;
  return midnight + opens.find(open => time - midnight >= open)!;
};

/** First row that is not before the row's session open. */
const firstRows = (time: Float64Array): Int32Array => {
  const first = new Int32Array(time.length);
  for (let row = 0; row < time.length; row++) {
    first[row] = row > 0 && openOf(time[row]!) === openOf(time[row - 1]!) ? first[row - 1]! : row;
  }
  return first;
};

/** sd (divisor n - 1) of r over the rows since the open; NULL with fewer than ten of them, or with a NULL r. */
const sessionSpread = (r: Series, time: Float64Array): Series => {
  const first = firstRows(time);
  return seriesOf(
    time.length,
    row => {
      if (row - first[row]! + 1 < leastRows) return missing;
      for (let i = first[row]!; i <= row; i++) if (Number.isNaN(r.value[i])) return missing;
      return sampleSpread(r, first[row]!, row);
    },
    () => false,
  );
};

const regimeOf = (below: number): number => Math.min(2, Math.floor((3 * below) / sessions));

/**
 * session_vol_regime: the tercile of the session's sd so far among those of the 20 nearest earlier days that have one
 * at exactly the same time of day, all within the last 30,240 rows. Days without that minute are passed over. 1 while
 * there are fewer than 20 of them. 1 with fewer than ten rows since the open, whatever they hold: there is no statistic
 * yet; after that NULL where the session holds a NULL r.
 */
export const sessionVolRegime: Naive = ({ time, rows, rate }) => {
  const spread = sessionSpread(rate.r, time);
  const first = firstRows(time);
  const rowAt = new Map(Array.from(time, (t, row) => [t, row]));
  const cell = (row: number): Bounded => {
    if (row - first[row]! + 1 < leastRows) return exact(1);
    if (Number.isNaN(spread.value[row])) return missing;
    let [found, below, open] = [0, 0, 0];
    const now = { value: spread.value[row]!, slack: spread.slack[row]! };
    for (let back = 1; found < sessions; back++) {
      const moment = time[row]! - back * day;
      if (moment < time[0]!) return exact(1);
      const earlier = rowAt.get(moment);
      if (earlier === undefined || Number.isNaN(spread.value[earlier])) continue;
      if (row - earlier > historyRows - 1) return exact(1);
      found++;
      const then = { value: spread.value[earlier]!, slack: spread.slack[earlier]! };
      if (tooClose(then.value - now.value, then, now)) open++;
      else if (then.value < now.value) below++;
    }
    const [least, most] = [regimeOf(below), regimeOf(below + open)];
    return { value: least, slack: most - least };
  };
  return witness(rows, cell);
};
