import { missing } from './bounded.ts';
import type { NaiveContext } from './context.ts';
import { once } from './derived.ts';
import { at, type Series, seriesOf } from './series.ts';

// Other pairs of the market: which of them a pair is held against, and their series beside its own rows.

/** The 28 pairs in alphabetical order. */
export const pairNames: readonly string[] = (
  'audcad audchf audjpy audnzd audusd cadchf cadjpy chfjpy euraud eurcad eurchf eurgbp eurjpy eurnzd ' +
  'eurusd gbpaud gbpcad gbpchf gbpjpy gbpnzd gbpusd nzdcad nzdchf nzdjpy nzdusd usdcad usdchf usdjpy'
).split(' ');

const panelNames = ['eurusd', 'gbpusd', 'usdjpy', 'usdchf', 'audusd', 'usdcad', 'nzdusd', 'eurjpy'];

/** Another pair; its side is 1 where the currency it shares is on the same side in both, else -1. */
export type Other = { readonly symbol: string; readonly side: 1 | -1 };

export type Kind = 'base' | 'quote' | 'cross';

const currencies = (symbol: string): [base: string, quote: string] => [symbol.slice(0, 3), symbol.slice(3)];

/** Pairs with the base currency, with the quote currency, or with neither; a symbol that is no pair has none. */
export const othersOf = (context: NaiveContext, kind: Kind): readonly Other[] =>
  once(context, `others ${kind}`, () => othersBy(context, kind));

const othersBy = ({ symbol }: NaiveContext, kind: Kind): readonly Other[] => {
  if (symbol === undefined || !pairNames.includes(symbol)) return [];
  const [base, quote] = currencies(symbol);
  const rest = pairNames.filter(name => name !== symbol);
  if (kind === 'cross')
    return rest
      .filter(name => !currencies(name).includes(base) && !currencies(name).includes(quote))
      .map(name => ({ symbol: name, side: 1 }));
  const [shared, place] = kind === 'base' ? [base, 0] : [quote, 1];
  return rest
    .filter(name => currencies(name).includes(shared))
    .map(name => ({ symbol: name, side: currencies(name)[place] === shared ? 1 : -1 }));
};

/** The panel, of which a pair may be one; a symbol that is no pair is held against nothing. */
export const panelOf = ({ symbol }: NaiveContext): readonly string[] =>
  symbol !== undefined && pairNames.includes(symbol) ? panelNames : [];

/** How old the newest bar of another pair may be: five minutes. */
const asOf = 5 * 60_000_000;

/** Per row of the own bars the newest row of the other's at or before it, -1 where that is too old or there is none. */
const rowsBeside = (own: NaiveContext, other: NaiveContext): Int32Array => {
  let newest = -1;
  return Int32Array.from(own.time, now => {
    while (newest + 1 < other.rows && other.time[newest + 1]! <= now) newest++;
    return newest >= 0 && now - other.time[newest]! <= asOf ? newest : -1;
  });
};

/** A series over another pair's own bars beside the rows of this one. The same bar again has the same bits. */
export const beside = (
  own: NaiveContext,
  symbol: string,
  name: string,
  pick: (other: NaiveContext) => Series,
): Series =>
  once(own, `${name} of ${symbol}`, () => {
    const other = own.market(symbol);
    if (!other)
      return seriesOf(
        own.rows,
        () => missing,
        () => false,
      );
    const rows = once(own, `rows of ${symbol}`, () => rowsBeside(own, other));
    const series = pick(other);
    const isStill = (row: number): boolean => {
      const [before, now] = [rows[row - 1]!, rows[row]!];
      if (before < 0 || now < 0) return false;
      for (let i = before + 1; i <= now; i++) if (series.still[i] !== 1) return false;
      return true;
    };
    return seriesOf(own.rows, row => at(series, rows[row]!), isStill);
  });
