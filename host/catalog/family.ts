import type { Expr } from './expr.ts';

/** One declaration: everything else about a feature (columns, lookback, documentation, checks) is derived from it. */
export type Feature = {
  readonly name: string;
  readonly expr: Expr;
  readonly unit: string;
  /** One sentence. */
  readonly description: string;
};

/** Features that share a table. */
export type Family = {
  readonly name: string;
  readonly title: string;
  readonly features: readonly Feature[];
};

export const feature = (name: string, expr: Expr, unit: string, description: string): Feature => ({
  name,
  expr,
  unit,
  description,
});
