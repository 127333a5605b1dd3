import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { familyByName, versionOf } from '../catalog/catalog.ts';
import { type CopyField, copyHeader, copyTrailer } from '../engine/copy.ts';
import { CopyDecoder } from '../engine/copyDecoder.ts';
import type { Arena } from '../engine/module.ts';
import type { Plan } from '../engine/plan.ts';
import { WindrowError } from '../errors.ts';
import { copyIn, type Write } from '../store/copyStream.ts';
import { type Connection, connectDatabase } from '../store/database.ts';
import { qualify, quote } from '../store/identifiers.ts';
import { ownSchema } from '../store/migrate.ts';
import { microsSql, sqlTime } from '../store/month.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { type BarSource, openSource, readingSettings } from '../store/sources.ts';
import { inTransaction } from '../store/transaction.ts';
import { historyOf, peerPlans, RowComputer, type SymbolBars } from './compute.ts';
import { type Due, featureVersion, planRows, type RowPlan, setOf, type UpdateOrder } from './order.ts';
import { type NewProgress, reopen, writeProgress } from './progress.ts';
import { clippedColumn, type RowTable, rowTable, sourceColumn, versionColumn } from './table.ts';
import type { SymbolReport } from './types.ts';

/** What a thread keeps from batch to batch. */
export type Lane = {
  readonly order: UpdateOrder;
  readonly client: pg.Client;
  readonly source: BarSource;
  readonly arena: Arena;
  readonly rowPlan: RowPlan;
  readonly peers: ReadonlyMap<string, Plan>;
  readonly computer: RowComputer;
  readonly table: RowTable;
  readonly barColumns: readonly BarColumn[];
  readonly version: string;
  /** Version by family. */
  readonly versions: ReadonlyMap<string, string>;
};

export async function openLane(
  order: UpdateOrder,
  arena: Arena,
  connection: Connection = order.connection,
): Promise<Lane> {
  const set = setOf(order);
  const { schema, type, ownBars } = order;
  const client = await connectDatabase(connection);
  const rowPlan = planRows(set, order.families);
  return {
    order,
    client,
    source: await openSource(client, order.source),
    arena,
    rowPlan,
    peers: peerPlans(rowPlan.plan, set.horizonBits),
    computer: new RowComputer(arena, rowPlan, type),
    table: rowTable(set, { schema, type, ownBars }),
    barColumns: set.bars.columns,
    version: featureVersion(set, type),
    versions: new Map(
      order.families.map(name => [name, versionOf(set, familyByName(set, name), { type, parameters: {} })]),
    ),
  };
}

export type Loaded = SymbolBars & { readonly due: Due };

/** Reads the bars of many symbols with one COPY; each with the history that its first row needs. */
export async function readBars(lane: Lane, dues: readonly Due[], history: number): Promise<Loaded[]> {
  const { client, source, arena, barColumns } = lane;
  const decoder = new CopyDecoder(arena, { columns: barColumns.length + 1 });
  const requests = dues.map(({ symbol, from, to }) => ({ symbol, from, to, history }));
  await receiveCopy(client, source.copyManySql(requests, barColumns), decoder);
  const { rows } = decoder.finish();
  const [place, ...columns] = decoder.columnAddresses;
  const places = arena.f64(place!, rows);
  const time = decoder.time();
  let row = 0;
  return dues.flatMap((due, ordinal) => {
    const first = row;
    while (row < rows && places[row] === ordinal) {
      if (row > first && time[row] === time[row - 1])
        throw new WindrowError('WR_BARS_TWICE', {
          ...{ source: source.id, symbol: due.symbol, time: sqlTime(time[row]!) },
        });
      row++;
    }
    if (row === first) return [];
    let firstRow = first;
    if (due.from !== undefined) while (firstRow < row && time[firstRow]! < due.from) firstRow++;
    return [
      {
        due,
        time: decoder.timeAddress + first * 8,
        columns: Object.fromEntries(barColumns.map((name, i) => [name, columns[i]! + first * 8])),
        rows: row - first,
        firstRow: firstRow - first,
      },
    ];
  });
}

/** Computes the series of other symbols over the time of the loaded bars. */
export async function readPeers(lane: Lane, loaded: readonly Loaded[]): Promise<void> {
  const { computer, peers, arena } = lane;
  computer.forgetPeers();
  if (peers.size === 0 || loaded.length === 0) return;
  const from = Math.min(...loaded.map(({ time }) => arena.f64(time, 1)[0]!));
  for (const [symbol, plan] of peers) {
    if (!lane.source.symbols.includes(symbol)) continue;
    const due = { symbol, from, to: undefined, revision: null, peers: {} };
    const [bars] = await readBars(lane, [due], historyOf(plan));
    if (bars) computer.addPeer(plan, bars);
  }
}

const timeText = (micros: number): string =>
  new Date(Math.floor(micros / 1000)).toISOString().replace('.000Z', 'Z');

/** The columns of the COPY: time, bar, features, what was limited, and the constants of a symbol's rows. */
const copyColumns = ({ table, barColumns, rowPlan }: Lane): string[] => [
  table.timeColumn,
  ...barColumns,
  ...rowPlan.features.map(({ name }) => name),
  ...(rowPlan.clipped === undefined ? [] : [clippedColumn]),
  table.symbolColumn,
  sourceColumn,
  versionColumn,
];

async function anyStored(lane: Lane, dues: readonly Due[]): Promise<boolean> {
  const { client, table } = lane;
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (
       select from unnest($1::text[], $2::timestamp[]) as due (symbol, since) cross join lateral (
         select from ${qualify(table.schema, table.name)} t where t.${quote(table.symbolColumn)} = due.symbol
           and t.${quote(table.timeColumn)} >= due.since and t.${quote(sourceColumn)} = $3 limit 1) stored) as found`,
    [
      dues.map(({ symbol }) => symbol),
      dues.map(({ from }) => (from === undefined ? '-infinity' : sqlTime(from))),
      lane.source.origin,
    ],
  );
  return rows[0]!.found;
}

/** What was written of a symbol: how many rows were new and how many replaced, and between which times. */
type Sent = {
  readonly inserted: number;
  readonly replaced: number;
  readonly first: number;
  readonly last: number;
};

/**
 * Sends rows to the table. Where rows of theirs are there already they go by way of a temporary table, and those that
 * differ are replaced; the others are not touched. Returns what was written, by symbol; undefined where everything was.
 */
async function sendRows(
  lane: Lane,
  stored: boolean,
  feed: (write: Write) => Promise<void>,
): Promise<Map<string, Sent> | undefined> {
  const { client, table } = lane;
  const target = qualify(table.schema, table.name);
  const columns = copyColumns(lane).map(quote);
  const list = columns.join(', ');
  if (!stored) {
    await copyIn(client, `copy ${target} (${list}) from stdin (format binary)`, feed);
    return undefined;
  }
  await client.query(
    `create temporary table windrow_rows on commit drop as select ${list} from ${target} with no data`,
  );
  await copyIn(client, `copy pg_temp.windrow_rows (${list}) from stdin (format binary)`, feed);
  const [symbol, time] = [table.symbolColumn, table.timeColumn].map(quote);
  const key = [symbol!, time!, quote(sourceColumn)];
  const values = columns.filter(column => !key.includes(column));
  const pairs = (prefix: string): string => values.map(column => `${prefix}.${column}`).join(', ');
  // by the key, whatever the planner, which knows nothing of the temporary table, expects of reading the whole table
  await client.query('set local enable_hashjoin = off; set local enable_mergejoin = off');
  // Looked up before they are written: a row that is inserted through the parent does not say whether it is new, and
  // one that meets an equal one would be locked, which writes too.
  const { rows } = await client.query<Sent & { symbol: string }>(
    `with changed as materialized (
       select n.*, t.${symbol} is not null as present from pg_temp.windrow_rows n left join ${target} t
         on ${key.map(column => `t.${column} = n.${column}`).join(' and ')}
       where t.${symbol} is null or row(${pairs('t')}) is distinct from row(${pairs('n')})),
     written as (
       insert into ${target} (${list}) select ${list} from changed
       on conflict (${key.join(', ')}) do update
         set (${values.join(', ')}, updated_at) = row(${pairs('excluded')}, now()))
     select ${symbol} as symbol, (count(*) filter (where not present))::int as inserted,
       (count(*) filter (where present))::int as replaced,
       ${microsSql(`min(${time})`)} as first, ${microsSql(`max(${time})`)} as last
     from changed group by 1`,
  );
  await client.query('drop table pg_temp.windrow_rows');
  return new Map(rows.map(({ symbol, ...sent }) => [symbol, sent]));
}

type Norms = {
  readonly symbol: string;
  readonly asOf: number;
  /** Feature to mean and deviation. */
  readonly norms: Readonly<Record<string, readonly [number, number]>>;
};

async function writeNorms({ client, order, version }: Lane, rows: readonly Norms[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `insert into ${qualify(ownSchema, 'norms')} as n (set_name, schema_name, symbol, as_of, version, norms)
     select $1, $2, symbol, as_of, $3, norms::jsonb
     from unnest($4::text[], $5::timestamp[], $6::text[]) as r (symbol, as_of, norms)
     on conflict (set_name, schema_name, symbol) do update
       set as_of = excluded.as_of, version = excluded.version, norms = excluded.norms
     where n.as_of <= excluded.as_of`,
    [
      ...[order.set, order.schema, version, rows.map(row => row.symbol)],
      ...[rows.map(row => sqlTime(row.asOf)), rows.map(row => JSON.stringify(row.norms))],
    ],
  );
}

/** What was computed of a symbol: so many rows between these times. */
type Computed = Omit<SymbolReport, 'status' | 'rows' | 'inserted' | 'first' | 'last'> & {
  readonly sent: Sent;
};

/** Computes and writes the rows of some symbols in one transaction: all of them, or none. */
export async function runBatch(lane: Lane, dues: readonly Due[]): Promise<SymbolReport[]> {
  const { client, arena, order, rowPlan, barColumns, computer, source } = lane;
  const start = performance.now();
  const mark = arena.top;
  const { features } = rowPlan;
  const computed: Computed[] = [];
  const norms: Norms[] = [];
  const feed = async (write: Write, loaded: readonly Loaded[]): Promise<void> => {
    await write(copyHeader);
    for (const bars of loaded) {
      const at = performance.now();
      const { symbol } = bars.due;
      const tail: CopyField[] = [symbol, source.origin, lane.version];
      const { stats, clipped, norms: own } = await computer.write(bars, barColumns, tail, write);
      const nulls = features.map(({ name }, i) => [name, stats.nulls[barColumns.length + i]!] as const);
      const timeOf = (row: number): number => arena.f64(bars.time + row * 8, 1)[0]!;
      const asked = bars.rows - bars.firstRow;
      const last = timeOf(bars.rows - 1);
      if (own.length > 0) {
        // a feature that has none is left out: JSON knows no NaN
        const known = own.flatMap(({ mean, sd }, i) =>
          Number.isNaN(sd) ? [] : [[rowPlan.norms[i]!.name, [mean, sd]] as const],
        );
        norms.push({ symbol, asOf: last, norms: Object.fromEntries(known) });
      }
      computed.push({
        symbol,
        sent: { inserted: asked, replaced: 0, first: timeOf(bars.firstRow), last },
        cells: asked * features.length,
        nulls: nulls.reduce((sum, [, count]) => sum + count, 0),
        clipped,
        barsRead: bars.rows,
        nullFeatures: Object.fromEntries(nulls.filter(([, count]) => count > 0)),
        tookMs: performance.now() - at,
      });
    }
    await write(copyTrailer);
  };
  try {
    return await inTransaction(
      client,
      async () => {
        await client.query(`set local statement_timeout = ${Math.ceil(order.symbolTimeoutMs)}`);
        await client.query(readingSettings.replaceAll('set ', 'set local '));
        const loaded = (await readBars(lane, dues, historyOf(rowPlan.plan))).filter(
          ({ rows, firstRow }) => rows > firstRow,
        );
        await readPeers(lane, loaded);
        const replacing =
          loaded.length > 0
            ? await sendRows(lane, await anyStored(lane, dues), write => feed(write, loaded))
            : undefined;
        const bySymbol = new Map(computed.map(one => [one.symbol, one]));
        const progress = dues.flatMap(({ symbol, from, revision, peers }): NewProgress[] =>
          order.families.map(family => ({
            family,
            symbol,
            source: source.id,
            revision,
            peers,
            version: lane.versions.get(family)!,
            whole: from === undefined,
            last: bySymbol.get(symbol)?.sent.last ?? null,
          })),
        );
        await writeNorms(lane, norms);
        await writeProgress(client, order, progress);
        if (!source.tracksChanges)
          await reopen(
            client,
            order,
            computed.map(({ symbol, sent: { first } }) => ({ symbol, first })),
          );
        // what reading and writing took is shared by all
        const shared =
          (performance.now() - start - computed.reduce((sum, { tookMs }) => sum + tookMs, 0)) / dues.length;
        return dues.map(({ symbol }): SymbolReport => {
          const one = bySymbol.get(symbol);
          if (!one) return nothingFor(symbol, shared);
          const { sent: all, ...rest } = one;
          const sent = replacing ? replacing.get(symbol) : all;
          const tookMs = rest.tookMs + shared;
          if (!sent) return { ...rest, status: 'unchanged', rows: 0, inserted: 0, tookMs };
          const { inserted, replaced, first, last } = sent;
          const span = { first: timeText(first), last: timeText(last) };
          return { ...rest, status: 'done', rows: inserted + replaced, inserted, ...span, tookMs };
        });
      },
      'begin; set local synchronous_commit = off',
    );
  } finally {
    arena.release(mark);
  }
}

export const nothingFor = (symbol: string, tookMs: number): SymbolReport => ({
  symbol,
  status: 'unchanged',
  rows: 0,
  inserted: 0,
  cells: 0,
  nulls: 0,
  clipped: 0,
  barsRead: 0,
  nullFeatures: {},
  tookMs,
});
