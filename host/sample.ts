import { createHash } from 'node:crypto';

/** So many of all, or such a share of them, at least one. */
export type Sample = { readonly count: number } | { readonly share: number };

/** Items drawn by a seed: the same of the same keys, in the order in which they were. */
export function drawn<T>(items: readonly T[], sample: Sample, seed: number, keyOf: (item: T) => string): T[] {
  const wanted = 'count' in sample ? sample.count : Math.max(1, Math.round(sample.share * items.length));
  if (wanted >= items.length) return [...items];
  const lot = (item: T): string =>
    createHash('sha256')
      .update(`${seed} ${keyOf(item)}`)
      .digest('hex');
  const lots = items.map(item => ({ item, lot: lot(item) })).sort((a, b) => (a.lot < b.lot ? -1 : 1));
  const chosen = new Set(lots.slice(0, wanted).map(({ item }) => item));
  return items.filter(item => chosen.has(item));
}
