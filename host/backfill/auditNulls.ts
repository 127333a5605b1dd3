import type pg from 'pg';
import { type CatalogFeature, familyByName, featuresOf } from '../catalog/catalog.ts';
import { rangeOf } from '../catalog/units.ts';
import { columnValues } from '../store/columnValues.ts';
import type { Database } from '../store/database.ts';
import { type LedgerRow, readLedger } from '../store/ledger.ts';
import { isMigrated } from '../store/migrate.ts';
import type { Month } from '../store/month.ts';
import {
  faultsOf,
  type NullsReport,
  type ValueFault,
  type ValueFinding,
  type ValuesOfMonth,
} from '../store/valueFaults.ts';
import { coverage, type FamilyCoverage } from './coverage.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';

export type { NullsReport };

export type NullsOptions = PrepareOptions & {
  readonly database: Database;
  readonly signal?: AbortSignal | undefined;
  readonly onMonth?: ((month: ValuesOfMonth, findings: readonly ValueFinding[]) => void) | undefined;
};

/** Looks at the values of published partitions. */
async function lookAt(
  client: pg.Client,
  partitions: readonly LedgerRow[],
  features: readonly CatalogFeature[],
): Promise<ValueFinding[]> {
  const asked = features.map(feature => ({ name: feature.name, only: rangeOf(feature)?.only }));
  const findings: ValueFinding[] = [];
  for (const { schema, table, symbol, month, infinities } of partitions) {
    const stored = await columnValues(client, { schema, table }, asked);
    for (const column of stored?.columns ?? []) {
      const feature = features.find(({ name }) => name === column.name)!;
      const { family, name, unit } = feature;
      const { least, largest } = column;
      for (const fault of faultsOf(feature, column, infinities[name] ?? 0))
        findings.push({ family, feature: name, unit, symbol, month, least, largest, ...fault });
    }
  }
  return findings;
}

function monthOf(
  { family, rows, features }: FamilyCoverage,
  month: Month,
  partitions: readonly LedgerRow[],
  findings: readonly ValueFinding[],
): ValuesOfMonth {
  const sum = (of: (feature: (typeof features)[number]) => number): number =>
    features.reduce((total, feature) => total + of(feature), 0);
  const count = (fault: ValueFault): number => findings.filter(one => one.fault === fault).length;
  return {
    ...{ family, month, partitions: partitions.length, rows, features: features.length },
    completeCells: sum(feature => feature.rows),
    nulls: sum(({ nulls }) => nulls),
    empty: features.filter(({ state }) => state === 'empty').length,
    infinite: findings.reduce((total, { fault, rows: of = 0 }) => total + (fault === 'infinite' ? of : 0), 0),
    ...{ constant: count('constant'), outside: count('outside'), unsound: count('unsound') },
  };
}

async function publishedOf(client: pg.Client, { set, schema, states }: Prepared): Promise<LedgerRow[]> {
  if (!(await isMigrated(client))) return [];
  const wanted = new Set(states.map(({ family, symbol, month }) => `${family} ${symbol} ${month}`));
  const rows = await readLedger(client, { set: set.name, schema });
  return rows.filter(
    ({ family, symbol, month, checksum }) => checksum !== '' && wanted.has(`${family} ${symbol} ${month}`),
  );
}

/** What the stored values of a selection are like, family by family and month by month. Nothing is computed. */
export async function auditNulls(options: NullsOptions): Promise<NullsReport> {
  const client = await options.database.connect();
  const report = { months: [] as ValuesOfMonth[], findings: [] as ValueFinding[] };
  try {
    const prepared = await prepare(client, options, { write: false });
    const { set, states } = prepared;
    const published = Map.groupBy(
      await publishedOf(client, prepared),
      ({ family, month }) => `${family} ${month}`,
    );
    for (const month of [...new Set(states.map(state => state.month))].sort()) {
      const own = states.filter(state => state.month === month);
      for (const family of await coverage(client, { ...prepared, states: own })) {
        options.signal?.throwIfAborted();
        const partitions = published.get(`${family.family} ${month}`) ?? [];
        if (partitions.length === 0) continue;
        const features = featuresOf(set, [familyByName(set, family.family)]);
        const findings = await lookAt(client, partitions, features);
        const found = monthOf(family, month, partitions, findings);
        report.months.push(found);
        report.findings.push(...findings);
        options.onMonth?.(found, findings);
      }
    }
    return report;
  } finally {
    await client.end();
  }
}
