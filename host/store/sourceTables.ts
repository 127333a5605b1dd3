import type pg from 'pg';
import { type BarColumn, barColumns } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import { literal, qualify, quote } from './identifiers.ts';

/** Which tables the bars are in. Plain data: a worker thread is given it. Without a table: the imported bars. */
export type SourceSpec = {
  /** The set whose imported bars are meant: "fx" unless told otherwise. */
  readonly set?: string | undefined;
  /**
   * What the rows' column `source` says, in tables that have it: "import" unless told otherwise. Of the imported bars of
   * such a set these are read.
   */
  readonly origin?: string | undefined;
  /** A table, view or foreign table, with its schema or without; `{symbol}` or `{pair}` stands for the symbol. */
  readonly table?: string | undefined;
  /** Where tables that are named without a schema are: "public" unless told otherwise. */
  readonly schema?: string | undefined;
  /** Holds the symbol where one table has the bars of all symbols. */
  readonly symbolColumn?: string | undefined;
  readonly timeColumn?: string | undefined;
  /** Our columns to theirs. Columns that are not named are taken by their own name, where the table has them. */
  readonly columns?: Readonly<Partial<Record<BarColumn, string>>> | undefined;
};

/** Where the bars of one symbol are, as parts of SQL. */
export type SymbolBars = {
  readonly from: string;
  /** The time column as it is stored, so that an index on it serves. */
  readonly time: string;
  /** The same as a timestamp of UTC. */
  readonly utc: string;
  /** An SQL literal of a time that compares with `time`. */
  readonly at: (timestamp: string) => string;
  /** The same for an SQL expression that is a timestamp of UTC. */
  readonly withZone: (expression: string) => string;
  /** A condition that leaves the symbol's rows, or ''. */
  readonly filter: string;
  /** Where the table has the bars of many symbols: the column that tells them apart, its type, and what it holds. */
  readonly key?: SymbolKey;
  /** A condition that rows of all symbols there have to meet, or ''. */
  readonly only: string;
  /** Whether a time may be infinite, which no bar's is. */
  readonly mayBeInfinite: boolean;
  readonly columns: Readonly<Partial<Record<BarColumn, string>>>;
};

export type SymbolKey = { readonly column: string; readonly type: string; readonly stored: string };

/** The same table with the condition that leaves one symbol's rows. */
export const forSymbol = (table: Omit<SymbolBars, 'filter' | 'key'>, key: SymbolKey): SymbolBars => {
  const filter = [`${key.column} = ${literal(key.stored)}`, table.only]
    .filter(part => part !== '')
    .join(' and ');
  return { ...table, key, filter };
};

const timeNames = ['ts_utc', 'time', 'ts', 'timestamp', 'datetime', 'date'];

const timeForms: Readonly<Record<string, { cast: string; literal: string }>> = {
  'timestamp without time zone': { cast: '', literal: 'timestamp' },
  'timestamp with time zone': { cast: " at time zone 'UTC'", literal: 'timestamptz' },
  // compared as a timestamp, since a literal of a date would lose the time of day
  date: { cast: '::timestamp', literal: 'timestamp' },
};

const numeric = /^(double precision|real|numeric|smallint|integer|bigint)$/;

/** A symbol as Windrow writes it: lower case, without the stroke of a currency pair. */
export const normalSymbol = (stored: string): string => stored.toLowerCase().replaceAll('/', '');

type Relation = { name: string; columns: Record<string, string> };

const placeholder = /\{(?:symbol|pair)\}/;

async function findRelations(client: pg.Client, schema: string, pattern: string): Promise<Relation[]> {
  const { rows } = await client.query<Relation>(
    `select c.relname as name, (select jsonb_object_agg(a.attname, format_type(a.atttypid, null))
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname ~ $2 and c.relkind = any('{r,p,v,m,f}') and not c.relispartition
     order by c.relname`,
    [schema, pattern],
  );
  return rows;
}

const escapeRegex = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function describeTable(
  spec: SourceSpec,
  schema: string,
  relation: Relation,
): Omit<SymbolBars, 'filter' | 'key'> {
  const fail = (what: string) => new WindrowError('WR_SOURCE', { table: `${schema}.${relation.name}`, what });
  const timeColumn = spec.timeColumn ?? timeNames.find(name => relation.columns[name]);
  if (!timeColumn) throw fail(`has no column that looks like a time (${timeNames.join(', ')})`);
  const timeType = relation.columns[timeColumn];
  if (!timeType) throw fail(`has no column "${timeColumn}"`);
  const form = timeForms[timeType.replace(/\(\d\)/, '')];
  if (!form) throw fail(`has the time column "${timeColumn}" of type ${timeType}, not a timestamp or date`);
  const columns: Partial<Record<BarColumn, string>> = {};
  for (const column of barColumns) {
    const named = spec.columns?.[column];
    const theirs = named ?? column;
    const type = relation.columns[theirs];
    if (named && !type) throw fail(`has no column "${named}", which the mapping names for ${column}`);
    if (type && !numeric.test(type)) throw fail(`has column "${theirs}" of type ${type}, not a number`);
    if (type) columns[column] = quote(theirs);
  }
  if (!columns.close) throw fail('has no column "close", and the mapping names none');
  const time = quote(timeColumn);
  const zone = form.literal === 'timestamptz' ? '+00' : '';
  return {
    from: qualify(schema, relation.name),
    time,
    utc: `(${time}${form.cast})`,
    at: timestamp => `${form.literal} ${literal(timestamp + zone)}`,
    withZone: expression => `(${expression}${zone ? form.cast : ''})`,
    columns,
    only: '',
    mayBeInfinite: true,
  };
}

function tryDescribe(spec: SourceSpec, schema: string, relation: Relation) {
  try {
    return describeTable(spec, schema, relation);
  } catch (error) {
    if (error instanceof WindrowError) return error;
    throw error;
  }
}

/** Every value of a column, found by jumping along its index rather than by reading the table. */
async function distinctSymbols(client: pg.Client, from: string, column: string): Promise<string[]> {
  const name = quote(column);
  const { rows } = await client.query<{ symbol: string }>(
    `with recursive s as (
       (select ${name} as symbol from ${from} where ${name} is not null order by 1 limit 1)
       union all
       select (select ${name} from ${from} where ${name} > s.symbol order by 1 limit 1) from s where s.symbol is not null)
     select symbol::text from s where symbol is not null`,
  );
  return rows.map(row => row.symbol);
}

export type SymbolTables = {
  /** Each symbol with where its bars are. */
  readonly bars: ReadonlyMap<string, SymbolBars>;
  /** Symbols whose table holds no bars that can be read, with what is wrong with it. */
  readonly refused: ReadonlyMap<string, WindrowError>;
};

/** Looks the source's tables up in the database. */
export async function findSymbolBars(client: pg.Client, spec: SourceSpec): Promise<SymbolTables> {
  const [name = '', schema = spec.schema ?? 'public'] = (spec.table ?? 'market_data').split('.').reverse();
  const perSymbol = placeholder.test(name);
  const [before = '', after = ''] = name.split(placeholder);
  const pattern = perSymbol ? `^${escapeRegex(before)}.+${escapeRegex(after)}$` : `^${escapeRegex(name)}$`;
  const found = await findRelations(client, schema, pattern);
  if (found.length === 0) {
    const what = perSymbol ? 'matches no table' : 'does not exist';
    throw new WindrowError('WR_SOURCE', { table: `${schema}.${name}`, what });
  }
  const result = new Map<string, SymbolBars>();
  const refused = new Map<string, WindrowError>();
  // one of two would hide the other's bars
  const add = (stored: string, table: string, bars: SymbolBars): void => {
    const symbol = normalSymbol(stored);
    if (result.has(symbol)) {
      const what = `holds "${stored}", which reads as "${symbol}", as another symbol there does`;
      throw new WindrowError('WR_SOURCE', { table, what });
    }
    result.set(symbol, bars);
  };
  if (perSymbol) {
    for (const relation of found) {
      const stored = relation.name.slice(before.length, relation.name.length - after.length);
      // a table that only looks like one of them by its name should not keep the others from being read
      const described = tryDescribe(spec, schema, relation);
      if (described instanceof WindrowError) refused.set(normalSymbol(stored), described);
      else add(stored, `${schema}.${name}`, { ...described, filter: '' });
    }
    const [first] = refused.values();
    if (result.size === 0 && first) throw first;
    for (const symbol of result.keys()) refused.delete(symbol);
    return { bars: result, refused };
  }
  const relation = found[0]!;
  const { symbolColumn } = spec;
  if (!symbolColumn || !relation.columns[symbolColumn]) {
    const what = symbolColumn
      ? `has no column "${symbolColumn}"`
      : 'needs a symbolColumn, or {symbol} in its name';
    throw new WindrowError('WR_SOURCE', { table: `${schema}.${name}`, what });
  }
  const table = describeTable(spec, schema, relation);
  for (const stored of await distinctSymbols(client, table.from, symbolColumn)) {
    const key = { column: quote(symbolColumn), type: relation.columns[symbolColumn], stored };
    add(stored, `${schema}.${name}`, forSymbol(table, key));
  }
  return { bars: result, refused };
}
