export { auditLookahead, type LookaheadOptions, type LookaheadReport } from './backfill/audit.ts';
export { auditLookback, type LookbackOptions, type LookbackReport } from './backfill/auditLookback.ts';
export { auditNulls, type NullsOptions, type NullsReport } from './backfill/auditNulls.ts';
export { type BackfillOptions, backfill, planBackfill } from './backfill/backfill.ts';
export {
  type FamilyCoverage,
  type FeatureCoverage,
  readCoverage,
} from './backfill/coverage.ts';
export { type DiffOptions, type DiffReport, diff, type FeatureDiff } from './backfill/diff.ts';
export type {
  BackfillEvent,
  BackfillPlan,
  BackfillReport,
  Failure,
  PartitionDone,
  Task,
  UnfittedModel,
} from './backfill/types.ts';
export { type Verdict, type VerifyOptions, type VerifyReport, verify } from './backfill/verify.ts';
export { generateBars, type ReadOptions, readBars, writeCsv } from './bars/index.ts';
export { type BarColumn, type Bars, barColumns } from './catalog/bars.ts';
export type { CatalogFeature } from './catalog/catalog.ts';
/** The sets, their families and features, and what follows from a declaration. */
export * as catalog from './catalog/catalog.ts';
export type { Custom, CustomFamily } from './catalog/customSchema.ts';
export type { Family, Feature, Model, ModelOutput } from './catalog/family.ts';
export type { FeatureSet, SetConfig } from './catalog/set.ts';
export type { Features } from './engine/compute.ts';
export { type ComputeOptions, computeFeatures, Engine, type StreamOptions } from './engine/engine.ts';
export type { Bar } from './engine/liveSession.ts';
export type { Plan, PlannedFeature } from './engine/plan.ts';
export type { Parameters } from './engine/session.ts';
export type { FeatureStream, History } from './engine/stream.ts';
export { type ErrorCode, errorTable, WindrowError } from './errors.ts';
export { type LoadOptions, loadBars } from './ingest/loadBars.ts';
export { type MetricsOptions, metricsText } from './metrics/metricsText.ts';
export { type Database, type DatabaseOptions, openDatabase } from './store/database.ts';
export { type FitFilter, readFits, type StoredFit } from './store/modelFits.ts';
export { type Parameter, readParameters } from './store/parameters.ts';
export {
  findRemovable,
  type MonthFilter,
  type Removable,
  type RemovalFilter,
  type RemovalOptions,
  removePartitions,
} from './store/removal.ts';
export { auditRowNulls, type RowNullsOptions } from './update/auditNulls.ts';
export { type DiffRowsOptions, diffRows } from './update/diff.ts';
export {
  findRemovableRows,
  keepRowsSince,
  type RemovableRows,
  removeRows,
} from './update/remove.ts';
export { type LatestOptions, type LatestRow, latestRows } from './update/serve.ts';
export { type RowStructureFinding, verifyRowStructure } from './update/structure.ts';
export type { SymbolReport, UpdateEvent, UpdateOptions, UpdateReport } from './update/types.ts';
export { update } from './update/update.ts';
export { type RowVerdict, type VerifyRowsOptions, verifyRows } from './update/verify.ts';
