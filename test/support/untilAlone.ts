import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** Waits until the server has noticed that all other clients are gone, and has rolled back what they had begun. */
export async function untilAlone(client: pg.Client): Promise<void> {
  const others =
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
  while ((await client.query<{ n: number }>(others)).rows[0]!.n > 0) await sleep(20);
}
