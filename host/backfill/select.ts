import type pg from 'pg';
import { familyByName } from '../catalog/catalog.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { WindrowError } from '../errors.ts';
import { checkMonths, type Month, monthsFrom } from '../store/month.ts';
import type { BarSource, MonthOfBars } from '../store/sources.ts';
import { chosenSymbols } from '../store/symbols.ts';
import type { Member } from './types.ts';

/** Which part of a set: everything there are bars of, where nothing is said. */
export type Selection = {
  readonly symbols?: readonly string[] | undefined;
  /** First and last month, "2024-07", both included. */
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
  readonly families?: readonly string[] | undefined;
};

export type Selected = {
  readonly families: readonly string[];
  readonly months: readonly { readonly symbol: string; readonly bars: MonthOfBars }[];
  /**
   * Where a family's partitions hold all symbols: those that have bars in each of the months, chosen or not, since such a
   * partition is whole or is not.
   */
  readonly members: ReadonlyMap<Month, readonly Member[]>;
  /** Sentences about what was asked for and is not there. */
  readonly notes: readonly string[];
};

/** Checks a selection against what there is. Asking for what does not exist at all is an error; gaps are noted. */
export async function select(
  client: pg.Client,
  set: FeatureSet,
  source: BarSource,
  { symbols, from, to, families }: Selection,
): Promise<Selected> {
  checkMonths({ from, to });
  const chosen =
    families?.map(name => familyByName(set, name).name) ?? set.families.map(family => family.name);
  const wanted = chosenSymbols(set, source, symbols);
  const leftOut =
    symbols === undefined ? [...source.refused.values()].map(({ message }) => `left out: ${message}`) : [];
  const known = await source.months(client, wanted);
  const all = wanted.flatMap(symbol => (known.get(symbol) ?? []).map(bars => ({ symbol, bars })));
  const months = all.filter(({ bars: { month } }) => (from ?? month) <= month && month <= (to ?? month));
  if (months.length === 0) {
    const present = all.map(({ bars }) => bars.month).sort();
    throw new WindrowError('WR_MONTH_EMPTY', {
      symbols: wanted.join(', '),
      months: from === to ? from : `${from ?? 'the beginning'} to ${to ?? 'the end'}`,
      first: present[0] ?? 'nowhere',
      last: present.at(-1) ?? 'nowhere',
    });
  }
  const whole = chosen.some(name => familyByName(set, name).partition === 'month');
  return {
    families: [...new Set(chosen)],
    months,
    members: whole
      ? membersOf(symbols === undefined ? known : await source.months(client), months)
      : new Map(),
    notes: [...leftOut, ...gaps(wanted, months, from, to)],
  };
}

/** What a month of bars is taken to hold where they are not counted. */
export const typicalMonthRows = 30_000;

/** The symbols that have bars in each of some months, in ascending order. */
function membersOf(
  known: ReadonlyMap<string, readonly MonthOfBars[]>,
  months: Selected['months'],
): Map<Month, Member[]> {
  const all = [...known].flatMap(([symbol, own]) =>
    own.map(({ month, rows = typicalMonthRows }) => ({ month, member: { symbol, rows } })),
  );
  all.sort((a, b) => (a.member.symbol < b.member.symbol ? -1 : 1));
  const wanted = new Set(months.map(({ bars }) => bars.month));
  const byMonth = Map.groupBy(
    all.filter(({ month }) => wanted.has(month)),
    ({ month }) => month,
  );
  return new Map([...byMonth].map(([month, group]) => [month, group.map(({ member }) => member)]));
}

function gaps(
  wanted: readonly string[],
  months: Selected['months'],
  from: Month | undefined,
  to: Month | undefined,
): string[] {
  return wanted.flatMap(symbol => {
    const present = months.filter(entry => entry.symbol === symbol).map(({ bars }) => bars.month);
    const first = from ?? present[0];
    const last = to ?? present.at(-1);
    if (first === undefined || last === undefined) return [`${symbol}: no bars in the months asked for`];
    const gaps: Month[][] = [];
    let before = false;
    for (const month of monthsFrom(first, last)) {
      const missing = !present.includes(month);
      if (missing && before) gaps.at(-1)!.push(month);
      else if (missing) gaps.push([month]);
      before = missing;
    }
    const texts = gaps.map(gap => (gap.length === 1 ? gap[0] : `${gap[0]} to ${gap.at(-1)}`));
    return texts.length === 0 ? [] : [`${symbol}: no bars in ${texts.join(', ')}`];
  });
}
