import { WindrowError } from '../errors.ts';
import type { Expr } from './expr.ts';
import type { Reference } from './references.ts';

/** One declaration: everything else about a feature (columns, lookback, documentation, checks) is derived from it. */
export type Feature = {
  readonly name: string;
  readonly expr: Expr;
  readonly unit: string;
  /** One sentence. */
  readonly description: string;
  /** Where the definition was published, beside the sources of the family. */
  readonly sources?: readonly Reference[];
  /** Where the value is limited to five deviations: what it was before, and what it was limited by. */
  readonly limited?: { readonly raw: Expr; readonly mean: Expr; readonly sd: Expr };
  /** What an online store may serve while the history is too short. */
  readonly fallback?: number;
};

/** A series of a fitted model: a parameter, how the fit went, or the state at its anchor. */
export type ModelOutput = {
  readonly name: string;
  readonly expr: Expr;
  /** One sentence. */
  readonly description: string;
};

/** Outputs of every model that say how its fit went; the others are its parameters. */
export const fitOutputs = ['converged', 'observations', 'log_likelihood', 'iterations'] as const;

/**
 * A model that features of a family rest on, fitted anew at the first row of every calendar month or hour, before which what it
 * is fitted on ends. Its outputs are no columns: what they are in the first row behind each anchor is stored with the partition.
 */
export type Model = {
  readonly name: string;
  readonly title: string;
  readonly anchor: 'month' | 'hour';
  /** `converged` (1 or 0), `observations`, `log_likelihood` and `iterations` where they apply, and the parameters. */
  readonly outputs: readonly ModelOutput[];
};

/** Features that share a table. */
export type Family = {
  readonly name: string;
  readonly title: string;
  /** The phase of a run that computes it, where runs can be limited to phases. */
  readonly phase?: number;
  /**
   * How its table is cut in sets that are kept partition by partition: by symbol and month where nothing is said; `month`:
   * by month alone, the rows of all symbols in one partition, which is computed, published and checked as a whole.
   */
  readonly partition?: 'month';
  /** Declared by the user, in the configuration. */
  readonly custom?: true;
  /** Where the definitions of all its features were published. */
  readonly sources?: readonly Reference[];
  readonly features: readonly Feature[];
  /** What is fitted for the features. */
  readonly models?: readonly Model[];
};

export const feature = (
  name: string,
  expr: Expr,
  unit: string,
  description: string,
  ...sources: readonly Reference[]
): Feature => ({ name, expr, unit, description, ...(sources.length > 0 ? { sources } : {}) });

/**
 * Families that are declared when they are first asked for: declaring those of all sets takes longer than a small command
 * or a thread needs for the one that it works on.
 */
export function declaredOnce(declare: () => readonly Family[]): () => readonly Family[] {
  let families: readonly Family[] | undefined;
  return () => {
    families ??= withoutTwins(declare());
    return families;
  };
}

function withoutTwins(families: readonly Family[]): readonly Family[] {
  const twice = families.find(
    ({ features }) => new Set(features.map(({ name }) => name)).size < features.length,
  );
  if (twice) throw new WindrowError('WR_INTERNAL', { what: `family ${twice.name} names a feature twice` });
  return families;
}
