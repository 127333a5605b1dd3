import type pg from 'pg';
import { families } from './stage.ts';

/** Of each partition, by family, symbol and month, a hash over its rows: not the product's own checksum. */
export type Contents = Readonly<Record<string, string>>;

const partsOf = (family: string): string => (family === 'cross_sectional_panel' ? "'*'" : 'pair');

/** What the partitions of a family hold, in one statement and so at one instant. None where there is no such table. */
export async function familyContents(client: pg.Client, family: string): Promise<Contents> {
  const there = await client.query('select to_regclass($1) is not null as there', [family]);
  if (!there.rows[0].there) return {};
  const { rows } = await client.query<{ symbol: string; month: string; content: string }>(
    `select ${partsOf(family)} as symbol, to_char(ts_utc, 'YYYY-MM') as month,
       count(*) || ' rows ' || sum(hash_record_extended(t, 0)) as content
     from ${family} t group by 1, 2`,
  );
  return Object.fromEntries(
    rows.map(({ symbol, month, content }) => [`${family} ${symbol} ${month}`, content]),
  );
}

export async function contentsOf(client: pg.Client): Promise<Contents> {
  const all: Contents[] = [];
  for (const family of families) all.push(await familyContents(client, family));
  return Object.assign({}, ...all);
}
