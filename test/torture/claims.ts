import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { verify } from '../../host/index.ts';
import { readLedger } from '../../host/store/ledger.ts';
import { leftovers } from '../support/partitions.ts';
import { contentsOf } from './contents.ts';
import { families, type Outcome, partitions, type Stage, symbols } from './stage.ts';

// What must hold when a run has come to its end, whatever end. Each check returns what it found wrong.

/** Waits until the server has noticed that runs are gone, and has rolled back what they had begun. */
export async function untilGone(client: pg.Client, names: readonly string[]): Promise<void> {
  const others = 'select from pg_stat_activity where application_name = any($1)';
  while ((await client.query(others, [names])).rowCount! > 0) await sleep(10);
}

/**
 * Locks of anybody but the harness and its reader, which hold none between two statements. That of a transaction on itself
 * does not count: a session that is being opened has one, before it says whose it is.
 */
async function locksHeld(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ text: string }>(
    `select l.locktype || ' ' || coalesce(l.relation::regclass::text, '') || ' of ' || a.application_name as text
     from pg_locks l join pg_stat_activity a using (pid)
     where a.application_name <> 'torture' and a.backend_type = 'client backend' and l.locktype <> 'virtualxid'
     union all select 'prepared transaction ' || gid from pg_prepared_xacts`,
  );
  return rows.map(({ text }) => `a lock is left: ${text}`);
}

/** What the ledger has of a partition that is done, and the number of its table. */
export type Finished = {
  readonly at: number;
  readonly oid: string | undefined;
  readonly runId: string | null;
};

/** The partitions that are done and well, by name. */
export async function finishedOnes(client: pg.Client): Promise<Map<string, Finished>> {
  const { rows } = await client.query<{ name: string; oid: string }>(
    `select relname as name, oid::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );
  const oids = new Map(rows.map(({ name, oid }) => [name, oid]));
  const ledger = (await readLedger(client)).filter(
    ({ status, error }) => status === 'done' && error === null,
  );
  return new Map(
    ledger.map(({ family, symbol, month, table, finishedAt, runId }) => [
      `${family} ${symbol} ${month}`,
      { at: finishedAt.getTime(), oid: oids.get(table), runId },
    ]),
  );
}

/** What was finished and then done again all the same. */
export const doneAgain = (
  finished: ReadonlyMap<string, Finished>,
  now: ReadonlyMap<string, Finished>,
): string[] =>
  [...finished].flatMap(([name, { at, oid }]) => {
    const found = now.get(name);
    return found?.at === at && found.oid === oid ? [] : [`${name} was finished and was done again`];
  });

/** Nothing is half: each partition is in one of the states that there are, the last at best, and the ledger says which. */
export async function nothingHalf(
  client: pg.Client,
  outcomes: readonly Outcome[],
  published: readonly string[],
): Promise<string[]> {
  const wrong = [...(await leftovers(client)), ...(await locksHeld(client))];
  const found = await contentsOf(client);
  const rows = new Map(
    (await readLedger(client)).map(row => [`${row.family} ${row.symbol} ${row.month}`, row]),
  );
  const after = outcomes.at(-1)!;
  for (const name of Object.keys(after.contents)) {
    const row = rows.get(name);
    const noted = row?.status === 'done' ? row.checksum : undefined;
    const states = outcomes.filter(({ contents }) => contents[name] === found[name]);
    if (states.length === 0) wrong.push(`${name} holds ${found[name] ?? 'nothing'}`);
    else if (!states.some(({ checksums }) => checksums[name] === noted))
      wrong.push(`of ${name} the ledger has checksum ${noted}, not that of what is stored`);
    if (published.includes(name) && !states.includes(after)) wrong.push(`${name} was said to be published`);
  }
  const fits = await client.query(
    `select symbol, date_trunc('month', anchor)::date::text as month from windrow.model_fits f
     where not exists (select from windrow.ledger l where (l.family, l.symbol, l.status) = (f.family, f.symbol, 'done')
       and l.month = date_trunc('month', f.anchor))`,
  );
  if (fits.rowCount! > 0) wrong.push(`fits without a partition: ${JSON.stringify(fits.rows)}`);
  return wrong;
}

/** All is done, as an undisturbed run would have left it. */
export async function allDone(stage: Stage, after: Outcome): Promise<string[]> {
  const client = await stage.client();
  const wrong = [...(await leftovers(client)), ...(await locksHeld(client))];
  const found = await contentsOf(client);
  for (const [name, content] of Object.entries(after.contents))
    if (found[name] !== content) wrong.push(`${name} holds ${found[name] ?? 'nothing'} at the end`);
  const ledger = await readLedger(client);
  for (const { family, symbol, month, status, checksum, error } of ledger) {
    const name = `${family} ${symbol} ${month}`;
    if (status !== 'done' || error !== null) wrong.push(`the ledger has ${name} as ${status}, ${error}`);
    if (checksum !== after.checksums[name]) wrong.push(`the ledger has ${checksum} of ${name}`);
  }
  if (ledger.length !== partitions) wrong.push(`the ledger has ${ledger.length} rows, not ${partitions}`);
  const { verdicts } = await verify({ database: stage.database, families, symbols });
  for (const { verdict, family, symbol, month } of verdicts)
    if (verdict !== 'equal') wrong.push(`verify finds ${family} ${symbol} ${month} ${verdict}`);
  if (verdicts.length !== partitions) wrong.push(`verify saw ${verdicts.length} partitions`);
  return wrong;
}
