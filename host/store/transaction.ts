import type pg from 'pg';

/** Runs `body` in a transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(
  client: pg.Client,
  body: () => Promise<T>,
  begin = 'begin',
): Promise<T> {
  await client.query(begin);
  let result: T;
  try {
    result = await body();
  } catch (error) {
    // On a lost connection the server rolls back by itself; the first error is the one to report.
    await client.query('rollback').catch(() => {});
    throw error;
  }
  await client.query('commit');
  return result;
}
