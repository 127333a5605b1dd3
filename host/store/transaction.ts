import type pg from 'pg';

/** Runs `body`, which begins a transaction and commits it: rolled back when it throws. */
export async function orRollBack<T>(client: pg.Client, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    // On a lost connection the server rolls back by itself; the first error is the one to report.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** Runs `body` in a transaction: committed when it returns, rolled back when it throws. */
export const inTransaction = <T>(client: pg.Client, body: () => Promise<T>, begin = 'begin'): Promise<T> =>
  orRollBack(client, async () => {
    await client.query(begin);
    const result = await body();
    await client.query('commit');
    return result;
  });
