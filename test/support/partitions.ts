import type pg from 'pg';
import { type Database, verify } from '../../host/index.ts';
import { readLedger } from '../../host/store/ledger.ts';

/** Checksum of every published partition, as the ledger noted it, by family, symbol and month. */
export async function partitionChecksums(client: pg.Client): Promise<Record<string, string>> {
  const rows = await readLedger(client);
  return Object.fromEntries(
    rows
      .filter(({ status }) => status === 'done')
      .map(({ family, symbol, month, checksum, rows: count }) => [
        `${family} ${symbol} ${month}`,
        `${checksum} of ${count} rows`,
      ])
      .sort(),
  );
}

/** The same, after everything stored has been read back and computed again. */
export async function verifiedChecksums(
  database: Database,
  families?: readonly string[],
): Promise<Record<string, string>> {
  const { verdicts } = await verify({ database, families });
  const wrong = verdicts.filter(({ verdict }) => verdict !== 'equal');
  if (wrong.length > 0)
    throw new Error(`stored otherwise than computed: ${JSON.stringify(wrong.slice(0, 3))}`);
  const client = await database.connect();
  try {
    return await partitionChecksums(client);
  } finally {
    await client.end();
  }
}

/**
 * What a run that was cut off could have left behind: tables that belong to no parent, partitions that the ledger does
 * not know or knows with other rows, ledger rows without a partition.
 */
export async function leftovers(client: pg.Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string; attached: boolean }>(
    `select relname as name, relispartition as attached from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'market\\_data%'`,
  );
  const ledger = await readLedger(client);
  const done = new Map(ledger.filter(({ status }) => status === 'done').map(row => [row.table, row]));
  const found: string[] = [];
  for (const { name, attached } of tables) {
    if (!attached) found.push(`${name} belongs to no parent`);
    const entry = done.get(name);
    if (!entry) found.push(`${name} is not in the ledger`);
    else {
      const { rows } = await client.query<{ count: number }>(`select count(*)::int from public."${name}"`);
      if (rows[0]!.count !== entry.rows) found.push(`${name} has ${rows[0]!.count} rows, not ${entry.rows}`);
    }
    done.delete(name);
  }
  return [...found, ...[...done.keys()].map(name => `${name} is in the ledger only`)];
}
