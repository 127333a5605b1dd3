import { featuresOf } from '../catalog/catalog.ts';
import type { FeatureSet } from '../catalog/set.ts';
import type { Database } from '../store/database.ts';
import { qualify, quote } from '../store/identifiers.ts';

export type Sample = {
  readonly symbol: string;
  /** "2024-08-30 21:57", ascending. */
  readonly times: readonly string[];
  readonly features: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
};

/** The first feature of each family in the last rows of a symbol: joined over the families' tables, as a user would. */
export async function sampleRows(
  database: Database,
  set: FeatureSet,
  { schema, symbol, rows }: { readonly schema: string; readonly symbol: string; readonly rows: number },
): Promise<Sample> {
  const { timeColumn, symbolColumn } = set.layout;
  const chosen = set.families.flatMap(family => featuresOf(set, [family]).slice(0, 1));
  const [time, own] = [quote(timeColumn), quote(symbolColumn)];
  const columns = chosen.map((feature, i) => `t${i}.${quote(feature.name)} as f${i}`);
  const tables = chosen.map(({ family }, i) => {
    const table = `${qualify(schema, family)} t${i}`;
    return i === 0 ? table : `join ${table} using (${time}, ${own})`;
  });
  const client = await database.connect();
  try {
    const { rows: found } = await client.query<Record<string, number | null> & { at: string }>(
      `select to_char(${time}, 'YYYY-MM-DD HH24:MI') as at, ${columns.join(', ')}
       from ${tables.join(' ')} where ${own} = $1 order by ${time} desc limit $2`,
      [symbol, rows],
    );
    found.reverse();
    return {
      symbol,
      times: found.map(row => row.at),
      features: chosen.map(({ qualifiedName }, i) => ({
        name: qualifiedName,
        values: found.map(row => row[`f${i}`] ?? null),
      })),
    };
  } finally {
    await client.end();
  }
}
