import { defaultSet, type FeatureSet, setFlag } from '../catalog/set.ts';
import { WindrowError } from '../errors.ts';
import { suggest } from '../suggest.ts';
import type { BarSource } from './sources.ts';

/** That there are no bars at all, with the commands that bring some. */
export const noBars = (set: FeatureSet, source: string): WindrowError => {
  const made = set.name === defaultSet ? ', "windrow generate" makes some' : '';
  return new WindrowError('WR_NO_BARS', { source, of: setFlag(set), made });
};

/** The symbols of a source that are asked for, each once; all of them where none is named. */
export function chosenSymbols(
  set: FeatureSet,
  source: BarSource,
  asked: readonly string[] | undefined,
): readonly string[] {
  if (source.symbols.length === 0) throw noBars(set, source.id);
  if (asked === undefined) return source.symbols;
  const wanted = new Set(asked.map(symbol => symbol.toLowerCase()));
  for (const symbol of wanted) {
    if (source.symbols.includes(symbol)) continue;
    const suggestion = suggest(symbol, source.symbols);
    const unknown = { symbol, source: source.id, suggestion, of: setFlag(set) };
    throw source.refused.get(symbol) ?? new WindrowError('WR_SYMBOL_UNKNOWN', unknown);
  }
  return [...wanted];
}
