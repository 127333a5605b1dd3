import { type Bounded, missing, tooClose } from './bounded.ts';
import type { NaiveContext } from './context.ts';
import { derive, greater, quantiles, strict } from './derived.ts';
import type { DomainName } from './domains.ts';
import { at, type Series } from './series.ts';

const day = 1440;

type Cell = (context: NaiveContext, row: number) => Bounded;

/** 0 below the lower tercile of the last `count` values, 2 from the upper one on, else 1. */
export const tercileOf = (x: Series, row: number, count: number): Bounded => {
  const [low, high] = quantiles(x, row, count, [1 / 3, 2 / 3]) as [Bounded, Bounded];
  return strict([low, high], () => {
    const now = at(x, row);
    const isOpen = [low, high].some(edge => tooClose(now.value - edge.value, now, edge));
    return { value: now.value < low.value ? 0 : now.value >= high.value ? 2 : 1, slack: isOpen ? 2 : 0 };
  });
};

/** 1 where the volatility is above the upper quartile of its last 1440 values, the current one included. */
const flagOf = (context: NaiveContext, s: Series, domain: DomainName): Series =>
  derive(context, `vol regime ${domain}`, row => greater(at(s, row), quantiles(s, row, day, [0.75])[0]!));

/**
 * Rows right before t with the flag of t, at most 1440. A row of which it is unknown ends them, so that NULL is only what
 * follows such a row. Where a flag on the way is open, so is the length.
 */
export const runBefore = (flag: Series, row: number): Bounded => {
  const [now, first] = [at(flag, row), at(flag, row - 1)];
  return strict([now, first], () => {
    let length = 0;
    let isOpen = now.slack > 0;
    while (length < day) {
      const before = at(flag, row - 1 - length);
      isOpen ||= before.slack > 0;
      if (before.value !== now.value) break;
      length++;
    }
    return { value: length, slack: isOpen ? day : 0 };
  });
};

/**
 * (1 + exits) / (2 + spent) over the last 1440 rows: rows in the current state, and those of them whose next row, in
 * the window too, is in the other. An open flag may change either count by two.
 */
export const transition = (flag: Series, row: number): Bounded => {
  const now = at(flag, row);
  if (row - day + 1 < 0) return missing;
  let [spent, exits, open] = [0, 0, 0];
  for (let i = row - day + 1; i <= row; i++) {
    const state = flag.value[i]!;
    if (Number.isNaN(state)) return missing;
    if (flag.slack[i]! > 0) open++;
    if (state !== now.value) continue;
    spent++;
    if (i < row && flag.value[i + 1] !== state) exits++;
  }
  const value = (1 + exits) / (2 + spent);
  if (now.slack > 0) return { value, slack: 1 };
  const most = (1 + exits + 2 * open) / (2 + Math.max(1, spent - open)) - value;
  const leastOf = value - Math.max(0, 1 + exits - 2 * open) / (2 + spent + open);
  return { value, slack: (open > 0 ? Math.max(most, leastOf) : 0) + 2 ** -53 };
};

export const volRegime = (
  volatility: (context: NaiveContext) => Series,
  domain: DomainName,
): Record<string, Cell> => {
  const flag = (context: NaiveContext) => flagOf(context, volatility(context), domain);
  return {
    w1440_vol_regime_high: (context, row) => at(flag(context), row),
    w1440_vol_regime_duration: (context, row) => runBefore(flag(context), row),
    w1440_vol_regime_transition_prob: (context, row) => transition(flag(context), row),
  };
};
