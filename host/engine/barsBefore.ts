import type { CatalogFeature } from '../catalog/catalog.ts';
import { allParts, type Expr } from '../catalog/expr.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { lookbacks, planOptionsOf } from './plan.ts';

const peerBodies = (expr: Expr): Expr[] =>
  [...allParts(expr)].flatMap(part => (part.kind === 'peer' ? [part.body] : []));

/** Bars that must be there before a row for a feature to have all that it looks back, those of other symbols among them. */
export function barsBefore(set: FeatureSet, features: readonly CatalogFeature[]): Map<string, number> {
  const options = planOptionsOf(set);
  const longest = (exprs: readonly Expr[]): number =>
    Math.max(
      1,
      ...lookbacks(
        exprs.map((expr, i) => ({ name: String(i), expr })),
        options,
      ).map(one => one.lookback),
    );
  const own = lookbacks(
    features.map(({ qualifiedName: name, expr }) => ({ name, expr })),
    options,
  );
  return new Map(
    own.map(({ name, lookback }, i) => [name, lookback + longest(peerBodies(features[i]!.expr)) - 2]),
  );
}
