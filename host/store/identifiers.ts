import { WindrowError } from '../errors.ts';

/** Longest name of a table: Postgres keeps 63 bytes, and the names of its keys add "_pkey". */
export const tableNameLimit = 58;

/** Quotes a name, so that nothing in it is ever read as SQL. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Quotes a table's name with its schema. */
export const qualify = (schema: string, table: string): string => `${quote(schema)}.${quote(table)}`;

/** Quotes a text value, for the statements that take no parameters (DDL and COPY). */
export const literal = (text: string): string => {
  const escaped = text.replaceAll("'", "''");
  return escaped.includes('\\') ? `E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
};

/** A value as SQL, for statements that go to the server together and so take no parameters. */
export function valueSql(value: string | number | boolean | readonly string[] | null): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return literal(value);
  if (typeof value === 'boolean' || Number.isFinite(value)) return `${value}`;
  if (typeof value === 'object') return `array[${value.map(literal).join(', ')}]::text[]`;
  throw new WindrowError('WR_INTERNAL', { what: `${value} is no number for a statement` });
}

/** The name, when Postgres can hold it whole; a cut name could collide with another. */
export function checkedName(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > tableNameLimit || name.includes('\0')) {
    throw new WindrowError('WR_NAME', { name, found: bytes, limit: tableNameLimit });
  }
  return name;
}
