import { absolute, type Bounded, divide, exact, isNull, missing, scale } from './bounded.ts';
import { type FittedChain, filtered, fitChain, labels, type Observation } from './chain.ts';
import type { NaiveContext } from './context.ts';
import { mean, once, sd, strict, through } from './derived.ts';
import type { DomainName } from './domains.ts';
import { type Nudge, type Runs, runs, slackOf } from './nudges.ts';

const cap = 10_080;

/** ln sd(r,20) and |mean(r,20)| / (sd(r,20) / sqrt 20); NULL where the sd is 0. */
function observationOf(context: NaiveContext, domain: DomainName, row: number): readonly [Bounded, Bounded] {
  const { r } = context[domain];
  const spread = sd(r, row, 20);
  if (!isNull(spread) && spread.value <= spread.slack) {
    const none = spread.slack === 0 ? missing : { ...missing, maybeNull: true };
    return [none, none];
  }
  const size = absolute(mean(r, row, 20));
  return [
    through(spread, Math.log),
    strict([size, spread], () => divide(size, scale(spread, 1 / Math.sqrt(20)))),
  ];
}

/** One number per month. */
const monthOf = (time: number): number => {
  const date = new Date(Math.floor(time / 1000));
  return 12 * date.getUTCFullYear() + date.getUTCMonth();
};

/** What is known of a row: probabilities of calm, trend and shock, and the chances of staying in each. */
type Row = {
  readonly p: readonly number[];
  readonly stay: readonly number[];
  /** 0 calm, 1 trend, 2 shock; how far it is ahead of the next. */
  readonly state: number;
  readonly ahead: number;
  readonly duration: number;
};

const likeliest = (p: readonly number[]): number => p.indexOf(Math.max(...p));

type Input = {
  readonly months: readonly number[];
  readonly observations: readonly (readonly [Bounded, Bounded])[];
};

/** The rows of all months whose month before has a chain. */
function follow({ months, observations }: Input, nudge: Nudge): (Row | undefined)[] {
  const seen = observations.map(([x, y]): Observation | undefined =>
    isNull(x) || isNull(y) ? undefined : [nudge(x.value, x.slack), nudge(y.value, y.slack)],
  );
  const fits = new Map<number, FittedChain | undefined>();
  const fitOf = (month: number): FittedChain | undefined => {
    if (!fits.has(month)) {
      const own = seen.filter((o, row): o is Observation => o !== undefined && months[row] === month);
      fits.set(month, fitChain(own));
    }
    return fits.get(month);
  };
  let month = Number.NaN;
  let p: readonly number[] = [];
  let before = -1;
  let duration = 0;
  return seen.map((o, row) => {
    const fit = fitOf(months[row]! - 1);
    if (months[row] !== month) {
      month = months[row]!;
      p = fit?.last ?? [];
      before = -1;
    }
    if (!fit || !o) return undefined;
    p = filtered(fit, p, o);
    const order = labels(fit);
    const named = order.map(k => p[k]!);
    const state = likeliest(named);
    duration = before === state ? Math.min(cap, duration + 1) : 0;
    before = state;
    const next = Math.max(...named.filter((_, k) => k !== state));
    return {
      p: named,
      stay: order.map(k => fit.moves[k]![k]!),
      state,
      ahead: named[state]! - next,
      duration,
    };
  });
}

export type StateRow = {
  /** Whether nothing can be said: rounding decides whether a row of the chain has an observation. */
  readonly isOpen: boolean;
  readonly isKnown: boolean;
  readonly read: (of: (row: Row) => number) => Bounded;
  readonly state: Bounded;
  readonly duration: Bounded;
  readonly plain: Row | undefined;
};

export const statesOf = (context: NaiveContext, domain: DomainName): readonly StateRow[] =>
  once(context, `hmm ${domain}`, () => {
    const months = Array.from(context.time, monthOf);
    const observations = months.map((_, row) => observationOf(context, domain, row));
    const all = runs(nudge => follow({ months, observations }, nudge));
    const isVague = observations.map(([x, y]) => x.maybeNull === true || y.maybeNull === true);
    const vagueMonths = new Set(months.filter((_, row) => isVague[row]));
    // rows on end in the chain whose state is sure, counted back from each
    let sure = 0;
    let month = Number.NaN;
    return months.map((own, row): StateRow => {
      if (own !== month) sure = cap + 1; // before a month's first row nothing is open
      month = own;
      const at: Runs<Row | undefined> = {
        plain: all.plain[row],
        moved: all.moved.map(run => run[row]),
      };
      const known = at.moved.map(one => one !== undefined);
      const isOpen =
        vagueMonths.has(own) ||
        vagueMonths.has(own - 1) ||
        known.some(one => one !== (at.plain !== undefined));
      const read = (of: (row: Row) => number): Bounded => {
        if (isOpen)
          return {
            value: at.plain ? of(at.plain) : Number.NaN,
            slack: Number.POSITIVE_INFINITY,
            maybeNull: true,
          };
        if (!at.plain) return missing;
        return { value: of(at.plain), slack: slackOf(at as Runs<Row>, of) };
      };
      const lead = read(one => one.ahead);
      const states = [at.plain, ...at.moved].map(one => one?.state);
      const isSure = states.every(state => state === states[0]) && lead.value > 2 * lead.slack;
      if (at.plain) sure = isSure ? sure + 1 : 0;
      const discrete = (of: (row: Row) => number, isTold: boolean, reach: number): Bounded => {
        const found = read(of);
        return isNull(found) || isOpen ? found : isTold ? exact(found.value) : { ...found, slack: reach };
      };
      return {
        isOpen,
        isKnown: at.plain !== undefined,
        read,
        state: discrete(one => one.state, isSure, 2),
        // its row of change and the one before it must be sure, too
        duration: discrete(one => one.duration, sure > (at.plain?.duration ?? 0) + 1, cap),
        plain: at.plain,
      };
    });
  });
