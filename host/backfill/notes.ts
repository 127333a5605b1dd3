import type { BarsNote, PartitionDone } from './types.ts';

/** Months as a reader counts them: "2024-07", "2024-07 to 2024-09". */
const span = (months: readonly string[]): string => {
  const sorted = [...new Set(months)].sort();
  return sorted.length === 1 ? sorted[0]! : `${sorted[0]} to ${sorted.at(-1)}`;
};

function grouped<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}

/** Why values are NULL: columns that the bars lack, and months whose lookback is not there. */
export function nullNotes(bars: readonly BarsNote[], partitions: readonly PartitionDone[]): string[] {
  const lacking = grouped(
    bars.filter(({ missing }) => missing.length > 0),
    ({ symbol, missing, nullFeatures }) => [symbol, ...missing, nullFeatures].join(),
  ).map(group => {
    const { symbol, missing, nullFeatures } = group[0]!;
    const months = span(group.map(({ month }) => month));
    return `${symbol} ${months}: the bars have no ${missing.join(', ')}; ${nullFeatures} features that read them are NULL`;
  });
  const silent = grouped(
    bars.filter(({ zeroVolume }) => zeroVolume),
    ({ symbol }) => symbol,
  ).map(group => {
    const months = span(group.map(({ month }) => month));
    return `${group[0]!.symbol} ${months}: volume is 0 in every bar; ratios to volume are NULL`;
  });
  const short = grouped(
    partitions.filter(({ lookbackMissing }) => lookbackMissing > 0),
    ({ symbol, month }) => `${symbol} ${month}`,
  ).map(group => {
    const { symbol, month } = group[0]!;
    const longest = group.toSorted((a, b) => b.lookbackMissing - a.lookbackMissing)[0]!;
    const rows = Math.min(longest.lookbackMissing, longest.rows).toLocaleString('en-US');
    return `${symbol} ${month}: bars before the month are missing; the first rows are NULL, at most ${rows} of them (${longest.family})`;
  });
  return [...lacking, ...silent, ...short];
}
