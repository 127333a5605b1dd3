import type pg from 'pg';
import { CopyDecoder } from '../engine/copyDecoder.ts';
import { cellOf } from '../engine/copyTable.ts';
import { Arena } from '../engine/module.ts';
import { drawn, type Sample } from '../sample.ts';
import { tableColumns } from '../store/columnValues.ts';
import { literal, qualify, quote } from '../store/identifiers.ts';
import { migrate } from '../store/migrate.ts';
import { checkMonths, type Month, monthMicros, nextMonth } from '../store/month.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { type MonthOfBars, readingSettings } from '../store/sources.ts';
import { type Lane, type Loaded, openLane, readBars, readPeers } from './batch.ts';
import { type Choice, type ChoiceOptions, choose } from './choice.ts';
import { historyOf } from './compute.ts';
import { keptSince } from './kept.ts';
import type { Due } from './order.ts';
import { rowsSql } from './storedRows.ts';
import { dueOf, keyOfMonth, symbolMonths } from './symbolMonths.ts';
import { requireRowTable, sourceColumn, versionColumn } from './table.ts';
import { verifyStoredRows } from './verifyStored.ts';

/** A cell that is stored otherwise than it is computed now. NULL is NaN; time in microseconds since 1970. */
export type RowDifference = {
  readonly time: number;
  readonly column: string;
  readonly stored: number;
  readonly computed: number;
};

export type RowVerdict = {
  readonly symbol: string;
  /** Of a sample: the month whose rows it is about. */
  readonly month?: Month;
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
  /** What else is wrong with rows that were looked at without computing. */
  readonly why?: string;
};

export type VerifyRowsOptions = Omit<
  ChoiceOptions,
  'force' | 'dryRun' | 'workers' | 'symbolTimeoutMs' | 'onEvent'
> & {
  /** First and last month of the rows that are compared, "2025-07", both included; default: all. */
  readonly from?: Month | undefined;
  readonly to?: Month | undefined;
  /** Some of the months of symbols that have rows, drawn by `seed`, in the place of all. */
  readonly sample?: Sample | undefined;
  readonly seed?: number | undefined;
  /** Holds rows against their bars alone, without computing. */
  readonly stored?: boolean | undefined;
  /** Told of what is not looked at. */
  readonly onNote?: ((text: string) => void) | undefined;
  readonly onVerdict?: ((verdict: RowVerdict) => void) | undefined;
};

const shownDifferences = 5;
/** Symbols whose bars are in memory at a time. */
const batchSymbols = 32;
/** Symbols that one statement looks at where nothing is computed. */
const storedSymbols = 500;

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

/** Of those columns that the table has. */
async function compare(lane: Lane, bars: Loaded, there: ReadonlySet<string>): Promise<RowVerdict> {
  const { client, arena, order, table, rowPlan, computer, version } = lane;
  const { due, firstRow } = bars;
  const known = rowPlan.features.map(({ name }, at) => ({ name, at })).filter(({ name }) => there.has(name));
  const shown = lane.barColumns.filter(name => there.has(name));
  const names = [...shown, ...known.map(({ name }) => name)];
  const own = rowsSql(lane, due);
  const from = qualify(table.schema, table.name);
  const { rows: counted } = await client.query<{ older: number }>(
    `select count(*)::int as older from ${from} where ${own} and ${quote(versionColumn)} <> $1`,
    [version],
  );
  const decoder = new CopyDecoder(arena, {
    columns: names.length,
    type: order.type,
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
  const all = computer.values(bars);
  const values = [
    ...shown.map(name => arena.f64(bars.columns[name]! + firstRow * 8, bars.rows - firstRow)),
    ...known.map(({ at }) => all[at]!),
  ];
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
      const cell = cellOf(values[i]![at]!, order.type);
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

/** The month of the first row of each symbol: what lies before it is no longer kept, or was never wanted. */
async function firstMonths(
  client: pg.Client,
  { table, source, symbols }: Choice,
): Promise<Map<string, Month>> {
  const [time, symbol] = [table.timeColumn, table.symbolColumn].map(quote);
  const { rows } = await client.query<{ symbol: string; month: Month | null }>(
    `select r.symbol, to_char((select min(${time}) from ${qualify(table.schema, table.name)} t
       where t.${symbol} = r.symbol and t.${quote(sourceColumn)} = $2), 'YYYY-MM') as month
     from unnest($1::text[]) as r (symbol)`,
    [symbols, source.origin],
  );
  return new Map(rows.flatMap(({ symbol: own, month }) => (month === null ? [] : [[own, month] as const])));
}

/** What is to be compared: symbols between two times, or the months of a sample. */
async function chosenRows(
  client: pg.Client,
  choice: Choice,
  { from: asked, to, sample, seed = 1, onNote }: VerifyRowsOptions,
): Promise<{ due: Due; month?: Month }[]> {
  if (sample !== undefined) {
    const all = await symbolMonths(client, choice, { from: asked, to });
    return drawn(all, sample, seed, keyOfMonth).map(part => ({ due: dueOf(part), month: part.month }));
  }
  const first = asked === undefined ? await firstMonths(client, choice) : new Map<string, Month>();
  const bars =
    asked !== undefined
      ? new Map<string, MonthOfBars[]>()
      : await choice.source.months(client, choice.symbols);
  const last = to === undefined ? undefined : monthMicros(nextMonth(to)) - 1;
  const kept = asked === undefined ? await keptSince(client, choice.order) : undefined;
  // of a symbol whose bars are all older than what is kept there is to be no row
  const isKept = (symbol: string): boolean =>
    kept === undefined || first.has(symbol) || (bars.get(symbol)?.at(-1)?.month ?? kept) >= kept;
  let later = 0;
  const parts = choice.symbols.filter(isKept).map(symbol => {
    const own = first.get(symbol);
    const before = own !== undefined && (bars.get(symbol)?.[0]?.month ?? own) < own;
    if (before) later++;
    const from = asked ?? (before ? own : own === undefined ? kept : undefined);
    const since = from === undefined ? undefined : monthMicros(from);
    return { due: { symbol, from: since, to: last, revision: null, peers: {} } };
  });
  if (later > 0)
    onNote?.(
      `bars before the first row of their symbol are not looked at, of ${later} symbols; with --from they are`,
    );
  return parts;
}

/** Computes the rows anew, some symbols at a time. */
async function recompute(
  choice: Choice,
  parts: readonly { due: Due; month?: Month }[],
  { signal }: VerifyRowsOptions,
  tell: (verdict: RowVerdict) => void,
): Promise<void> {
  const arena = await Arena.create();
  const lane = await openLane(choice.order, arena);
  try {
    await lane.client.query(readingSettings);
    const place = { schema: choice.table.schema, table: choice.table.name };
    const there = new Set(await tableColumns(lane.client, place));
    for (let i = 0; i < parts.length; i += batchSymbols) {
      const mark = arena.top;
      const some = parts.slice(i, i + batchSymbols);
      const loaded = await readBars(
        lane,
        some.map(({ due }) => due),
        historyOf(lane.rowPlan.plan),
      );
      await readPeers(lane, loaded);
      const byDue = new Map(loaded.map(bars => [bars.due, bars]));
      for (const { due, month } of some) {
        signal?.throwIfAborted();
        const inner = arena.top;
        const bars = byDue.get(due);
        const any = bars !== undefined && bars.rows > bars.firstRow;
        const verdict = await (any ? compare(lane, bars, there) : withoutBars(lane, due));
        arena.release(inner);
        tell(month === undefined ? verdict : { ...verdict, month });
      }
      arena.release(mark);
    }
  } finally {
    await lane.client.end();
  }
}

/**
 * Recomputes the rows of a set that is kept row by row, or a sample of them, and compares them with what is stored, bit for bit;
 * with `stored`, holds them against their bars alone.
 */
export async function verifyRows(options: VerifyRowsOptions): Promise<RowVerdict[]> {
  checkMonths(options);
  const verdicts: RowVerdict[] = [];
  const tell = (verdict: RowVerdict): void => {
    verdicts.push(verdict);
    options.onVerdict?.(verdict);
  };
  const client = await options.database.connect();
  let choice: Choice;
  let parts: { due: Due; month?: Month }[];
  try {
    await migrate(client);
    choice = await choose(client, options);
    await requireRowTable(client, choice.table);
    parts = await chosenRows(client, choice, options);
    if (options.stored) {
      for (let i = 0; i < parts.length; i += storedSymbols) {
        options.signal?.throwIfAborted();
        const some = parts.slice(i, i + storedSymbols);
        const found = await verifyStoredRows(
          client,
          choice,
          some.map(({ due }) => due),
        );
        for (const [k, verdict] of found.entries()) {
          const { month } = some[k]!;
          tell(month === undefined ? verdict : { ...verdict, month });
        }
      }
      return verdicts;
    }
  } finally {
    await client.end();
  }
  await recompute(choice, parts, options, tell);
  return verdicts;
}
