import { copyHeader, copyTrailer } from '../engine/copy.ts';
import { CopyDecoder } from '../engine/copyDecoder.ts';
import type { Arena } from '../engine/module.ts';
import { peerPlans } from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';
import { WindrowError } from '../errors.ts';
import type { Write } from '../store/copyStream.ts';
import { connectDatabase } from '../store/database.ts';
import { sqlTime } from '../store/month.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { type BarSource, openSource, readingSettings } from '../store/sources.ts';
import { inTransaction } from '../store/transaction.ts';
import { historyOf, RowComputer, type RowTail, type SymbolBars } from './compute.ts';
import { type Due, type Prepared, prepare, type UpdateOrder } from './order.ts';
import { type NewProgress, reopen, writeProgress } from './progress.ts';
import { type Norms, type Sent, sendRows, type Target, writeNorms } from './send.ts';
import { rowTable } from './table.ts';
import type { SymbolReport } from './types.ts';
import { lockLost, requireWriter } from './writer.ts';

/** What a thread keeps from batch to batch. */
export type Lane = Target & {
  readonly arena: Arena;
  readonly peers: ReadonlyMap<string, Plan>;
  readonly computer: RowComputer;
  /** Version by family. */
  readonly versions: ReadonlyMap<string, string>;
};

/** Opens a lane in `arena`; `prepared` where the process has it already. */
export async function openLane(
  order: UpdateOrder,
  arena: Arena,
  prepared: Prepared = prepare(order),
): Promise<Lane> {
  const { set, rowPlan, versions, version } = prepared;
  const { schema, type, ownBars } = order;
  const client = await connectDatabase(order.connection);
  return {
    order,
    client,
    source: await openSource(client, order.source),
    arena,
    rowPlan,
    peers: peerPlans(rowPlan.plan),
    computer: new RowComputer(arena, rowPlan, type, set.bars.columns),
    table: rowTable(set, { schema, type, ownBars }),
    barColumns: set.bars.columns,
    version,
    versions,
  };
}

export type Loaded = SymbolBars & { readonly due: Due };

const disordered = (source: BarSource, symbol: string): WindrowError =>
  new WindrowError('WR_INTERNAL', { what: `bars of ${symbol} came out of order from ${source.id}` });

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
      const { symbol } = due;
      if (row > first && time[row] === time[row - 1])
        throw new WindrowError('WR_BARS_TWICE', { source: source.id, symbol, time: sqlTime(time[row]!) });
      if (row > first && time[row]! < time[row - 1]!) throw disordered(source, symbol);
      row++;
    }
    if (ordinal === dues.length - 1 && row < rows) throw disordered(source, due.symbol);
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
  const feed = async (write: Write, loaded: readonly Loaded[]): Promise<number> => {
    let sentRows = 0;
    await write(copyHeader);
    for (const bars of loaded) {
      const at = performance.now();
      const { symbol } = bars.due;
      const tail: RowTail = [symbol, source.origin, lane.version];
      const { stats, clipped, norms: own } = await computer.write(bars, tail, write);
      let nulls = 0;
      const nullFeatures: Record<string, number> = {};
      for (const [i, { name }] of features.entries()) {
        const count = stats.nulls[barColumns.length + i]!;
        if (count === 0) continue;
        nulls += count;
        nullFeatures[name] = count;
      }
      const timeOf = (row: number): number => arena.f64(bars.time + row * 8, 1)[0]!;
      const asked = bars.rows - bars.firstRow;
      sentRows += asked;
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
        nulls,
        clipped,
        barsRead: bars.rows,
        nullFeatures,
        tookMs: performance.now() - at,
      });
    }
    await write(copyTrailer);
    return sentRows;
  };
  try {
    return await inTransaction(
      client,
      async () => {
        await client.query(`set local statement_timeout = ${Math.ceil(order.symbolTimeoutMs)}`);
        await client.query(readingSettings.replaceAll('set ', 'set local '));
        if (order.writer === undefined) throw lockLost(lane.table);
        await requireWriter(client, lane.table, order.writer);
        const loaded = (await readBars(lane, dues, historyOf(rowPlan.plan))).filter(
          ({ rows, firstRow }) => rows > firstRow,
        );
        await readPeers(lane, loaded);
        const replacing =
          loaded.length > 0 ? await sendRows(lane, dues, write => feed(write, loaded)) : undefined;
        const bySymbol = new Map(computed.map(one => [one.symbol, one]));
        const progress = dues.flatMap(({ symbol, whole = false, revision, peers }): NewProgress[] =>
          order.families.map(family => ({
            family,
            symbol,
            source: source.id,
            revision,
            peers,
            version: lane.versions.get(family)!,
            whole,
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
