import type pg from 'pg';
import { type CellType, CopyDecoder, type CopyStats } from '../engine/copy.ts';
import { Arena } from '../engine/module.ts';
import { Session } from '../engine/session.ts';
import type { Database } from '../store/database.ts';
import { hex, type LedgerRow, readLedger } from '../store/ledger.ts';
import { errorCode } from '../store/postgresErrors.ts';
import { copyOutSql } from '../store/publish.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { type BarSource, readingSettings } from '../store/sources.ts';
import { barNeeds, type PlannedFamily, planOf, type TaskOrder, tableOf } from './order.ts';
import { PartitionBytes } from './partition.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import { readBars } from './readBars.ts';

/** A cell that is stored otherwise than it is computed now. NULL is NaN. */
export type CellDifference = {
  readonly time: number;
  readonly column: string;
  readonly stored: number;
  readonly computed: number;
};

export type Verdict = {
  readonly symbol: string;
  readonly month: string;
  readonly family: string;
  /**
   * equal: stored and recomputed rows have the same bits, and the ledger's checksum is theirs. differs: rows or cells
   * are not those that the bars give. altered: the rows are right, but the ledger noted others. unreadable: the table
   * or a column is gone or of another type. missing: never published.
   */
  readonly verdict: 'equal' | 'differs' | 'altered' | 'unreadable' | 'missing';
  readonly rows: number;
  readonly cells: number;
  /** Cells that differ; rows that only one side has count all their cells. */
  readonly differing: number;
  readonly differences: readonly CellDifference[];
  readonly why?: string;
};

export type VerifyReport = {
  readonly verdicts: readonly Verdict[];
  readonly cells: number;
  readonly tookMs: number;
};

export type VerifyOptions = PrepareOptions & {
  readonly database: Database;
  readonly signal?: AbortSignal | undefined;
  readonly onVerdict?: ((verdict: Verdict) => void) | undefined;
};

const shownDifferences = 5;

/** Recomputes published partitions from their bars and compares them with what is stored, bit for bit. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const start = performance.now();
  const client = await options.database.connect();
  const verdicts: Verdict[] = [];
  try {
    const arena = await Arena.create();
    const prepared = await prepare(client, { ...options, force: true }, { write: false });
    const { set, schema, type, source } = prepared;
    for (const order of prepared.orders(options.database.connection, '')) {
      const { symbol, month } = order.task;
      const ledger = await readLedger(client, { set: set.name, schema, symbols: [symbol], months: [month] });
      for (const family of order.task.families) {
        options.signal?.throwIfAborted();
        const planned = { family, plan: planOf(set, family), table: tableOf(set, family, { schema, type }) };
        const noted = ledger.find(row => row.family === family && row.checksum !== '');
        const verdict = toldStale(
          await verifyPartition(client, arena, source, order, planned, noted),
          noted !== undefined && noted.version !== order.versions[family],
        );
        verdicts.push(verdict);
        options.onVerdict?.(verdict);
      }
    }
  } finally {
    await client.end();
  }
  const cells = verdicts.reduce((sum, verdict) => sum + verdict.cells, 0);
  return { verdicts, cells, tookMs: performance.now() - start };
}

/** What is not equal because it was computed by another definition says so. */
function toldStale(verdict: Verdict, redefined: boolean): Verdict {
  if (!redefined || verdict.verdict === 'equal') return verdict;
  const changed = 'its definition has changed since; windrow backfill computes it again';
  return { ...verdict, why: verdict.why === undefined ? changed : `${verdict.why}; ${changed}` };
}

async function verifyPartition(
  client: pg.Client,
  arena: Arena,
  source: BarSource,
  order: TaskOrder,
  { family, plan, table }: PlannedFamily,
  noted: LedgerRow | undefined,
): Promise<Verdict> {
  const { symbol, month, rows: expectedRows } = order.task;
  const features = plan.features.length;
  const base = { symbol, month, family, rows: 0, cells: 0, differing: 0, differences: [] };
  if (!noted) return { ...base, verdict: 'missing' };
  const mark = arena.top;
  try {
    const stored = new CopyDecoder(arena, { columns: features, type: order.type, capacity: noted.rows + 1 });
    let found: CopyStats;
    try {
      await client.query(readingSettings);
      await receiveCopy(client, copyOutSql(table, symbol, month), stored);
      found = stored.finish();
    } catch (error) {
      const why = unreadable(error, order.type);
      if (why === undefined) throw error;
      return { ...base, verdict: 'unreadable', why };
    }
    const { rows, checksum } = found;
    const request = { symbol, month, needs: barNeeds([plan]), expectedRows };
    const bars = await readBars(client, arena, source, request);
    const { columns, firstRow } = bars;
    const { parameters, type } = order;
    const input = { arena, plan, parameters, columns, rows: bars.rows, firstRow, type, symbol };
    const computed = await new PartitionBytes(input).feed(
      async () => {},
      () => {},
    );
    const facts = { ...base, rows, cells: rows * features };
    if (computed.checksum === checksum && computed.rows === rows) {
      if (noted.checksum === hex(checksum)) return { ...facts, verdict: 'equal' };
      return {
        ...facts,
        verdict: 'altered',
        why: `the ledger noted checksum ${noted.checksum}, found ${hex(checksum)}`,
      };
    }
    return { ...facts, verdict: 'differs', ...compare(input, stored) };
  } finally {
    arena.release(mark);
  }
}

/** Why a partition is not what the ledger says it is; undefined for an error that is not about that. */
function unreadable(error: unknown, type: CellType): string | undefined {
  const code = errorCode(error);
  // undefined table, undefined column
  if (code === '42P01' || code === '42703') return (error as Error).message;
  const other = type === 'real' ? 'double' : 'real';
  if (code === 'WR_COPY_MALFORMED')
    return `read as ${type}, are its columns ${other}? ${(error as Error).message}`;
  return undefined;
}

/** Finds the cells that make two checksums differ. */
function compare(
  input: ConstructorParameters<typeof PartitionBytes>[0],
  stored: CopyDecoder,
): Pick<Verdict, 'differing' | 'differences' | 'why'> {
  const { arena, plan, parameters, columns, rows, firstRow, type } = input;
  const count = rows - firstRow;
  const results = plan.features.map(() => arena.allocate(count * 8));
  const session = new Session(arena, plan, parameters);
  session.load(columns);
  session.firstOutput = firstRow;
  session.keep(results);
  const fromRow = Math.max(0, firstRow - plan.lookback + 1);
  session.run(fromRow, rows - fromRow);
  const time = arena.f64(columns.time! + firstRow * 8, count);
  const storedTime = stored.time();
  if (storedTime.length !== count || time.some((value, row) => value !== storedTime[row])) {
    const why = `${storedTime.length} rows are stored, the bars give ${count}, or their times differ`;
    return { differing: Math.max(count, storedTime.length) * plan.features.length, differences: [], why };
  }
  const differences: CellDifference[] = [];
  let differing = 0;
  plan.features.forEach(({ name }, index) => {
    const values = stored.column(index);
    const computed = arena.f64(results[index]!, count);
    for (let row = 0; row < count; row++) {
      const wanted = type === 'real' ? Math.fround(computed[row]!) : computed[row]!;
      // infinities are stored as NULL
      const cell = Number.isFinite(wanted) ? wanted : Number.NaN;
      if (Object.is(cell, values[row]) || (Number.isNaN(cell) && Number.isNaN(values[row]!))) continue;
      differing++;
      if (differences.length < shownDifferences)
        differences.push({ time: time[row]!, column: name, stored: values[row]!, computed: cell });
    }
  });
  return { differing, differences };
}
