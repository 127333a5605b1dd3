import type { Custom } from '../catalog/customSchema.ts';
import type { CellType } from '../engine/copy.ts';
import type { Database } from '../store/database.ts';
import type { SourceSpec } from '../store/sourceTables.ts';

/** Which rows of a set that is kept row by row are brought up to date, and how. */
export type UpdateOptions = {
  readonly database: Database;
  /** A set that is kept row by row: "stocks-hourly". */
  readonly set: string;
  /** Options of the set, as they stand under `sets.NAME.options` in the configuration. */
  readonly setOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Families of the user, as they stand under `custom` in the configuration. */
  readonly custom?: Custom | undefined;
  /** Features to switch off, beside those that are switched off in the database. */
  readonly off?: readonly string[] | undefined;
  /** Default: every symbol that has bars. */
  readonly symbols?: readonly string[] | undefined;
  /** Limits the run to the families of these phases; default: all. */
  readonly phases?: readonly number[] | undefined;
  readonly schema?: string | undefined;
  /** The user's own tables of bars; default: those that `import --set` fills. */
  readonly source?: SourceSpec | undefined;
  readonly type?: CellType | undefined;
  /** Computes every row again, also where nothing has changed: after a change of definitions, for example. */
  readonly force?: boolean | undefined;
  /** Finds out what there is to do and writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Worker threads; default: one per core where there is much to do, none where there is little. */
  readonly workers?: number | undefined;
  /** A symbol that takes longer fails alone; default 30,000. */
  readonly symbolTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Another entry for the worker threads, for tests of what happens when a thread fails. */
  readonly workerFile?: URL | undefined;
  readonly onEvent?: ((event: UpdateEvent) => void) | undefined;
};

export type UpdateEvent =
  | { readonly kind: 'plan'; readonly symbols: number; readonly due: number }
  | ({ readonly kind: 'symbol' } & SymbolReport)
  | { readonly kind: 'note'; readonly text: string };

/** What an update did for one symbol. */
export type SymbolReport = {
  readonly symbol: string;
  /**
   * done: rows were written. unchanged: there was nothing to do. failed: nothing was written, see `cause`. due: there is
   * something to do, and the run was told to do nothing.
   */
  readonly status: 'done' | 'unchanged' | 'failed' | 'due';
  readonly code?: string;
  readonly cause?: string;
  /** Feature rows inserted or replaced, and of these the new ones. */
  readonly rows: number;
  readonly inserted: number;
  /** Cells computed of the features asked for, NULLs among them, values that were limited. */
  readonly cells: number;
  readonly nulls: number;
  readonly clipped: number;
  readonly barsRead: number;
  /** Times of the first and the last row written, as 2025-03-10T15:00:00Z. */
  readonly first?: string;
  readonly last?: string;
  /** Feature to number of NULLs, for those that have any. */
  readonly nullFeatures: Readonly<Record<string, number>>;
  readonly tookMs: number;
};

export type UpdateReport = {
  readonly runId: string;
  readonly set: string;
  /** Version of the definitions that the rows were computed by. */
  readonly featureVersion: string;
  readonly dryRun: boolean;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly symbols: readonly SymbolReport[];
  readonly done: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly rows: number;
  readonly cells: number;
  readonly nulls: number;
  readonly clipped: number;
  readonly interrupted: boolean;
  readonly notes: readonly string[];
};
