import type { BarColumn } from '../catalog/bars.ts';
import { familyByName, featuresOf } from '../catalog/catalog.ts';
import type { FeatureSet, SetConfig } from '../catalog/set.ts';
import type { CellType } from '../engine/copy.ts';
import { planFeatures } from '../engine/engine.ts';
import type { Plan } from '../engine/plan.ts';
import type { Parameters } from '../engine/session.ts';
import { WindrowError } from '../errors.ts';
import type { Connection } from '../store/database.ts';
import type { SourceSpec } from '../store/sourceTables.ts';
import { familyTable, type PartitionedTable } from '../store/tables.ts';
import type { Task } from './types.ts';

/** All that a worker needs to run a task. Plain data, since it crosses threads. */
export type TaskOrder = {
  readonly task: Task;
  readonly connection: Connection;
  readonly source: SourceSpec;
  readonly set: string;
  readonly setConfig: SetConfig;
  readonly horizonBits: number;
  readonly type: CellType;
  readonly schema: string;
  readonly parameters: Parameters;
  /** Catalogue version by family. */
  readonly versions: Readonly<Record<string, string>>;
  readonly runId: string;
  readonly attempt: number;
};

/** A family ready to be computed. */
export type PlannedFamily = {
  readonly family: string;
  readonly plan: Plan;
  readonly table: PartitionedTable;
};

/** The columns of bars that families read. */
export const barColumnsOf = (plans: readonly Pick<PlannedFamily, 'plan'>[]): BarColumn[] => [
  ...new Set(plans.flatMap(({ plan }) => plan.columns.filter(name => name !== 'time'))),
];

/** Rows before a month that families need of each column of bars. */
export function barNeeds(plans: readonly Pick<PlannedFamily, 'plan'>[]): Map<BarColumn, number> {
  const needs = new Map<BarColumn, number>();
  for (const { plan } of plans)
    for (const name of barColumnsOf([{ plan }]))
      needs.set(name, Math.max(needs.get(name) ?? 0, plan.lookback - 1));
  return needs;
}

/** The table that a family of a set lands in. */
export function tableOf(
  set: FeatureSet,
  family: string,
  options: { schema: string; type: CellType },
): PartitionedTable {
  return familyTable({
    family,
    set: set.name,
    columns: familyByName(set, family).features.map(feature => feature.name),
    type: options.type === 'real' ? 'real' : 'double precision',
    schema: options.schema,
    symbolColumn: set.layout.symbolColumn,
    timeColumn: set.layout.timeColumn,
    partition: 'symbol-month',
  });
}

/** The set with another horizon of its exponential means, if one is asked for. */
export function withHorizon(set: FeatureSet, horizonBits: number | undefined): FeatureSet {
  if (horizonBits === undefined) return set;
  if (Number.isInteger(horizonBits) && horizonBits >= 8 && horizonBits <= 200) return { ...set, horizonBits };
  const expects = 'a whole number from 8 to 200';
  throw new WindrowError('WR_SETTING_INVALID', { setting: 'horizonBits', expects, found: horizonBits });
}

const plans = new Map<string, Plan>();

/** The plan of a family; made once per thread. */
export function planOf(set: FeatureSet, family: string): Plan {
  const key = `${set.name}.${family} ${set.horizonBits} ${JSON.stringify([set.options, set.off, set.custom])}`;
  const known = plans.get(key) ?? planFeatures(set, featuresOf(set, [familyByName(set, family)]));
  plans.set(key, known);
  return known;
}
