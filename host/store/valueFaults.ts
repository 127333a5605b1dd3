import type { CatalogFeature } from '../catalog/catalog.ts';
import { rangeOf } from '../catalog/units.ts';
import type { ColumnValues } from './columnValues.ts';
import type { Month } from './month.ts';

/**
 * infinite: the formula gave an infinity, which is stored as NULL. constant: one value in all rows that have any. outside: a
 * value that the unit does not allow. unsound: NaN or an infinity in the table, which nothing of ours ever writes.
 */
export type ValueFault = 'infinite' | 'constant' | 'outside' | 'unsound';

export type ValueFinding = {
  readonly fault: ValueFault;
  readonly family: string;
  readonly feature: string;
  readonly unit: string;
  /** `*` where the partition holds all symbols. */
  readonly symbol: string;
  readonly month: Month;
  /** Rows that are so, where they are counted. */
  readonly rows?: number;
  readonly least: number | null;
  readonly largest: number | null;
};

/** What is stored of a family in a month, all symbols together. */
export type ValuesOfMonth = {
  readonly family: string;
  readonly month: Month;
  /** Of rows that are kept one by one: symbols that have any. */
  readonly partitions: number;
  readonly rows: number;
  readonly features: number;
  /** Cells in rows before which there are all bars that the feature looks back, and how many of them are NULL. */
  readonly completeCells: number;
  readonly nulls: number;
  /** Features that are NULL in all of these rows. */
  readonly empty: number;
  /** Not known of rows that are kept one by one: an infinity is stored as NULL there and not counted. */
  readonly infinite: number | null;
  /** Columns of partitions by fault. */
  readonly constant: number;
  readonly outside: number;
  readonly unsound: number;
};

export type NullsReport = {
  readonly months: readonly ValuesOfMonth[];
  readonly findings: readonly ValueFinding[];
};

/** What there is to find in a column of a partition. */
export function faultsOf(
  feature: CatalogFeature,
  { values, least, largest, strays }: ColumnValues,
  infinities: number,
): { fault: ValueFault; rows?: number }[] {
  const faults: { fault: ValueFault; rows?: number }[] = [];
  if (infinities > 0) faults.push({ fault: 'infinite', rows: infinities });
  if (values === 0) return faults;
  if (!Number.isFinite(least) || !Number.isFinite(largest)) return [...faults, { fault: 'unsound' }];
  const range = rangeOf(feature);
  if (range && (least! < range.low || largest! > range.high || strays > 0))
    faults.push({ fault: 'outside', ...(strays > 0 ? { rows: strays } : {}) });
  if (values > 1 && least === largest) faults.push({ fault: 'constant' });
  return faults;
}
