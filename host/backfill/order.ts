import type { BarColumn } from '../catalog/bars.ts';
import { familyByName, featuresOf } from '../catalog/catalog.ts';
import type { Expr } from '../catalog/expr.ts';
import type { Family, Model } from '../catalog/family.ts';
import { besideOf, peersOf } from '../catalog/roles.ts';
import type { FeatureSet, SetConfig } from '../catalog/set.ts';
import type { CellType } from '../engine/copy.ts';
import { planFeatures } from '../engine/engine.ts';
import { type Plan, planOptionsOf, readsOf } from '../engine/plan.ts';
import type { Parameters } from '../engine/session.ts';
import { storedPlan } from '../engine/storedPlans.ts';
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
  /** Of the symbol; of a task for all symbols none. */
  readonly parameters: Parameters;
  /** Of a task for all symbols: those of each. */
  readonly memberParameters: Readonly<Record<string, Parameters>>;
  /** Parameters of the other symbols that the families read. */
  readonly peerParameters: Readonly<Record<string, Parameters>>;
  /** Rows before the month that the families need of each column of bars: told, so that bars are read before a plan is made. */
  readonly needs: ReadonlyMap<BarColumn, number>;
  /** Catalogue version by family. */
  readonly versions: Readonly<Record<string, string>>;
  readonly runId: string;
  readonly attempt: number;
  /** Whether what is up to date is computed again. */
  readonly force: boolean;
};

/** A family ready to be computed. */
export type PlannedFamily = {
  readonly family: string;
  readonly models: readonly Model[];
  readonly plan: Plan;
  readonly table: PartitionedTable;
};

/** What a plan reads of the bars, and how far back. */
type Reads = Pick<Plan, 'columns' | 'lookback' | 'peers'>;

/** The columns of bars that a plan reads. */
export const barColumnsOf = ({ columns }: Pick<Plan, 'columns'>): BarColumn[] =>
  columns.filter(name => name !== 'time');

/** Rows before a month that families need of each column of bars. */
export function barNeeds(families: readonly Reads[]): Map<BarColumn, number> {
  const needs = new Map<BarColumn, number>();
  for (const reads of families) {
    const columns = barColumnsOf(reads);
    // where nothing but the time of its rows is read, the rows are needed all the same
    if (columns.length === 0 || reads.peers.length > 0) columns.push('close');
    for (const name of columns) needs.set(name, Math.max(needs.get(name) ?? 0, reads.lookback - 1));
  }
  return needs;
}

const named = (set: FeatureSet, family: string): { name: string; expr: Expr }[] =>
  featuresOf(set, [familyByName(set, family)]).map(({ qualifiedName: name, expr }) => ({ name, expr }));

/** What each family of a set reads, found out once, without planning how it is computed. */
export function readsByFamily(set: FeatureSet): (family: string) => Reads {
  const known = new Map<string, Reads>();
  return family => {
    const reads =
      known.get(family) ??
      knownPlan(set, familyByName(set, family)) ??
      readsOf(named(set, family), planOptionsOf(set));
    known.set(family, reads);
    return reads;
  };
}

/** The other symbols that families of a set read for a symbol, that symbol itself perhaps among them. */
export function peerSymbols(set: FeatureSet, families: readonly string[], symbol: string): string[] {
  const of = besideOf(set, symbol);
  const names = families.flatMap(family => [...peersOf(familyByName(set, family)).keys()]);
  return [...new Set(names.flatMap(name => of(name)?.symbol ?? []))].sort();
}

/** A family with all that it takes to compute it. */
export const plannedFamily = (
  set: FeatureSet,
  family: string,
  options: { schema: string; type: CellType },
): PlannedFamily => ({
  family,
  models: familyByName(set, family).models ?? [],
  plan: planOf(set, family),
  table: tableOf(set, family, options),
});

/** The table that a family of a set lands in. */
export function tableOf(
  set: FeatureSet,
  family: string,
  options: { schema: string; type: CellType },
): PartitionedTable {
  const { features, partition = 'symbol-month' } = familyByName(set, family);
  return familyTable({
    family,
    set: set.name,
    columns: features.map(feature => feature.name),
    type: options.type === 'real' ? 'real' : 'double precision',
    schema: options.schema,
    symbolColumn: set.layout.symbolColumn,
    timeColumn: set.layout.timeColumn,
    partition,
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

/** Under which key the plan of a family is kept: all that it depends on beside the package. */
function planKey(set: FeatureSet, { name, custom }: Family): string {
  const off = set.off.filter(feature => feature.startsWith(`${name}.`));
  const own = [set.options, off, custom ? set.custom : {}];
  return `${set.name}.${name} ${set.horizonBits} ${JSON.stringify(own)}`;
}

/** The plan of a family that is known in this thread or was made with the package. */
function knownPlan(set: FeatureSet, family: Family): Plan | undefined {
  const key = planKey(set, family);
  const known = plans.get(key) ?? storedPlan(key);
  if (known) plans.set(key, known);
  return known;
}

/** The plan of a family and of its models; made once per thread. */
export function planOf(set: FeatureSet, name: string): Plan {
  const family = familyByName(set, name);
  const known = knownPlan(set, family);
  if (known) return known;
  const made = planFeatures(set, featuresOf(set, [family]), family.models);
  plans.set(planKey(set, family), made);
  return made;
}

/** The plans of a set's families by their keys, to be stored with the package. */
export const plansToStore = (set: FeatureSet): Map<string, Plan> =>
  new Map(set.families.map(family => [planKey(set, family), planOf(set, family.name)]));
