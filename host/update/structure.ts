import type pg from 'pg';
import { literal, qualify, quote } from '../store/identifiers.ts';
import { checkMonths, type Month, monthEnd, monthMicros, monthStart } from '../store/month.ts';
import { type Choice, type ChoiceOptions, choose } from './choice.ts';
import { readProgress } from './progress.ts';
import { missingColumns, type RowTable, requireRowTable, sourceColumn } from './table.ts';

/**
 * missing: there are bars of a month that updates have seen, and no partition. detached: it is there and no part of the table,
 * so that queries lack its rows. bounds: it holds another range than its name says. key, index, reference: the primary key, the
 * index by time or the reference to the bars is gone or not valid. columns: features have no column.
 */
export type RowStructureFault = 'missing' | 'detached' | 'bounds' | 'key' | 'index' | 'reference' | 'columns';

export type RowStructureFinding = {
  readonly fault: RowStructureFault;
  readonly set: string;
  /** Absent where the whole table is meant. */
  readonly month?: Month;
  readonly table: string;
  readonly what: string;
  /** A statement or a command. */
  readonly remedy: string;
};

type Finding = Omit<RowStructureFinding, 'set'>;

const rangeOf = (month: Month): string =>
  `FOR VALUES FROM (${literal(monthStart(month))}) TO (${literal(monthEnd(month))})`;

/** Columns of a table's indexes that are valid, keys told apart. */
async function indexesOf(client: pg.Client, name: string): Promise<{ key: boolean; columns: string }[]> {
  const { rows } = await client.query<{ key: boolean; columns: string }>(
    `select x.indisprimary as key, (select string_agg(a.attname, ',' order by k.place)
       from unnest(x.indkey) with ordinality k (number, place)
         join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.number) as columns
     from pg_index x where x.indrelid = $1::regclass and x.indisvalid`,
    [name],
  );
  return rows;
}

/** Key, index and reference of the table; those of its partitions hang on them and cannot go alone. */
async function tableFindings(client: pg.Client, table: RowTable): Promise<Finding[]> {
  const name = qualify(table.schema, table.name);
  const { timeColumn: time, symbolColumn: symbol } = table;
  const key = [symbol, time, sourceColumn];
  const list = key.map(quote).join(', ');
  const indexes = await indexesOf(client, name);
  const findings: Finding[] = [];
  const add = (fault: RowStructureFault, what: string, remedy: string) =>
    findings.push({ fault, table: table.name, what, remedy });
  const own = indexes.find(index => index.key);
  if (own?.columns !== key.join()) {
    const what = own ? `has the primary key (${own.columns}), not (${key.join()})` : 'has no primary key';
    add('key', what, `alter table ${name} add primary key (${list})`);
  }
  if (table.recentIndex && !indexes.some(({ columns }) => columns.split(',')[0] === time)) {
    const remedy = `create index ${quote(`${table.name}_recent`)} on ${name} (${quote(time)})`;
    add(
      'index',
      `has no index by ${time}: what asks for the newest rows of all symbols reads everything`,
      remedy,
    );
  }
  if (table.refersTo !== undefined) {
    const bars = qualify(table.schema, table.refersTo);
    const { rowCount } = await client.query(
      `select from pg_constraint where conrelid = $1::regclass and contype = 'f' and confrelid = to_regclass($2)`,
      [name, bars],
    );
    if (rowCount === 0) {
      const remedy = `alter table ${name} add foreign key (${list}) references ${bars} (${list})`;
      add(
        'reference',
        `does not refer to ${table.refersTo}: nothing keeps a row from outliving its bar`,
        remedy,
      );
    }
  }
  const lacking = (await missingColumns(client, table)) ?? [];
  if (lacking.length > 0) {
    const some = lacking.slice(0, 3).join(', ');
    const more = lacking.length > 3 ? ` and ${lacking.length - 3} more` : '';
    add('columns', `has no column ${some}${more}`, `windrow update --set ${table.set} --force`);
  }
  return findings;
}

type Part = { name: string; parent: string | null; pending: boolean; bounds: string | null };

async function partitionFindings(client: pg.Client, choice: Choice, range: Range): Promise<Finding[]> {
  const { table, source, symbols } = choice;
  const inRange = (month: Month): boolean =>
    month >= (range.from ?? '') && (range.to === undefined || month <= range.to);
  const { rows: parts } = await client.query<Part>(
    `select c.relname as name, p.relname as parent, coalesce(i.inhdetachpending, false) as pending,
       pg_get_expr(c.relpartbound, c.oid) as bounds
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
     where n.nspname = $1 and c.relkind = 'r' and c.relname ~ ('^' || $2 || '_\\d{4}_\\d{2}$') order by 1`,
    [table.schema, table.name.replace(/[^a-z0-9_]/gi, '\\$&')],
  );
  const monthOf = (name: string): Month => name.slice(-7).replace('_', '-');
  const parent = qualify(table.schema, table.name);
  const findings = parts.flatMap(({ name, parent: of, pending, bounds }): Finding[] => {
    const month = monthOf(name);
    if (!inRange(month)) return [];
    const attach = `alter table ${parent} attach partition ${qualify(table.schema, name)} ${rangeOf(month)}`;
    const at = { month, table: name };
    if (of !== table.name || pending) {
      const what = pending ? 'is being detached' : `is no partition of ${table.name}`;
      return [{ fault: 'detached', ...at, what, remedy: attach }];
    }
    if (bounds === rangeOf(month)) return [];
    const remedy = `alter table ${parent} detach partition ${qualify(table.schema, name)}; ${attach}`;
    return [{ fault: 'bounds', ...at, what: `holds ${bounds?.toLowerCase()}`, remedy }];
  });
  const there = new Set(parts.map(({ name }) => monthOf(name)));
  // what retention has removed lies before the first month that is kept
  const [first] = [...there].sort();
  const until = new Map(
    (await readProgress(client, { set: table.set, schema: table.schema })).map(({ symbol, last }) => [
      symbol,
      last,
    ]),
  );
  const expected = new Set<Month>();
  for (const [symbol, months] of await source.months(client, symbols)) {
    const last = until.get(symbol) ?? Number.NEGATIVE_INFINITY;
    for (const { month } of months)
      if (monthMicros(month) <= last && month >= (first ?? '') && inRange(month)) expected.add(month);
  }
  for (const month of [...expected].filter(one => !there.has(one)).sort()) {
    const name = `${table.name}_${month.replace('-', '_')}`;
    const what = 'is not there, and there are bars of the month that updates have seen';
    findings.push({
      ...{ fault: 'missing', month, table: name, what },
      remedy: `windrow update --set ${table.set} --force`,
    });
  }
  return findings;
}

type Range = { readonly from?: Month | undefined; readonly to?: Month | undefined };

/** Looks at the table of a set that is kept row by row, whatever its rows: its partitions, key, indexes and columns. */
export async function verifyRowStructure(
  options: Pick<
    ChoiceOptions,
    'database' | 'set' | 'setOptions' | 'custom' | 'off' | 'symbols' | 'schema' | 'source' | 'type'
  > &
    Range,
): Promise<RowStructureFinding[]> {
  checkMonths(options);
  const client = await options.database.connect();
  try {
    const choice = await choose(client, options);
    await requireRowTable(client, choice.table);
    const found = [
      ...(await tableFindings(client, choice.table)),
      ...(await partitionFindings(client, choice, options)),
    ];
    return found.map(one => ({ set: choice.set.name, ...one }));
  } finally {
    await client.end();
  }
}
