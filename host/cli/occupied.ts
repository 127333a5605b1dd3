import type { SyntheticMonth } from '../bars/index.ts';
import type { Database } from '../store/database.ts';
import { qualify } from '../store/identifiers.ts';
import { monthEnd, monthStart } from '../store/month.ts';
import { barsTable } from '../store/tables.ts';

const total = (plane: Float64Array | undefined): number => plane?.reduce((sum, value) => sum + value, 0) ?? 0;

/**
 * The first month whose bars in the database are not those given. Compared are their number and the sum of their
 * volumes, which are whole numbers and therefore add up to the same in any order.
 */
export async function occupiedMonth(
  database: Database,
  schema: string,
  months: readonly SyntheticMonth[],
): Promise<SyntheticMonth | undefined> {
  const { timeColumn, symbolColumn, name } = barsTable(schema);
  const table = qualify(schema, name);
  const client = await database.connect();
  try {
    const { rows: found } = await client.query('select to_regclass($1) as oid', [table]);
    if (found[0]?.oid == null) return undefined;
    for (const each of months) {
      const { rows } = await client.query<{ rows: number; volume: number }>(
        `select count(*)::float8 as rows, coalesce(sum(volume), 0) as volume from ${table}
         where ${symbolColumn} = $1 and ${timeColumn} >= $2::timestamp and ${timeColumn} < $3::timestamp`,
        [each.symbol, monthStart(each.month), monthEnd(each.month)],
      );
      const [there = { rows: 0, volume: 0 }] = rows;
      if (there.rows === 0) continue;
      if (there.rows !== each.bars.time.length || there.volume !== total(each.bars.columns.volume))
        return each;
    }
    return undefined;
  } finally {
    await client.end();
  }
}
