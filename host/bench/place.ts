import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { generateBars } from '../bars/synthetic.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { loadBars } from '../ingest/loadBars.ts';
import { benchLeftovers, benchLock, benchPrefix } from '../store/benchSchemas.ts';
import type { Database } from '../store/database.ts';
import { dropOwnSchemaIfUnused, forget } from '../store/forget.ts';
import { quote } from '../store/identifiers.ts';
import { takeLock } from '../store/locks.ts';
import { isMigrated } from '../store/migrate.ts';
import { inUserTerms } from '../store/postgresErrors.ts';
import { importedSource } from '../store/sources.ts';

/** The month that is computed, and the one before it that is looked back on. */
export const months = { from: '2024-06', to: '2024-07' } as const;

/** Schemas of a measurement's own in a database of others: one with made-up bars, and one for each run. */
export class BenchPlace {
  readonly schema = `${benchPrefix}${randomBytes(4).toString('hex')}`;
  readonly runSchema = `${this.schema}_run`;
  /** Names that no market has: what is fixed of a symbol for all time is not to be fixed of theirs. */
  readonly symbols: readonly string[];
  readonly #database: Database;
  readonly #source: string;
  #wasMigrated = true;
  /** Holds the lock that says that this measurement lives. */
  #owner: pg.Client | undefined;

  constructor(database: Database, set: FeatureSet, symbols: number) {
    this.#database = database;
    this.#source = importedSource(this.schema, set.bars);
    this.symbols = Array.from({ length: symbols }, (_, i) => `windrowbench${i + 1}`);
  }

  async #query(...statements: readonly string[]): Promise<void> {
    const client = await this.#database.connect();
    try {
      await inUserTerms(client, async () => {
        for (const statement of statements) await client.query(statement);
      });
    } finally {
      await client.end();
    }
  }

  /** Makes bars and loads them. Returns their number. */
  async fill(set: FeatureSet, signal: AbortSignal): Promise<number> {
    const client = await this.#database.connect();
    this.#wasMigrated = await isMigrated(client).finally(() => client.end());
    this.#owner = await this.#database.connect();
    await takeLock(this.#owner, benchLock(this.schema), 'session', { signal });
    await this.#query(`create schema ${quote(this.schema)}`);
    const made = [...generateBars({ seed: 1, pairs: this.symbols, ...months })];
    await loadBars(this.#database, made, { schema: this.schema, set: set.name, signal });
    return made.reduce((sum, { bars }) => sum + bars.time.length, 0);
  }

  /** Runs something with an empty schema of its own, which is gone behind it; where it fails, `clear` drops it. */
  async inRun<T>(run: (schema: string) => Promise<T>): Promise<T> {
    await this.#query(`create schema ${quote(this.runSchema)}`);
    // what earlier runs have left to be written is not this one's work; not everybody may ask for it
    await this.#query('checkpoint').catch(() => {});
    const result = await run(this.runSchema);
    await this.#query(`drop schema ${quote(this.runSchema)} cascade`);
    await this.#forget();
    return result;
  }

  /** What runs leave noted beside their tables. Without the source, its bars stay known. */
  async #forget(sources: readonly string[] = [], symbols: readonly string[] = []): Promise<void> {
    const client = await this.#database.connect();
    try {
      await forget(client, { schemas: [this.schema, this.runSchema], sources, symbols });
      if (sources.length > 0 && !this.#wasMigrated) await dropOwnSchemaIfUnused(client);
    } finally {
      await client.end();
    }
  }

  /** Leaves nothing behind. */
  async clear(): Promise<void> {
    const schemas = [this.runSchema, this.schema].map(quote).join(', ');
    try {
      await this.#query(`drop schema if exists ${schemas} cascade`);
      await this.#forget([this.#source], this.symbols);
    } finally {
      await this.#owner?.end();
    }
  }
}

/** Drops what measurements have left that were killed, with all that was noted of it. Returns their schemas. */
export async function removeLeftovers(database: Database, set: FeatureSet): Promise<string[]> {
  const client = await database.connect();
  try {
    return await inUserTerms(client, async () => {
      const schemas = await benchLeftovers(client);
      for (const schema of schemas) await client.query(`drop schema if exists ${quote(schema)} cascade`);
      const sources = schemas.map(schema => importedSource(schema, set.bars));
      if (schemas.length > 0) await forget(client, { schemas, sources, symbols: [] });
      return schemas;
    });
  } finally {
    await client.end();
  }
}
