import type { Expr } from './expr.ts';

/** One declaration: everything else about a feature (columns, lookback, documentation, checks) is derived from it. */
export type Feature = {
  readonly name: string;
  readonly expr: Expr;
  readonly unit: string;
  /** One sentence. */
  readonly description: string;
  /** Where the value is limited to five deviations: what it was before, and what it was limited by. */
  readonly limited?: { readonly raw: Expr; readonly mean: Expr; readonly sd: Expr };
  /** What an online store may serve while the history is too short. */
  readonly fallback?: number;
};

/** Features that share a table. */
export type Family = {
  readonly name: string;
  readonly title: string;
  /** The phase of a run that computes it, where runs can be limited to phases. */
  readonly phase?: number;
  /** Declared by the user, in the configuration. */
  readonly custom?: true;
  readonly features: readonly Feature[];
};

export const feature = (name: string, expr: Expr, unit: string, description: string): Feature => ({
  name,
  expr,
  unit,
  description,
});
