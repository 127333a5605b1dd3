import type { Database } from '../store/database.ts';
import type { Context } from './command.ts';

/** Opens the database that the settings ask for, and closes it (stopping an embedded one) behind `body`. */
export async function withDatabase<T>(
  { settings }: Pick<Context, 'settings'>,
  body: (database: Database) => Promise<T>,
): Promise<T> {
  const { databaseChoice } = await import('../config/settings.ts');
  const { openDatabase } = await import('../store/database.ts');
  const database = await openDatabase(databaseChoice(await settings()));
  try {
    return await body(database);
  } finally {
    await database.close();
  }
}
