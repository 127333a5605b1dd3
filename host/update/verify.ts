import { CopyDecoder } from '../engine/copyDecoder.ts';
import { Arena } from '../engine/module.ts';
import { WindrowError } from '../errors.ts';
import { literal, qualify, quote } from '../store/identifiers.ts';
import { migrate } from '../store/migrate.ts';
import { checkMonths, type Month, monthMicros, nextMonth, sqlTime } from '../store/month.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { readingSettings } from '../store/sources.ts';
import { type Lane, type Loaded, openLane, readBars, readPeers } from './batch.ts';
import { type Choice, type ChoiceOptions, choose } from './choice.ts';
import { historyOf } from './compute.ts';
import type { Due } from './order.ts';
import { rowTableExists, sourceColumn, versionColumn } from './table.ts';

/** A cell that is stored otherwise than it is computed now. NULL is NaN; time in microseconds since 1970. */
export type RowDifference = {
  readonly time: number;
  readonly column: string;
  readonly stored: number;
  readonly computed: number;
};

export type RowVerdict = {
  readonly symbol: string;
  /** equal: every row has the bits that the bars give. differs: cells do not, or rows lack or are too many. */
  readonly verdict: 'equal' | 'differs' | 'missing';
  /** Rows compared; rows of older definitions, which are not. */
  readonly rows: number;
  readonly older: number;
  /** Bars without a row, rows without a bar. */
  readonly lacking: number;
  readonly extra: number;
  readonly cells: number;
  readonly differing: number;
  readonly differences: readonly RowDifference[];
};

export type VerifyRowsOptions = Omit<
  ChoiceOptions,
  'force' | 'dryRun' | 'workers' | 'symbolTimeoutMs' | 'onEvent'
> & {
  /** First and last month of the rows that are compared, "2025-07", both included; default: all. */
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
  readonly onVerdict?: ((verdict: RowVerdict) => void) | undefined;
};

const shownDifferences = 5;
/** Symbols whose bars are in memory at a time. */
const batchSymbols = 32;

/** The condition that leaves the rows that are looked at. */
function rowsSql({ table, source }: Lane, { symbol, from, to }: Due): string {
  const time = quote(table.timeColumn);
  return [
    `${quote(table.symbolColumn)} = ${literal(symbol)}`,
    `${quote(sourceColumn)} = ${literal(source.origin)}`,
    ...(from === undefined ? [] : [`${time} >= ${literal(sqlTime(from))}`]),
    ...(to === undefined ? [] : [`${time} <= ${literal(sqlTime(to))}`]),
  ].join(' and ');
}

/** Where there are no bars there should be no rows. */
async function withoutBars(lane: Lane, due: Due): Promise<RowVerdict> {
  const { client, table } = lane;
  const { rows } = await client.query<{ extra: number }>(
    `select count(*)::int as extra from ${qualify(table.schema, table.name)} where ${rowsSql(lane, due)}`,
  );
  const { extra } = rows[0]!;
  const none = { rows: 0, older: 0, lacking: 0, cells: 0, differing: 0, differences: [] };
  return { symbol: due.symbol, verdict: extra > 0 ? 'differs' : 'missing', extra, ...none };
}

async function compare(lane: Lane, bars: Loaded): Promise<RowVerdict> {
  const { client, arena, table, rowPlan, computer, version } = lane;
  const { due, firstRow } = bars;
  const names = rowPlan.features.map(({ name }) => name);
  const own = rowsSql(lane, due);
  const from = qualify(table.schema, table.name);
  const { rows: counted } = await client.query<{ older: number }>(
    `select count(*)::int as older from ${from} where ${own} and ${quote(versionColumn)} <> $1`,
    [version],
  );
  const decoder = new CopyDecoder(arena, {
    columns: names.length,
    type: table.type === 'real' ? 'real' : 'double',
    capacity: bars.rows + 1,
  });
  const columns = [table.timeColumn, ...names].map(quote).join(', ');
  await receiveCopy(
    client,
    `copy (select ${columns} from ${from} where ${own} and ${quote(versionColumn)} = ${literal(version)}
       order by ${quote(table.timeColumn)}) to stdout (format binary)`,
    decoder,
  );
  const { rows } = decoder.finish();
  const values = computer.values(bars);
  const storedTime = decoder.time();
  const stored = names.map((_, i) => decoder.column(i));
  const count = bars.rows - firstRow;
  const time = arena.f64(bars.time + firstRow * 8, count);
  const differences: RowDifference[] = [];
  let [at, matched, extra, differing] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    while (at < count && time[at]! < storedTime[row]!) at++;
    if (at === count || time[at] !== storedTime[row]) {
      extra++;
      continue;
    }
    matched++;
    for (const [i, cells] of stored.entries()) {
      const computed = table.type === 'real' ? Math.fround(values[i]![at]!) : values[i]![at]!;
      // what overflows a float4 is stored as NULL
      const cell = Math.abs(computed) < Number.POSITIVE_INFINITY ? computed : Number.NaN;
      if (Object.is(cell, cells[row]) || (Number.isNaN(cell) && Number.isNaN(cells[row]!))) continue;
      differing++;
      if (differences.length < shownDifferences)
        differences.push({ time: time[at]!, column: names[i]!, stored: cells[row]!, computed: cell });
    }
  }
  const older = counted[0]!.older;
  const lacking = count - matched - older;
  const right = differing === 0 && extra === 0 && lacking === 0;
  return {
    symbol: due.symbol,
    verdict: rows + older === 0 ? 'missing' : right ? 'equal' : 'differs',
    rows: matched,
    older,
    lacking,
    extra,
    cells: matched * names.length,
    differing,
    differences,
  };
}

/** Recomputes the rows of a set that is kept row by row and compares them with what is stored, bit for bit. */
export async function verifyRows(options: VerifyRowsOptions): Promise<RowVerdict[]> {
  const { from, to } = options;
  checkMonths(options);
  const span = {
    from: from === undefined ? undefined : monthMicros(from),
    to: to === undefined ? undefined : monthMicros(nextMonth(to)) - 1,
  };
  const client = await options.database.connect();
  let choice: Choice;
  try {
    await migrate(client);
    choice = await choose(client, options);
    if (!(await rowTableExists(client, choice.table)))
      throw new WindrowError('WR_ROWS_MISSING', {
        table: `${choice.table.schema}.${choice.table.name}`,
        set: choice.set.name,
      });
  } finally {
    await client.end();
  }
  const arena = await Arena.create();
  const lane = await openLane(choice.order, arena);
  const verdicts: RowVerdict[] = [];
  try {
    await lane.client.query(readingSettings);
    for (let i = 0; i < choice.symbols.length; i += batchSymbols) {
      const mark = arena.top;
      const dues = choice.symbols
        .slice(i, i + batchSymbols)
        .map((symbol): Due => ({ symbol, ...span, revision: null, peers: {} }));
      const loaded = await readBars(lane, dues, historyOf(lane.rowPlan.plan));
      await readPeers(lane, loaded);
      const bySymbol = new Map(loaded.map(bars => [bars.due.symbol, bars]));
      for (const due of dues) {
        options.signal?.throwIfAborted();
        const inner = arena.top;
        const bars = bySymbol.get(due.symbol);
        const some = bars !== undefined && bars.rows > bars.firstRow;
        const verdict = await (some ? compare(lane, bars) : withoutBars(lane, due));
        arena.release(inner);
        verdicts.push(verdict);
        options.onVerdict?.(verdict);
      }
      arena.release(mark);
    }
  } finally {
    await lane.client.end();
  }
  return verdicts;
}
