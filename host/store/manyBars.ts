import { createHash } from 'node:crypto';
import type pg from 'pg';
import { type BarColumn, type Bars, barColumns } from '../catalog/bars.ts';
import type { BarsWritten } from './bars.ts';
import { checkRows, copyIn, type Write } from './copyStream.ts';
import { ensureTable } from './ddl.ts';
import { literal, qualify, quote } from './identifiers.ts';
import { type LockOptions, takeLock } from './locks.ts';
import { type BarsChange, logChanges } from './logChanges.ts';
import { ownSchema } from './migrate.ts';
import { type Month, microsSql, monthStart } from './month.ts';
import { ensureMonths } from './monthPartitions.ts';
import { errorCode, inUserTerms } from './postgresErrors.ts';
import { importedSource } from './sources.ts';
import { type BarsPlace, barsTable, importOrigin, originColumn, type PartitionedTable } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** Bars of one symbol and month, each time once, in ascending order. */
export type BarsPiece = { readonly symbol: string; readonly month: Month; readonly bars: Bars };

/** Where bars of many symbols go: the table of a set that is cut by month only. */
export type ManyBarsTarget = {
  readonly bars: BarsPlace;
  readonly schema?: string | undefined;
  /** What their column `source` says; "import" unless told otherwise. */
  readonly origin?: string | undefined;
};

/** Writes the binary COPY of pieces, in that order: the target's time, the columns, symbol, origin. */
export type FeedPieces = (
  pieces: readonly BarsPiece[],
  columns: readonly BarColumn[],
  write: Write,
) => Promise<void>;

/** Symbols that writers lock together. So few locks are held at once, however many symbols there are. */
const lockGroups = 16;
export const lockGroupOf = (symbol: string): number =>
  createHash('sha256').update(symbol).digest()[0]! % lockGroups;

/** The state of a transaction that writes bars. */
type Writing = {
  readonly client: pg.Client;
  readonly table: PartitionedTable;
  readonly source: string;
  readonly feed: FeedPieces;
};

const keyOf = ({ symbol, month }: { symbol: string; month: Month }): string => `${symbol} ${month}`;

/** Which symbols and months the log knows bars of. */
async function knownMonths(
  { client, source }: Writing,
  pieces: readonly BarsPiece[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ symbol: string; month: Month }>(
    `select symbol, to_char(month, 'YYYY-MM') as month
     from unnest($2::text[], $3::date[]) as p (symbol, month)
       join ${qualify(ownSchema, 'bar_months')} using (symbol, month)
     where source = $1`,
    [source, pieces.map(({ symbol }) => symbol), pieces.map(({ month }) => monthStart(month))],
  );
  return new Set(rows.map(keyOf));
}

const rowsOf = (pieces: readonly BarsPiece[]): number =>
  pieces.reduce((sum, { bars }) => sum + bars.time.length, 0);

const copyList = (table: PartitionedTable, columns: readonly BarColumn[]): string =>
  [table.timeColumn, ...columns, table.symbolColumn, originColumn].map(quote).join(', ');

/** Sends bars that nobody has straight to the table. Returns false where some of them are there after all. */
async function insertPieces(
  { client, table, feed }: Writing,
  pieces: readonly BarsPiece[],
  columns: readonly BarColumn[],
): Promise<boolean> {
  const target = qualify(table.schema, table.name);
  const sql = `copy ${target} (${copyList(table, columns)}) from stdin (format binary)`;
  await client.query('savepoint straight');
  try {
    const { rows } = await copyIn(client, sql, write => feed(pieces, columns, write));
    checkRows(rows, rowsOf(pieces), table.name);
    await client.query('release straight');
    return true;
  } catch (error) {
    // 23505: somebody has written to the table by other ways
    if (errorCode(error) !== '23505') throw error;
    await client.query('rollback to straight');
    return false;
  }
}

type Merged = {
  symbol: string;
  month: Month;
  inserted: number;
  replaced: number;
  first: number;
  last: number;
};

/** Rows that differ in a column of the pieces replace the old ones; columns that they lack keep their values. */
async function mergePieces(
  { client, table, feed }: Writing,
  pieces: readonly BarsPiece[],
  columns: readonly BarColumn[],
): Promise<Merged[]> {
  const target = qualify(table.schema, table.name);
  const list = copyList(table, columns);
  const [time, symbol] = [quote(table.timeColumn), quote(table.symbolColumn)];
  await client.query(
    `create temporary table windrow_bars on commit drop as select ${list} from ${target} with no data`,
  );
  const copy = await copyIn(client, `copy pg_temp.windrow_bars (${list}) from stdin (format binary)`, write =>
    feed(pieces, columns, write),
  );
  checkRows(copy.rows, rowsOf(pieces), table.name);
  const values = columns.map(quote);
  const pairs = (prefix: string): string => values.map(column => `${prefix}.${column}`).join(', ');
  const differ = values.length === 0 ? 'false' : `row(${pairs('t')}) is distinct from row(${pairs('n')})`;
  const update =
    values.length === 0 ? 'do nothing' : `do update set (${values.join(', ')}) = row(${pairs('excluded')})`;
  const key = [symbol, time, quote(originColumn)];
  // Looked up before they are written: a row that is inserted through the parent does not say whether it is new, and
  // one that meets an equal one would be locked, which writes too.
  const { rows } = await client.query<Merged>(
    `with changed as materialized (
       select n.*, t.${symbol} is not null as present
       from pg_temp.windrow_bars n left join ${target} t
         on ${key.map(column => `t.${column} = n.${column}`).join(' and ')}
       where t.${symbol} is null or ${differ}),
     written as (
       insert into ${target} (${list}) select ${list} from changed on conflict (${key.join(', ')}) ${update})
     select symbol, to_char(month, 'YYYY-MM') as month, inserted, replaced,
       ${microsSql('first')} as first, ${microsSql('last')} as last
     from (select ${symbol} as symbol, date_trunc('month', ${time}) as month, min(${time}) as first, max(${time}) as last,
         (count(*) filter (where not present))::int as inserted, (count(*) filter (where present))::int as replaced
       from changed group by 1, 2) months`,
  );
  await client.query('drop table pg_temp.windrow_bars');
  return rows;
}

/**
 * Settings of a transaction that looks up each of its rows by the key, whatever the planner, which knows nothing of a new
 * table, expects of reading all of them.
 */
const lookupSettings =
  'set local enable_hashjoin = off; set local enable_mergejoin = off; set local jit = off';

/** What a piece changed, for the log, and how its rows count. */
type Outcome = { readonly written: BarsWritten; readonly change: BarsChange | undefined };

/** How many bars have a value, by column. */
const populated = ({ bars }: BarsPiece, columns: readonly BarColumn[]): readonly [BarColumn, number][] =>
  columns.map(column => [
    column,
    bars.columns[column]!.reduce((sum, value) => sum + (Number.isFinite(value) ? 1 : 0), 0),
  ]);

async function writeGroup(
  writing: Writing,
  pieces: readonly BarsPiece[],
  columns: readonly BarColumn[],
  known: ReadonlySet<string>,
): Promise<[BarsPiece, Outcome][]> {
  const [old = [], fresh = []] = [true, false].map(wanted =>
    pieces.filter(piece => known.has(keyOf(piece)) === wanted),
  );
  const straight = fresh.length > 0 && (await insertPieces(writing, fresh, columns));
  const merging = straight ? old : [...old, ...fresh];
  const merged = merging.length > 0 ? await mergePieces(writing, merging, columns) : [];
  const changed = new Map(merged.map(row => [keyOf(row), row]));
  return pieces.map((piece): [BarsPiece, Outcome] => {
    const { symbol, month, bars } = piece;
    const rows = bars.time.length;
    const span = { first: bars.time[0]!, last: bars.time[rows - 1]! };
    const isKnown = known.has(keyOf(piece));
    const found =
      straight && !isKnown
        ? { inserted: rows, replaced: 0, ...span }
        : (changed.get(keyOf(piece)) ?? { inserted: 0, replaced: 0, ...span });
    const { inserted, replaced } = found;
    const written = { inserted, replaced, unchanged: rows - inserted - replaced };
    if (inserted + replaced === 0) return [piece, { written, change: undefined }];
    const counts = populated(piece, columns);
    // a value that was replaced by NULL may have been the column's last
    const recount = replaced > 0 && counts.some(([, count]) => count < rows);
    const change = {
      ...{ symbol, month, inserted, replaced, span },
      changed: { first: found.first, last: found.last },
      columns: counts.filter(([, count]) => count > 0).map(([column]) => column),
      recount: recount || (!straight && !isKnown),
    };
    return [piece, { written, change }];
  });
}

/**
 * Writes bars of many symbols and months, each pair of them in one piece, in one transaction with the log of what
 * changed. The same bars again change nothing; a row that differs replaces the old one. Returns what became of each
 * piece. `feed` may be asked for a piece twice.
 */
export async function writeManyBars(
  client: pg.Client,
  pieces: readonly BarsPiece[],
  { bars, schema = 'public', origin = importOrigin }: ManyBarsTarget,
  feed: FeedPieces,
  options: LockOptions = {},
): Promise<BarsWritten[]> {
  const table = barsTable(schema, bars);
  const source = importedSource(schema, bars, origin);
  // month by month, so that the server fills one partition after the other
  const sorted = pieces
    .filter(({ bars }) => bars.time.length > 0)
    .sort((a, b) => (a.month < b.month ? -1 : a.month > b.month ? 1 : a.symbol < b.symbol ? -1 : 1));
  const columnsOf = (piece: BarsPiece): BarColumn[] =>
    barColumns.filter(column => table.columns.includes(column) && piece.bars.columns[column] !== undefined);
  const byColumns = Map.groupBy(sorted, piece => columnsOf(piece).join());
  const groups = [...new Set(sorted.map(({ symbol }) => lockGroupOf(symbol)))].sort((a, b) => a - b);
  const outcomes = new Map<BarsPiece, Outcome>();
  await inUserTerms(client, async () => {
    await ensureTable(client, table, []);
    await ensureMonths(client, table, [...new Set(sorted.map(({ month }) => month))], options);
    await inTransaction(client, async () => {
      // Held to the end, in one order: revisions of a symbol become visible in theirs, and no two writers wait for
      // each other.
      for (const group of groups)
        await takeLock(client, `windrow bars ${source} ${group}`, 'transaction', options);
      await client.query(lookupSettings);
      const writing = { client, table, source, feed };
      const known = await knownMonths(writing, sorted);
      for (const group of byColumns.values()) {
        for (const [piece, outcome] of await writeGroup(writing, group, columnsOf(group[0]!), known))
          outcomes.set(piece, outcome);
      }
      const changes = [...outcomes.values()].flatMap(({ change }) => change ?? []);
      const only = `${quote(originColumn)} = ${literal(origin)}`;
      await logChanges(client, changes, { source, table, only });
    });
  });
  const nothing = { inserted: 0, replaced: 0, unchanged: 0 };
  return pieces.map(piece => outcomes.get(piece)?.written ?? nothing);
}
