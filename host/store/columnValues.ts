import type pg from 'pg';
import { qualify, quote } from './identifiers.ts';

/** A column to look at, with the only values that it may have, if these are few. */
export type ColumnQuery = { readonly name: string; readonly only?: readonly number[] | undefined };

/** What a table holds in a column; without a value that is not NULL there is no least and no largest. */
export type ColumnValues = {
  readonly name: string;
  readonly values: number;
  readonly least: number | null;
  readonly largest: number | null;
  /** Values that are none of the only ones. */
  readonly strays: number;
};

/** Columns that one statement looks at: a row of a result has at most 1,664. */
const columnsAtOnce = 400;

/** Names of the columns of a table; none where there is no such table. */
export async function tableColumns(
  client: pg.Client,
  { schema, table }: { readonly schema: string; readonly table: string },
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select a.attname::text as name from pg_attribute a join pg_class c on c.oid = a.attrelid
       join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [schema, table],
  );
  return rows.map(({ name }) => name);
}

/**
 * Numbers of rows and, of each column that the table has, of values, with the least and the largest. To Postgres NaN is larger
 * than all others, so that it shows as the largest. Undefined where there is no such table.
 */
export async function columnValues(
  client: pg.Client,
  { schema, table }: { readonly schema: string; readonly table: string },
  asked: readonly ColumnQuery[],
): Promise<{ rows: number; columns: ColumnValues[] } | undefined> {
  const names = new Set(await tableColumns(client, { schema, table }));
  if (names.size === 0) return undefined;
  const there = asked.filter(({ name }) => names.has(name));
  const columns: ColumnValues[] = [];
  let rows = 0;
  for (let from = 0; from === 0 || from < there.length; from += columnsAtOnce) {
    const some = there.slice(from, from + columnsAtOnce);
    const aggregates = some.map(({ name, only }) => {
      const column = quote(name);
      const strays = only ? `count(*) filter (where ${column} not in (${only.join(', ')}))` : '0';
      return `, count(${column})::float8, min(${column})::float8, max(${column})::float8, ${strays}::float8`;
    });
    const { rows: found } = await client.query<(number | null)[]>({
      text: `select count(*)::float8${aggregates.join('')} from ${qualify(schema, table)}`,
      rowMode: 'array',
    });
    const [count, ...cells] = found[0]!;
    rows = count!;
    some.forEach(({ name }, i) => {
      const [values, least, largest, strays] = cells.slice(4 * i);
      columns.push({ name, values: values!, least: least!, largest: largest!, strays: strays! });
    });
  }
  return { rows, columns };
}
