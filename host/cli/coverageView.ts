import {
  type FamilyCoverage,
  type FeatureCoverage,
  type FeatureState,
  nullShare,
} from '../backfill/coverage.ts';
import { count, counted, listed, percent } from './format.ts';
import type { Output } from './output.ts';
import { printTable } from './table.ts';

/** Features that are NULL in a larger share of the rows that have all bars are worth a look. */
export const usualNullShare = 0.01;

const of = (features: readonly FeatureCoverage[], state: FeatureState): FeatureCoverage[] =>
  features.filter(feature => feature.state === state);

const isAbove = (feature: FeatureCoverage, share: number): boolean => (nullShare(feature) ?? 0) > share;

/** What features hold together. */
export function coverageTotals(features: readonly FeatureCoverage[]) {
  const sum = (key: 'rows' | 'nulls' | 'warmUpRows'): number =>
    features.reduce((total, feature) => total + feature[key], 0);
  return {
    features: features.length,
    cells: sum('rows') + sum('warmUpRows'),
    populatedFeatures: of(features, 'populated').length,
    warmingFeatures: of(features, 'warming').length,
    emptyFeatures: of(features, 'empty').length,
    missingFeatures: of(features, 'missing').length,
    /** Cells of rows that have all bars their feature looks back, and the others. */
    completeCells: sum('rows'),
    warmUpCells: sum('warmUpRows'),
    nulls: sum('nulls'),
    nullShare: nullShare({ rows: sum('rows'), nulls: sum('nulls') }) ?? null,
    featuresAboveOnePercent: features.filter(feature => isAbove(feature, usualNullShare)).length,
  };
}

const share = (value: number | null | undefined): string => percent(value ?? Number.NaN);
const orNothing = (value: number): string => (value === 0 ? '' : count(value));

/** A line for each family: what is done of its partitions, and what its features hold. */
export function printFamilies(output: Output, families: readonly FamilyCoverage[]): void {
  printTable(output, {
    head: ['family', 'populated', 'empty', 'done', 'stale', 'missing', 'failed', 'NULL', '> 1 %'],
    rows: families.map(({ family, partitions, features }) => {
      const total = coverageTotals(features);
      return [
        ...[family, `${total.populatedFeatures} of ${total.features}`, orNothing(total.emptyFeatures)],
        ...[count(partitions.done), orNothing(partitions.stale), orNothing(partitions.missing)],
        ...[orNothing(partitions.failed), share(total.nullShare), orNothing(total.featuresAboveOnePercent)],
      ];
    }),
    right: [1, 2, 3, 4, 5, 6, 7, 8],
  });
}

const faults: Readonly<Record<Exclude<FeatureState, 'populated'>, string>> = {
  warming: 'there are not yet all bars that they look back',
  empty: 'NULL throughout',
  missing: 'no column in the table',
};

/** Columns of a terminal that lists keep to. */
const widest = 100;

/** Features without any value, family by family and why; a family of which nothing is published speaks for itself. */
export function printFaults(output: Output, families: readonly FamilyCoverage[]): void {
  for (const { family, rows, features } of families) {
    if (rows === 0) continue;
    for (const [state, what] of Object.entries(faults)) {
      const names = of(features, state as FeatureState).map(({ feature }) => feature);
      if (names.length === 0) continue;
      const whole = names.length === features.length;
      const lines = [6, 5, 4, 3, 2, 1].map(
        most => `${family}: ${what}: ${whole ? `all ${names.length} features` : listed(names, most)}`,
      );
      output.line(lines.find(line => line.length <= widest) ?? lines.at(-1)!);
    }
  }
}

/** Features that are NULL in a larger share of rows than that, the largest share first. */
export function printNulls(output: Output, families: readonly FamilyCoverage[], above: number): void {
  const found = families
    .flatMap(({ features }) => features)
    .filter(feature => isAbove(feature, above))
    .toSorted((a, b) => nullShare(b)! - nullShare(a)!);
  if (found.length > 0) {
    printTable(output, {
      head: ['feature', 'rows', 'NULL', 'share'],
      rows: found.map(each => [
        `${each.family}.${each.feature}`,
        ...[count(each.rows), count(each.nulls), share(nullShare(each))],
      ]),
      right: [1, 2, 3],
    });
    output.line();
  }
  output.line(`${counted(found.length, 'feature')} NULL in more than ${percent(above)} of their rows`);
  output.note('rows: those before which there are all bars that the feature looks back');
}

/** The same for a program: an object for each feature and each family. */
export function coverageObjects(output: Output, families: readonly FamilyCoverage[]): void {
  for (const { features } of families)
    for (const feature of features)
      output.object({ kind: 'feature', ...feature, nullShare: nullShare(feature) ?? null });
  for (const { family, partitions, rows, bytes, features } of families)
    output.object({ kind: 'family', family, ...partitions, rows, bytes, ...coverageTotals(features) });
}
