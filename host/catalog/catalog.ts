import { createHash } from 'node:crypto';
import { WindrowError } from '../errors.ts';
import { nearest, suggest } from '../suggest.ts';
import { withCustom } from './custom.ts';
import { bases, definitions, type Expr, toText } from './expr.ts';
import type { Family, Feature } from './family.ts';
import { besideOf, peersOf, sideParameter } from './roles.ts';
import type { FeatureSet, SetConfig } from './set.ts';
import { fx } from './sets/fx.ts';
import { stocksDaily } from './sets/stocksDaily.ts';
import { stocksHourly } from './sets/stocksHourly.ts';

/** Makes each set from its options, which it checks; an empty object stands for all defaults. */
const makers: Readonly<Record<string, (options: Readonly<Record<string, unknown>>) => FeatureSet>> = {
  fx: options => {
    const [unknown] = Object.keys(options);
    if (unknown !== undefined)
      throw new WindrowError('WR_SET_OPTION', { set: 'fx', option: unknown, what: 'the set has no options' });
    return fx;
  },
  'stocks-hourly': stocksHourly,
  'stocks-daily': stocksDaily,
};

/** Every set there is, with its defaults. */
export const sets: readonly FeatureSet[] = Object.values(makers).map(make => make({}));

const nothing: Expr = { kind: 'number', value: Number.NaN };

/** The set with some features switched off: `family.feature`, or `feature` where one family alone has it. */
function switchOff(set: FeatureSet, names: readonly string[]): FeatureSet {
  if (names.length === 0) return set;
  const off = new Set(names.map(name => findFeature(set, name).qualifiedName));
  return {
    ...set,
    off: [...off].sort(),
    families: set.families.map(family => ({
      ...family,
      features: family.features.map(feature =>
        off.has(`${family.name}.${feature.name}`)
          ? { name: feature.name, unit: feature.unit, description: feature.description, expr: nothing }
          : feature,
      ),
    })),
  };
}

/** The set of that name as it is configured. */
export function setByName(name: string, config: SetConfig = {}): FeatureSet {
  const make = makers[name];
  if (!make) {
    const known = Object.keys(makers);
    const suggestion = suggest(name, known);
    throw new WindrowError('WR_SET_UNKNOWN', { set: name, suggestion, known: known.join(', ') });
  }
  return switchOff(withCustom(make(config.options ?? {}), config.custom ?? {}), config.off ?? []);
}

/** The beginning of a hint: a name of the set that was probably meant, or the other set that has the very name. */
function suggestFrom(set: FeatureSet, name: string, namesOf: (set: FeatureSet) => readonly string[]): string {
  const other = sets.find(candidate => candidate.name !== set.name && namesOf(candidate).includes(name));
  return other ? `set ${other.name} has it: --set ${other.name}; ` : suggest(name, namesOf(set));
}

export function familyByName(set: FeatureSet, name: string): Family {
  const family = set.families.find(candidate => candidate.name === name);
  if (family) return family;
  const namesOf = ({ families }: FeatureSet): string[] => families.map(candidate => candidate.name);
  const suggestion = suggestFrom(set, name, namesOf);
  throw new WindrowError('WR_FAMILY_UNKNOWN', { family: name, set: set.name, suggestion });
}

/** A feature with its place in the catalogue, and the sources of its family among its own. */
export type CatalogFeature = Feature & { readonly family: string; readonly qualifiedName: string };

const placed = (family: Family, feature: Feature): CatalogFeature => ({
  ...feature,
  ...(family.sources ? { sources: [...family.sources, ...(feature.sources ?? [])] } : {}),
  family: family.name,
  qualifiedName: `${family.name}.${feature.name}`,
});

export function featuresOf(set: FeatureSet, families: readonly Family[] = set.families): CatalogFeature[] {
  return families.flatMap(family => family.features.map(feature => placed(family, feature)));
}

/** The beginning of a hint: what is known of a name that no feature has. */
function suggestFeature(set: FeatureSet, name: string): string {
  const [familyName = '', ...rest] = name.split('.');
  const family = set.families.find(candidate => candidate.name === familyName);
  const listed = `"windrow features ${familyName} --set ${set.name}" lists`;
  if (family && rest.length === 0) return `it is a family: ${listed} its features; `;
  if (family) {
    // the name of the family, which is right, must not make any of its features look near
    const own = nearest(
      rest.join('.'),
      family.features.map(feature => feature.name),
    );
    return own === undefined ? `${listed} those of the family; ` : `did you mean "${familyName}.${own}"? `;
  }
  return suggestFrom(set, name, candidate =>
    featuresOf(candidate).flatMap(({ name: own, qualifiedName }) =>
      name.includes('.') ? [qualifiedName] : [own, qualifiedName],
    ),
  );
}

/** Whether the formula of a feature that both have is another. */
export function redefinedIn(
  was: readonly CatalogFeature[],
  is: readonly CatalogFeature[],
): (name: string) => boolean {
  const [before, now] = [was, is].map(all => new Map(all.map(({ name, expr }) => [name, toText(expr)])));
  return name => before!.get(name) !== now!.get(name);
}

/** Finds a feature by `family.feature`. */
export function featureByName(set: FeatureSet, name: string): CatalogFeature {
  const family = set.families.find(candidate => name.startsWith(`${candidate.name}.`));
  const found = family?.features.find(feature => name === `${family.name}.${feature.name}`);
  if (family && found) return placed(family, found);
  const suggestion = suggestFeature(set, name);
  throw new WindrowError('WR_FEATURE_UNKNOWN', { feature: name, set: set.name, suggestion });
}

/** Finds a feature by `family.feature`, or by its own name where one family alone has it. */
export function findFeature(set: FeatureSet, name: string): CatalogFeature {
  const named = featuresOf(set).filter(feature => feature.name === name);
  if (named.length > 1) {
    const known = named.map(({ qualifiedName }) => qualifiedName).join(', ');
    throw new WindrowError('WR_FEATURE_AMBIGUOUS', { feature: name, set: set.name, known });
  }
  return named[0] ?? featureByName(set, name);
}

/** What a family's models give, each with the name of its model. */
const outputsOf = ({ models = [] }: Family) =>
  models.flatMap(model => model.outputs.map(output => ({ model: model.name, ...output })));

/** The text that a family's values and its models' follow from: expressions and horizon. The symbol's parameters come on top. */
export function definitionOf(set: FeatureSet, family: Family): string {
  const outputs = outputsOf(family);
  const parts = definitions(...[...family.features, ...outputs].map(({ expr }) => expr));
  const lines = [
    ...[...parts].map(([name, text]) => `${name} := ${text}`),
    ...family.features.map(feature => `${feature.name} = ${toText(feature.expr)}`),
    ...outputs.map(({ model, name, expr }) => `${model}.${name} = ${toText(expr)}`),
  ];
  return [`horizon ${set.horizonBits} bits, nulls ${set.nullPolicy}`, ...lines].join('\n');
}

/** Raised by a change of kernels or lowering that changes the bits of any feature: all that is stored becomes stale. */
export const engineRevision = 4;

/** What a family's version for one symbol follows from beside its definition. */
export type VersionBasis = {
  readonly type: 'double' | 'real';
  readonly parameters: Readonly<Record<string, number>>;
  /** The symbol, where others may play roles for it, and the parameters of those. */
  readonly symbol?: string;
  readonly peerParameters?: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

/** Who is meant by the other symbols that a family reads, with those of their numbers that it reads, in a set that has roles. */
function peerLines(
  set: FeatureSet,
  family: Family,
  { symbol = '', peerParameters = {} }: VersionBasis,
): string[] {
  const { asOfMinutes, roles } = set.peers;
  const peers = peersOf(family);
  if (!roles || peers.size === 0) return [];
  const of = besideOf(set, symbol);
  const lines = [...peers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, parameters]) => {
      const meant = of(name);
      if (!meant) return `${name} is nobody`;
      const numbers = [...parameters]
        .filter(parameter => parameter !== sideParameter)
        .sort()
        .map(parameter => ` $${parameter} = ${peerParameters[meant.symbol]?.[parameter]}`);
      return `${name} is ${meant.symbol} ${meant.side}${numbers.join('')}`;
    });
  return [`others at most ${asOfMinutes} minutes old`, ...lines];
}

/**
 * Version of a family for one symbol: changes exactly when its values may: with an expression, a table that it looks
 * things up in, the horizon, the column type, a parameter of the symbol or of another one that it reads.
 */
export function versionOf(set: FeatureSet, family: Family, symbol: VersionBasis): string {
  const numbers = Object.entries(symbol.parameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `$${name} = ${value}`);
  const behind = new Map<string, string>();
  for (const { expr } of [...family.features, ...outputsOf(family)]) bases(expr, behind);
  const tables = [...behind].map(([operator, basis]) => `${operator}: ${basis}`);
  const text = [
    `engine ${engineRevision}`,
    definitionOf(set, family),
    symbol.type,
    ...numbers,
    ...tables,
    ...peerLines(set, family, symbol),
  ].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Version of a partition that holds several symbols, from that of its family for each. */
export const joinVersions = (versions: readonly (readonly [symbol: string, version: string])[]): string =>
  createHash('sha256')
    .update(versions.map(([symbol, version]) => `${symbol} ${version}`).join('\n'))
    .digest('hex')
    .slice(0, 16);
