import { symbolText } from '../store/allSymbols.ts';
import { stepText } from '../store/barSteps.ts';
import type { BarsNote, PartitionDone, UnfittedModel } from './types.ts';

/** Months as a reader counts them: "2024-07", "2024-07 to 2024-09". */
const span = (months: readonly string[]): string => {
  const sorted = [...new Set(months)].sort();
  return sorted.length === 1 ? sorted[0]! : `${sorted[0]} to ${sorted.at(-1)}`;
};

const names = (items: readonly { readonly symbol: string }[]): string =>
  [...new Set(items.map(({ symbol }) => symbol))].sort().join(', ');

/** Joins what is the same of a symbol's months, and then what is the same of symbols. */
function bySymbols<T extends { readonly symbol: string; readonly month: string }>(
  items: readonly T[],
  same: (item: T) => string,
  sentence: (who: string, first: T) => string,
): string[] {
  const perSymbol = Map.groupBy(items, item => `${item.symbol} ${same(item)}`).values();
  const joined = Map.groupBy(
    perSymbol,
    group => `${span(group.map(({ month }) => month))} ${same(group[0]!)}`,
  );
  return [...joined.values()].map(groups => {
    const all = groups.flat();
    return sentence(`${names(all)} ${span(all.map(({ month }) => month))}`, all[0]!);
  });
}

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;

function whyUnfitted({ model, anchors, unfitted, observations, tried }: UnfittedModel): string {
  const times = unfitted < anchors ? ` ${unfitted} times of ${anchors}` : '';
  const what = tried
    ? `did not converge${times}`
    : observations === null
      ? `was not fitted${times}: a series that it reads has no bars, or more rows than it takes`
      : `was not fitted${times}: there are ${counted(observations, 'row')} that it could use`;
  return `model ${model} ${what}; the features that rest on it are NULL`;
}

/** What is said of a month, by all who shared its families. */
const ofMonths = (notes: readonly BarsNote[]): BarsNote[] =>
  [...Map.groupBy(notes, ({ symbol, month }) => `${symbol} ${month}`).values()].map(parts => ({
    ...parts[0]!,
    missing: [...new Set(parts.flatMap(({ missing }) => missing))],
    nullFeatures: parts.reduce((sum, { nullFeatures }) => sum + nullFeatures, 0),
    zeroVolume: parts.some(({ zeroVolume }) => zeroVolume),
  }));

/** Why values are NULL, or mean something else: columns that the bars lack, months whose lookback is missing, bars of another interval. */
export function reportNotes(told: readonly BarsNote[], partitions: readonly PartitionDone[]): string[] {
  const bars = ofMonths(told);
  const lacking = bySymbols(
    bars.filter(({ missing }) => missing.length > 0),
    ({ missing, nullFeatures }) => [...missing].sort().concat(String(nullFeatures)).join(),
    (who, { missing, nullFeatures }) =>
      `${who}: the bars have no ${missing.join(', ')}; the ${nullFeatures} features that read them are NULL`,
  );
  const silent = bySymbols(
    bars.filter(({ zeroVolume }) => zeroVolume),
    () => '',
    who => `${who}: volume is 0 in every bar; ratios to volume are NULL`,
  );
  const other = bySymbols(
    bars.filter(({ otherInterval }) => otherInterval),
    ({ otherInterval }) => `${otherInterval!.found} ${otherInterval!.expected}`,
    (who, { otherInterval }) =>
      `${who}: the bars are ${stepText(otherInterval!.found)} apart; the set is made for bars ${stepText(otherInterval!.expected)} apart, and its windows count bars`,
  );
  const short = [
    ...Map.groupBy(
      partitions.filter(({ nullRows }) => nullRows > 0),
      ({ symbol, month }) => `${symbolText(symbol)} ${month}`,
    ),
  ].map(([who, group]) => {
    const longest = group.toSorted((a, b) => b.nullRows - a.nullRows)[0]!;
    const rows = longest.nullRows.toLocaleString('en-US');
    return `${who}: there are too few bars before the month; values are NULL in its first rows, at most in ${rows} (${longest.family})`;
  });
  const unfitted = bySymbols(
    partitions.flatMap(({ symbol, month, unfitted = [] }) =>
      unfitted.map(model => ({ symbol, month, ...model })),
    ),
    ({ model, anchors, unfitted, observations, tried }) =>
      `${model} ${tried} ${tried ? '' : observations} ${unfitted < anchors ? `${unfitted} ${anchors}` : 'always'}`,
    (who, fit) => `${who}: ${whyUnfitted(fit)}`,
  ).sort();
  return [...other, ...lacking, ...silent, ...short, ...unfitted];
}
