import type { Month } from '../store/month.ts';

/** A symbol and a month, with the families that are to be computed; or a month of all symbols, with one family. */
export type Task = {
  /** `*` where it is all symbols. */
  readonly symbol: string;
  readonly month: Month;
  readonly families: readonly string[];
  /** Bars of the month, as the source counts them. */
  readonly rows: number;
  /** Where it is all symbols: those that have bars in the month, and how many. */
  readonly members?: readonly Member[];
};

/** A symbol of a partition that holds those of all symbols. */
export type Member = { readonly symbol: string; readonly rows: number };

/** Which partition. */
export type PartitionPlace = { readonly symbol: string; readonly month: Month; readonly family: string };

/** What a finished partition was and cost. */
export type PartitionDone = {
  readonly family: string;
  readonly symbol: string;
  readonly month: Month;
  readonly rows: number;
  readonly cells: number;
  readonly nulls: number;
  readonly bytes: number;
  readonly tookMs: number;
  readonly copyMs: number;
  /** Whether an older partition was replaced. */
  readonly replaced: boolean;
  /** Whether another backfill had published it while this one waited; nothing was written then. */
  readonly skipped?: true;
  /** First rows in which some feature is NULL because the bars before the month are too few. */
  readonly nullRows: number;
  /** Models that have no fit at some of their anchors in the month. */
  readonly unfitted?: readonly UnfittedModel[];
};

/** A model that did not converge or had too few rows; what rests on it is NULL where it has no fit. */
export type UnfittedModel = {
  readonly model: string;
  /** Anchors in the month, and those of them without a fit. */
  readonly anchors: number;
  readonly unfitted: number;
  /** At the first of these: how many rows there were to fit, and whether it was tried. */
  readonly observations: number | null;
  readonly tried: boolean;
};

export type Failure = {
  readonly symbol: string;
  readonly month: Month;
  /** Absent when the task failed as a whole, before or between its families. */
  readonly family?: string;
  readonly code: string;
  readonly cause: string;
};

/** What the bars of a task lack. */
export type BarsNote = {
  readonly symbol: string;
  readonly month: Month;
  /** Columns that the families read and that are NULL in every bar. */
  readonly missing: readonly string[];
  /** Features of the task that read one of them. */
  readonly nullFeatures: number;
  /** Whether volume is 0 in every bar. */
  readonly zeroVolume: boolean;
  /** Microseconds between bars, where these are not those that the set is made for. */
  readonly otherInterval?: { readonly found: number; readonly expected: number };
};

export type BackfillEvent =
  | {
      readonly kind: 'plan';
      readonly runId: string;
      readonly tasks: number;
      readonly partitions: number;
      readonly rows: number;
      readonly cells: number;
      readonly bytes: number;
    }
  | { readonly kind: 'task-start'; readonly task: Task; readonly attempt: number }
  /** Rows and cells copied since the last progress event. */
  | {
      readonly kind: 'progress';
      readonly task: Task;
      readonly family: string;
      readonly rows: number;
      readonly cells: number;
    }
  | ({ readonly kind: 'partition' } & PartitionDone)
  | {
      readonly kind: 'waiting';
      readonly symbol: string;
      readonly month: Month;
      readonly family: string;
      readonly holder: string;
    }
  | { readonly kind: 'task-done'; readonly task: Task; readonly tookMs: number }
  | {
      readonly kind: 'task-failed';
      readonly task: Task;
      readonly attempt: number;
      readonly retries: boolean;
      /** How long the next attempt is put off. */
      readonly waitMs?: number;
      readonly codes: readonly string[];
      readonly cause: string;
    };

/** Partitions by what became of them, and what they cost. */
export type BackfillReport = {
  readonly runId: string;
  readonly done: number;
  /** Up to date before the run. */
  readonly skipped: number;
  readonly failed: readonly Failure[];
  /** Not reached, or rolled back, because the run was stopped or gave up. */
  readonly notStarted: readonly PartitionPlace[];
  readonly interrupted: boolean;
  /** Whether it ended early, because task after task failed from what is wrong with the database, its disk or its rights. */
  readonly gaveUp: boolean;
  readonly tasks: number;
  readonly rows: number;
  readonly cells: number;
  readonly nulls: number;
  readonly bytes: number;
  readonly tookMs: number;
  /** Time that workers spent waiting for Postgres to take bytes, over the time that they were busy. */
  readonly copyShare: number;
  /** Sentences on why values are NULL: columns that bars lack, months whose lookback is missing. */
  readonly notes: readonly string[];
  /** Models that have no fit in a month of a symbol. */
  readonly unfitted: readonly (Pick<PartitionDone, 'family' | 'symbol' | 'month'> & UnfittedModel)[];
};

/** What a backfill would do. */
export type BackfillPlan = {
  readonly tasks: readonly Task[];
  readonly partitions: number;
  readonly upToDate: number;
  readonly rows: number;
  readonly cells: number;
  /** Bytes of the binary COPY. */
  readonly bytes: number;
  readonly estimatedMs: number;
};
