import type pg from 'pg';
import { type CellType, CopyDecoder, type CopyStats, cellOf } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import type { BesideOf } from '../engine/peers.ts';
import { Session } from '../engine/session.ts';
import { hex, type LedgerRow } from '../store/ledger.ts';
import { errorCode } from '../store/postgresErrors.ts';
import { copyOutSql, storedSymbols } from '../store/publish.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { readingSettings } from '../store/sources.ts';
import type { PartitionedTable } from '../store/tables.ts';
import type { Lane } from './lane.ts';
import { barNeeds, type PlannedFamily, type TaskOrder } from './order.ts';
import { PartitionBytes } from './partition.ts';
import { joinStats } from './publishMonth.ts';
import { readBars } from './readBars.ts';
import { symbolRows } from './symbolRows.ts';
import type { Member, Task } from './types.ts';

/** A cell that is stored otherwise than it is computed now. NULL is NaN. */
export type CellDifference = {
  /** Whose row it is, in a partition of all symbols. */
  readonly symbol?: string;
  readonly time: number;
  readonly column: string;
  readonly stored: number;
  readonly computed: number;
};

export type Verdict = {
  /** `*` where the partition holds all symbols. */
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

const shownDifferences = 5;

type Comparison = Pick<Verdict, 'differing' | 'differences' | 'why'>;

/** Rows of one symbol as they are stored and as they are computed now; compared where they are not the same. */
type Compared = {
  readonly symbol: string;
  readonly stored: CopyStats;
  readonly computed: CopyStats;
  readonly comparison?: Comparison;
};

/** The rows of a partition cannot be read as what it is said to hold. */
class Unreadable extends Error {}

/** The symbols that have rows in a partition of all symbols and should not: they have no bars in the month. */
async function strangers(
  client: pg.Client,
  { month, members = [] }: Task,
  table: PartitionedTable,
): Promise<string[]> {
  const stored = await storedSymbols(client, table, month);
  return stored.filter(symbol => !members.some(member => member.symbol === symbol));
}

/** Compares the checksum of the rows that are stored with the one that the ledger noted. Nothing is computed. */
export async function verifyStored(
  { client, arena }: Lane,
  order: TaskOrder,
  planned: PlannedFamily,
  noted: LedgerRow | undefined,
): Promise<Verdict> {
  const { family, plan, table } = planned;
  const { symbol, month, members, rows: expected } = order.task;
  const base = { symbol, month, family, rows: 0, cells: 0, differing: 0, differences: [] };
  if (!noted) return { ...base, verdict: 'missing' };
  const read = async (own: string): Promise<CopyStats> => {
    const mark = arena.top;
    const { stored } = await readStored(client, arena, order, planned, { symbol: own, rows: expected });
    arena.release(mark);
    return stored;
  };
  try {
    const all: { symbol: string; stats: CopyStats }[] = [];
    const symbols =
      members === undefined
        ? [symbol]
        : await readable(order.type, () => storedSymbols(client, table, month));
    for (const own of symbols) all.push({ symbol: own, stats: await read(own) });
    const features = plan.features.length;
    const { rows, checksum } = members === undefined ? all[0]!.stats : joinStats(features, all);
    const facts = { ...base, rows, cells: rows * features };
    return { ...facts, ...judged(noted, checksum) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ...base, verdict: 'unreadable', why: error.message };
  }
}

/** What the ledger says of rows with this checksum. */
function judged(noted: LedgerRow, checksum: bigint): Pick<Verdict, 'verdict' | 'why'> {
  if (noted.checksum === hex(checksum)) return { verdict: 'equal' };
  const why = `the ledger noted checksum ${noted.checksum}, found ${hex(checksum)}`;
  return { verdict: 'altered', why };
}

/** Recomputes a partition from its bars and compares it with what is stored. */
export async function verifyPartition(
  lane: Lane,
  order: TaskOrder,
  planned: PlannedFamily,
  of: (symbol: string) => BesideOf,
  noted: LedgerRow | undefined,
): Promise<Verdict> {
  const { family, plan, table } = planned;
  const { symbol, month, members } = order.task;
  const features = plan.features.length;
  const base = { symbol, month, family, rows: 0, cells: 0, differing: 0, differences: [] };
  if (!noted) return { ...base, verdict: 'missing' };
  const all: Compared[] = [];
  try {
    for (const member of members ?? [order.task])
      all.push(await verifySymbol(lane, order, planned, of(member.symbol), member));
    const others =
      members === undefined
        ? []
        : await readable(order.type, () => strangers(lane.client, order.task, table));
    for (const other of others) all.push(await strayRows(lane, order, planned, other));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ...base, verdict: 'unreadable', why: error.message };
  }
  const joined = (of: 'stored' | 'computed'): CopyStats =>
    members === undefined
      ? all[0]![of]
      : joinStats(
          features,
          all.map(each => ({ symbol: each.symbol, stats: each[of] })),
        );
  const { rows, checksum } = joined('stored');
  const facts = { ...base, rows, cells: rows * features };
  const compared = all.flatMap(({ symbol: own, comparison }) => (comparison ? [{ own, comparison }] : []));
  if (compared.length > 0) {
    const whose = members === undefined ? () => ({}) : (own: string) => ({ symbol: own });
    const differences = compared.flatMap(({ own, comparison }) =>
      comparison.differences.map(difference => ({ ...whose(own), ...difference })),
    );
    const reasons = compared.flatMap(({ own, comparison: { why } }) =>
      why === undefined ? [] : [members === undefined ? why : `of ${own} ${why}`],
    );
    return {
      ...facts,
      verdict: 'differs',
      differing: compared.reduce((sum, { comparison }) => sum + comparison.differing, 0),
      differences: differences.slice(0, shownDifferences),
      ...(reasons.length > 0 ? { why: reasons.join('; ') } : {}),
    };
  }
  return { ...facts, ...judged(noted, checksum) };
}

/** Tells errors that say what a partition is from all others. */
async function readable<T>(type: CellType, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const why = unreadable(error, type);
    throw why === undefined ? error : new Unreadable(why);
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

/** Reads what is stored of a symbol. */
async function readStored(
  client: pg.Client,
  arena: Arena,
  { task: { month }, type }: TaskOrder,
  { plan, table }: PlannedFamily,
  { symbol, rows }: Member,
): Promise<{ decoder: CopyDecoder; stored: CopyStats }> {
  const decoder = new CopyDecoder(arena, { columns: plan.features.length, type, capacity: rows + 1 });
  const stored = await readable(type, async () => {
    await client.query(readingSettings);
    await receiveCopy(client, copyOutSql(table, symbol, month), decoder);
    return decoder.finish();
  });
  return { decoder, stored };
}

/** Reads the rows of one symbol in a partition and computes them anew. */
async function verifySymbol(
  lane: Lane,
  order: TaskOrder,
  planned: PlannedFamily,
  of: BesideOf,
  member: Member,
): Promise<Compared> {
  const { client, arena } = lane;
  const { symbol } = member;
  const { plan } = planned;
  const mark = arena.top;
  try {
    const { decoder, stored } = await readStored(client, arena, order, planned, member);
    const bars = await readBars(lane, symbol, order.task.month, barNeeds([plan]));
    const { input } = await symbolRows(lane, order, plan, { symbol, bars, of });
    const computed = await new PartitionBytes(input).feed(
      async () => {},
      () => {},
    );
    const same = computed.checksum === stored.checksum && computed.rows === stored.rows;
    return { symbol, stored, computed, ...(same ? {} : { comparison: compare(input, decoder) }) };
  } finally {
    arena.release(mark);
  }
}

/** Reads rows of a symbol that has no bars in the month. */
async function strayRows(
  { client, arena }: Lane,
  order: TaskOrder,
  planned: PlannedFamily,
  symbol: string,
): Promise<Compared> {
  const mark = arena.top;
  const { stored } = await readStored(client, arena, order, planned, { symbol, rows: 0 });
  arena.release(mark);
  const why = `${stored.rows} rows are stored, the bars give none`;
  const differing = stored.rows * planned.plan.features.length;
  const computed = { rows: 0, nulls: [], infinities: [], checksum: 0n };
  return { symbol, stored, computed, comparison: { differing, differences: [], why } };
}

/** Finds the cells that make two checksums differ. */
function compare(input: ConstructorParameters<typeof PartitionBytes>[0], stored: CopyDecoder): Comparison {
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
      const cell = cellOf(computed[row]!, type);
      if (Object.is(cell, values[row]) || (Number.isNaN(cell) && Number.isNaN(values[row]!))) continue;
      differing++;
      if (differences.length < shownDifferences)
        differences.push({ time: time[row]!, column: name, stored: values[row]!, computed: cell });
    }
  });
  return { differing, differences };
}
