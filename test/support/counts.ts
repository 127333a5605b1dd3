import { familyByName, featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { allParts } from '../../host/catalog/expr.ts';
import { peersOf } from '../../host/catalog/roles.ts';

// What the set `fx` holds, for tests that count its tables or features.

const fx = setByName('fx');
export const fxFamilies = fx.families.length;
export const fxFeatures = featuresOf(fx).length;
/** Of the families those with a partition for each symbol, and those with one for all of them. */
export const fxSymbolFamilies = fx.families.filter(({ partition }) => partition === undefined).length;
export const fxMonthFamilies = fxFamilies - fxSymbolFamilies;

/** Whether a family reads other symbols. */
export const readsOthers = (family: string): boolean => peersOf(familyByName(fx, family)).size > 0;
/** Families with a partition for each symbol that read other symbols, and features that read none. */
export const fxPeerFamilies = fx.families.filter(
  ({ name, partition }) => partition === undefined && readsOthers(name),
).length;
export const fxOwnFeatures = featuresOf(fx).filter(({ expr }) =>
  [...allParts(expr)].every(({ kind }) => kind !== 'peer'),
).length;

type SymbolMonth = { readonly symbol: string; readonly month: string };
const monthsOf = (market: readonly SymbolMonth[]): number => new Set(market.map(({ month }) => month)).size;

/** Partitions and tasks of all families over months of symbols. */
export const fxPartitions = (market: readonly SymbolMonth[]): number =>
  market.length * fxSymbolFamilies + monthsOf(market) * fxMonthFamilies;
export const fxTasks = (market: readonly SymbolMonth[]): number =>
  market.length + monthsOf(market) * fxMonthFamilies;
