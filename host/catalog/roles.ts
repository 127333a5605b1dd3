import { allParts, type Expr, partsOf } from './expr.ts';
import type { Family } from './family.ts';
import type { FeatureSet } from './set.ts';

// Series of other symbols are asked for by symbol, or by a role that the other plays for the symbol at hand: so that one
// plan serves all symbols, whichever pairs share a currency with each.

const numbered = (role: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${role}${i + 1}`);

/** Pairs that share the base currency, those that share the quote currency, and those that share neither. */
export const basePeers: readonly string[] = numbered('base', 6);
export const quotePeers: readonly string[] = numbered('quote', 6);
export const crossPeers: readonly string[] = numbered('cross', 15);
/** The pairs that stand for the market: the symbol at hand among them, or without it. */
export const panel: readonly string[] = numbered('panel', 8);
export const rivals: readonly string[] = numbered('rival', 8);

const panelSymbols = ['eurusd', 'gbpusd', 'usdjpy', 'usdchf', 'audusd', 'usdcad', 'nzdusd', 'eurjpy'];

/** Who is meant: a symbol, and +1 or -1 by the side on which it has the currency that both share. */
export type Beside = { readonly symbol: string; readonly side: 1 | -1 };

/** The parameter of a peer that says its side. */
export const sideParameter = 'side';

/** The roles of a set, and who plays them for a symbol. */
export type Roles = {
  readonly names: readonly string[];
  readonly of: (symbol: string) => ReadonlyMap<string, Beside>;
};

/** Roles among currency pairs: a pair is two currencies of three letters, base before quote. */
export function pairRoles(symbols: readonly string[]): Roles {
  const sorted = symbols.toSorted();
  const make = (own: string): Map<string, Beside> => {
    const roles = new Map<string, Beside>();
    if (!symbols.includes(own)) return roles;
    const [base, quote] = [own.slice(0, 3), own.slice(3)];
    const give = (names: readonly string[], pairs: readonly string[], side: (pair: string) => 1 | -1): void =>
      pairs.forEach((symbol, i) => {
        roles.set(names[i]!, { symbol, side: side(symbol) });
      });
    const others = sorted.filter(pair => pair !== own);
    const shares = (pair: string, currency: string): boolean =>
      pair.startsWith(currency) || pair.endsWith(currency);
    give(
      basePeers,
      others.filter(pair => shares(pair, base)),
      pair => (pair.startsWith(base) ? 1 : -1),
    );
    give(
      quotePeers,
      others.filter(pair => shares(pair, quote)),
      pair => (pair.endsWith(quote) ? 1 : -1),
    );
    give(
      crossPeers,
      others.filter(pair => !shares(pair, base) && !shares(pair, quote)),
      () => 1,
    );
    give(panel, panelSymbols, () => 1);
    give(rivals, panelSymbols, () => 1);
    const self = panelSymbols.indexOf(own);
    if (self >= 0) roles.delete(rivals[self]!);
    return roles;
  };
  const known = new Map<string, ReadonlyMap<string, Beside>>();
  const of = (symbol: string): ReadonlyMap<string, Beside> => {
    const found = known.get(symbol) ?? make(symbol);
    known.set(symbol, found);
    return found;
  };
  return { names: [...basePeers, ...quotePeers, ...crossPeers, ...panel, ...rivals], of };
}

/** Who is meant by the names of other symbols in the features of one symbol; nothing where nobody plays the role. */
export function besideOf(
  { peers: { roles } }: Pick<FeatureSet, 'peers'>,
  symbol: string,
): (name: string) => Beside | undefined {
  const own = roles?.of(symbol);
  const names = new Set(roles?.names);
  return name => (names.has(name) ? own!.get(name) : { symbol: name, side: 1 });
}

/** Why a set has nobody of that name, where it has not. */
export function faultOfPeer(
  { name, peers: { roles }, symbols }: FeatureSet,
  peer: string,
): string | undefined {
  // a set that is meant for no symbols in particular takes any
  if (symbols.length === 0 || symbols.includes(peer) || roles?.names.includes(peer)) return undefined;
  const ranges = [...Map.groupBy(roles?.names ?? [], role => role.replace(/\d+$/, '')).values()].map(all =>
    namesText(all),
  );
  return `set ${name} has no symbol and no role "${peer}"; there are ${[...ranges, ...symbols].join(', ')}`;
}

/** Names with their runs joined: base1 to base6, eurusd. */
export function namesText(names: readonly string[]): string {
  const runs: { stem: string; first: number; last: number }[] = [];
  for (const name of names) {
    const [, stem = name, digits = ''] = /^(.*?)(\d*)$/.exec(name) ?? [];
    const number = digits === '' ? Number.NaN : Number(digits);
    const run = runs.at(-1);
    if (run && run.stem === stem && number === run.last + 1) run.last = number;
    else runs.push({ stem, first: number, last: number });
  }
  const text = (stem: string, number: number): string => (Number.isNaN(number) ? stem : `${stem}${number}`);
  return runs
    .map(({ stem, first, last }) =>
      first === last || Number.isNaN(first)
        ? text(stem, first)
        : `${text(stem, first)} to ${text(stem, last)}`,
    )
    .join(', ');
}

const readBy = new WeakMap<Family, ReadonlyMap<string, ReadonlySet<string>>>();

/** The names of other symbols that a family reads, and which of their parameters. */
export function peersOf(family: Family): ReadonlyMap<string, ReadonlySet<string>> {
  const known = readBy.get(family);
  if (known) return known;
  const seen = new Set<Expr>();
  for (const { expr } of family.features) allParts(expr, seen);
  const peers = new Map<string, Set<string>>();
  for (const part of seen) {
    if (part.kind !== 'peer') continue;
    const parameters = peers.get(part.symbol) ?? new Set();
    for (const inner of allParts(part.body)) if (inner.kind === 'parameter') parameters.add(inner.name);
    peers.set(part.symbol, parameters);
  }
  readBy.set(family, peers);
  return peers;
}

/** Why an expression cannot be a feature, where it asks for the side of nobody. */
export function faultOfSide(expr: Expr, seen = new Set<Expr>()): string | undefined {
  if (seen.has(expr) || expr.kind === 'peer') return undefined;
  seen.add(expr);
  if (expr.kind === 'parameter' && expr.name === sideParameter)
    return `$${sideParameter} is a number of another symbol and belongs inside peer(...)`;
  for (const part of partsOf(expr)) {
    const fault = faultOfSide(part, seen);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
