import type pg from 'pg';
import type { FeatureSet } from '../catalog/set.ts';
import { qualify, quote } from './identifiers.ts';
import { ownMark } from './tables.ts';

/** Columns of a table of a set that no definition names any more, or a whole table, and what would remove them. */
export type Leftover = {
  readonly table: string;
  /** Absent where the family itself is not in the set. */
  readonly columns?: readonly string[];
  readonly remove: string;
};

const purpose = (set: FeatureSet): RegExp => new RegExp(`^${ownMark}family (\\S+) of set ${set.name}$`);

/** What earlier definitions of a set left in its tables by family. One query. */
export async function findLeftovers(client: pg.Client, set: FeatureSet, schema: string): Promise<Leftover[]> {
  const { rows } = await client.query<{ name: string; purpose: string; columns: string[] }>(
    `select c.relname as name, obj_description(c.oid, 'pg_class') as purpose,
       (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'p' and not c.relispartition
       and obj_description(c.oid, 'pg_class') like $2
     order by c.relname`,
    [schema, `${ownMark}family % of set ${set.name}`],
  );
  return rows.flatMap(({ name, purpose: text, columns: found }): Leftover[] => {
    const family = set.families.find(one => one.name === purpose(set).exec(text)?.[1]);
    const table = `${schema}.${name}`;
    const place = qualify(schema, name);
    if (!family) return [{ table, remove: `drop table ${place}` }];
    const { timeColumn, symbolColumn } = set.layout;
    const known = new Set([timeColumn, symbolColumn, ...family.features.map(feature => feature.name)]);
    return leftColumns(schema, name, found, known);
  });
}

/** Columns of a table that are not among those that are known. */
export function leftColumns(
  schema: string,
  name: string,
  found: readonly string[],
  known: ReadonlySet<string>,
): Leftover[] {
  const columns = found.filter(column => !known.has(column));
  if (columns.length === 0) return [];
  const drops = columns.map(column => `drop column ${quote(column)}`).join(', ');
  return [{ table: `${schema}.${name}`, columns, remove: `alter table ${qualify(schema, name)} ${drops}` }];
}

/** What there is to say of it: nothing is ever dropped by itself. */
export function leftoverText({ table, columns, remove }: Leftover): string {
  const what =
    columns === undefined
      ? `table ${table} is of a family that this configuration does not have`
      : `table ${table} has ${columns.length === 1 ? 'a column' : 'columns'} of no feature: ${columns.join(', ')}, NULL in what is computed now`;
  return `${what}; when nobody needs it: ${remove}`;
}
