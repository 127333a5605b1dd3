import { createHash } from 'node:crypto';
import { featuresOf, setByName, versionOf } from '../catalog/catalog.ts';
import { number, type Series } from '../catalog/expr.ts';
import type { FeatureSet, SetConfig } from '../catalog/set.ts';
import { abs, add, gt, orElse, sub } from '../catalog/vocabulary.ts';
import type { CellType } from '../engine/copy.ts';
import { type Plan, plan, planOptionsOf } from '../engine/plan.ts';
import { storedPlan } from '../engine/storedPlans.ts';
import type { Connection } from '../store/database.ts';
import type { SourceSpec } from '../store/sourceTables.ts';
import type { Writer } from './writer.ts';

/** The rows of a symbol that are to be computed: those of bars in a range of times (microseconds since 1970). */
export type Due = {
  readonly symbol: string;
  /** The first bar whose row is computed; undefined: the very first there is. */
  readonly from: number | undefined;
  /** The last one; undefined: the newest there is. */
  readonly to: number | undefined;
  /** Whether these are all rows that the symbol is to have. */
  readonly whole?: boolean;
  /** The bars' revision that the rows will have seen. */
  readonly revision: bigint | null;
  /** The same for each other symbol that the rows read, as a text: see `peerChanges`. */
  readonly peers: Readonly<Record<string, string>>;
};

/** What a batch is computed by; plain data, since it crosses threads. */
export type UpdateOrder = {
  readonly connection: Connection;
  readonly source: SourceSpec;
  readonly set: string;
  readonly setConfig: SetConfig;
  readonly families: readonly string[];
  readonly schema: string;
  readonly type: CellType;
  readonly ownBars: boolean;
  readonly symbolTimeoutMs: number;
  /** Who has to have the lock of the table when rows are written; absent where none are. */
  readonly writer?: Writer;
};

const versionsOf = (set: FeatureSet, type: CellType): Map<string, string> =>
  new Map(set.families.map(family => [family.name, versionOf(set, family, { type, parameters: {} })]));

function joined(versions: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const version of versions.values()) hash.update(version);
  return hash.digest('hex').slice(0, 16);
}

/** Version of all definitions of a set: what the rows say that they were computed by. */
export const featureVersion = (set: FeatureSet, type: CellType): string => joined(versionsOf(set, type));

/** A plan of families with what is stored beside their features. */
export type RowPlan = {
  readonly plan: Plan;
  /** Positions among the plan's results. */
  readonly features: readonly { readonly name: string; readonly at: number }[];
  readonly clipped: number | undefined;
  readonly norms: readonly { readonly name: string; readonly mean: number; readonly sd: number }[];
};

/** Under which key the plan of a set's rows is stored with the package: all that it depends on beside that. */
export const rowsKey = (set: FeatureSet, families: readonly string[]): string =>
  `rows of ${set.name} ${JSON.stringify([families, set.horizonBits, set.options, set.off, set.custom ?? {}])}`;

/** Plans the features of some families, the count of limited values, and what they are limited by. */
export function planRows(set: FeatureSet, families: readonly string[]): RowPlan {
  const chosen = featuresOf(
    set,
    set.families.filter(({ name }) => families.includes(name)),
  );
  const results = chosen.map(({ qualifiedName, expr }) => ({ name: qualifiedName, expr }));
  const limited = chosen.filter(({ limited }) => limited);
  const counted = limited
    .map(({ expr, limited }) => orElse(gt(abs(sub(limited!.raw, expr)), 0), 0))
    .reduce<Series | undefined>((sum, one) => (sum === undefined ? one : add(sum, one)), undefined);
  const clipped = counted === undefined ? undefined : results.length;
  if (counted !== undefined) results.push({ name: 'clipped', expr: number(counted) });
  const norms = limited.map(({ name, limited }) => {
    results.push(
      { name: `mean of ${name}`, expr: limited!.mean },
      { name: `sd of ${name}`, expr: limited!.sd },
    );
    return { name, mean: results.length - 2, sd: results.length - 1 };
  });
  return {
    plan: storedPlan(rowsKey(set, families)) ?? plan(results, planOptionsOf(set)),
    features: chosen.map(({ name }, at) => ({ name, at })),
    clipped,
    norms,
  };
}

/** What follows from an order, once in a process or thread: what is computed, and by which definitions. */
export type Prepared = {
  readonly set: FeatureSet;
  readonly rowPlan: RowPlan;
  /** Version by family of the order. */
  readonly versions: ReadonlyMap<string, string>;
  /** Version of all definitions of the set: what the rows say that they were computed by. */
  readonly version: string;
};

export function prepare({ set: name, setConfig, families, type }: UpdateOrder, made?: FeatureSet): Prepared {
  const set = made ?? setByName(name, setConfig);
  const all = versionsOf(set, type);
  return {
    set,
    rowPlan: planRows(set, families),
    versions: new Map([...all].filter(([family]) => families.includes(family))),
    version: joined(all),
  };
}
