import type pg from 'pg';
import type { LedgerRow } from '../store/ledger.ts';
import { checkStructure, type StructureFinding, strayFinding, strayPartitions } from '../store/structure.ts';
import { partitionName } from '../store/tables.ts';
import { tableOf } from './order.ts';
import type { Prepared } from './prepare.ts';

/** Holds the tables of the selection against the ledger: what is missing, detached, without its key, or known to nobody. */
export async function verifyStructure(
  client: pg.Client,
  { set, schema, type, states }: Pick<Prepared, 'set' | 'schema' | 'type' | 'states'>,
  ledger: readonly LedgerRow[],
): Promise<StructureFinding[]> {
  const families = [...new Set(states.map(({ family }) => family))];
  const tables = new Map(families.map(family => [family, tableOf(set, family, { schema, type })]));
  const selected = new Set(states.map(({ family, symbol, month }) => `${family} ${symbol} ${month}`));
  const chosen = ledger.filter(({ family, symbol, month }) => selected.has(`${family} ${symbol} ${month}`));
  const findings = await checkStructure(
    client,
    schema,
    chosen.map(({ family, symbol, month }) => ({ table: tables.get(family)!, symbol, month })),
  );
  const known = new Set(ledger.map(({ table }) => table));
  const names = new Set(
    states.map(({ family, symbol, month }) => partitionName(tables.get(family)!, symbol, month)),
  );
  for (const table of tables.values()) {
    const strays = await strayPartitions(client, table, known);
    findings.push(...strays.filter(name => names.has(name)).map(name => strayFinding(table, name)));
  }
  return findings;
}
