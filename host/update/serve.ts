import { featuresOf, setByName } from '../catalog/catalog.ts';
import type { Custom } from '../catalog/customSchema.ts';
import { WindrowError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { qualify, quote } from '../store/identifiers.ts';
import { ownSchema } from '../store/migrate.ts';
import { microsSql } from '../store/month.ts';
import { importOrigin } from '../store/tables.ts';
import { rowTable, rowTableExists, sourceColumn, versionColumn } from './table.ts';

export type LatestOptions = {
  readonly database: Database;
  /** A set that is kept row by row. */
  readonly set: string;
  readonly setOptions?: Readonly<Record<string, unknown>> | undefined;
  readonly custom?: Custom | undefined;
  readonly schema?: string | undefined;
  readonly symbols: readonly string[];
  /** Serves the default of a feature, where the set states one, in place of NULL. */
  readonly defaults?: boolean | undefined;
  /**
   * Gives z-scores, with the mean and deviation that the update has stored with the row, in place of the values of those
   * features that have them; a value without deviation has none, and a default is 0.
   */
  readonly zScores?: boolean | undefined;
};

export type LatestRow = {
  readonly symbol: string;
  /** Microseconds since 1970. */
  readonly time: number;
  readonly featureVersion: string;
  /** By name; null where there is no value. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Whether a value is missing, or is a default. */
  readonly incomplete: boolean;
};

type Norm = readonly [mean: number, sd: number];

/** The newest row of some symbols, as an online store serves it. Symbols without a row are left out. */
export async function latestRows(options: LatestOptions): Promise<LatestRow[]> {
  const { database, schema = 'public', symbols, defaults = false, zScores = false } = options;
  const set = setByName(options.set, { options: options.setOptions, custom: options.custom });
  if (set.layout.kind !== 'rows') {
    const values = { set: set.name, kept: 'partition by partition', command: 'latestRows' };
    throw new WindrowError('WR_SET_LAYOUT', { ...values, instead: `the tables of the families` });
  }
  const table = rowTable(set, { schema, type: 'double', ownBars: false });
  const features = featuresOf(set);
  const client = await database.connect();
  try {
    if (!(await rowTableExists(client, table)))
      throw new WindrowError('WR_ROWS_MISSING', { table: `${schema}.${table.name}`, set: set.name });
    const [time, symbol] = [table.timeColumn, table.symbolColumn].map(quote);
    const { rows } = await client.query<Record<string, unknown>>(
      `select asked.symbol as "symbol!", ${microsSql(`r.${time}`)} as "time!", r.*, n.norms as "norms!"
       from unnest($1::text[]) with ordinality as asked (symbol, place) cross join lateral (
         select * from ${qualify(schema, table.name)} t
         where t.${symbol} = asked.symbol and t.${quote(sourceColumn)} = $2 order by t.${time} desc limit 1) r
       left join ${qualify(ownSchema, 'norms')} n
         on n.set_name = $3 and n.schema_name = $4 and n.symbol = asked.symbol and n.as_of = r.${time}
       order by asked.place`,
      [symbols.map(one => one.toLowerCase()), importOrigin, set.name, schema],
    );
    return rows.map((row): LatestRow => {
      const norms = (row['norms!'] ?? {}) as Record<string, Norm | undefined>;
      let incomplete = false;
      const values = features.map(({ name, fallback, limited }): [string, number | null] => {
        const stored = row[name] as number | null;
        if (stored === null) incomplete = true;
        const scored = zScores && limited !== undefined;
        // a default is what is usual: no distance from the mean
        if (stored === null)
          return [name, defaults && fallback !== undefined ? (scored ? 0 : fallback) : null];
        if (!scored) return [name, stored];
        const [mean, sd] = norms[name] ?? [Number.NaN, Number.NaN];
        return [name, sd > 0 ? (stored - mean) / sd : null];
      });
      return {
        symbol: row['symbol!'] as string,
        time: row['time!'] as number,
        featureVersion: row[versionColumn] as string,
        values: Object.fromEntries(values),
        incomplete,
      };
    });
  } finally {
    await client.end();
  }
}
