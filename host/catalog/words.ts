import { type Expr, named, partsOf } from './expr.ts';
import type { FeatureSet } from './set.ts';

/** What formulas over a set can call by name. */
export type Words = {
  /** A part that formulas of the set name, or a feature as `family.feature`. */
  readonly get: (name: string) => Expr | undefined;
  /** The parts. */
  readonly names: () => string[];
  /** The features, with their families. */
  readonly features: () => string[];
};

/** The words of a set: the named parts of its features, those that it offers beside them, and the features. */
export function wordsOf(set: FeatureSet): Words {
  const parts = new Map<string, Expr>();
  const seen = new Set<Expr>();
  const walk = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === 'named') parts.set(expr.name, expr);
    partsOf(expr).forEach(walk);
  };
  set.words?.forEach(walk);
  const features = new Map<string, Expr>();
  for (const family of set.families) {
    for (const { name, expr } of family.features) {
      walk(expr);
      const qualified = `${family.name}.${name}`;
      features.set(qualified, named(qualified, expr.kind === 'named' ? expr.body : expr));
    }
  }
  return {
    get: name => parts.get(name) ?? features.get(name),
    names: () => [...parts.keys()].filter(name => !name.includes('.')),
    features: () => [...features.keys()],
  };
}
