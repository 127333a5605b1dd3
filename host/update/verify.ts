import { CopyDecoder } from '../engine/copyDecoder.ts';
import { Arena } from '../engine/module.ts';
import { WindrowError } from '../errors.ts';
import { literal, qualify, quote } from '../store/identifiers.ts';
import { migrate } from '../store/migrate.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import { readingSettings } from '../store/sources.ts';
import { type Lane, type Loaded, openLane, readBars, readPeers } from './batch.ts';
import { type Choice, choose } from './choice.ts';
import { historyOf } from './compute.ts';
import { rowTableExists, sourceColumn, versionColumn } from './table.ts';
import type { UpdateOptions } from './types.ts';

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
  UpdateOptions,
  'force' | 'dryRun' | 'workers' | 'symbolTimeoutMs' | 'onEvent'
> & {
  readonly onVerdict?: ((verdict: RowVerdict) => void) | undefined;
};

const shownDifferences = 5;
/** Symbols whose bars are in memory at a time. */
const batchSymbols = 32;

async function compare(lane: Lane, bars: Loaded): Promise<RowVerdict> {
  const { client, arena, table, rowPlan, computer, source, version } = lane;
  const { symbol } = bars.due;
  const names = rowPlan.features.map(({ name }) => name);
  const own = `${quote(table.symbolColumn)} = ${literal(symbol)} and ${quote(sourceColumn)} = ${literal(source.origin)}`;
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
  const time = arena.f64(bars.time, bars.rows);
  const differences: RowDifference[] = [];
  let [at, matched, extra, differing] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    while (at < bars.rows && time[at]! < storedTime[row]!) at++;
    if (at === bars.rows || time[at] !== storedTime[row]) {
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
  const lacking = bars.rows - matched - older;
  const right = differing === 0 && extra === 0 && lacking === 0;
  return {
    symbol,
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
        .map(symbol => ({ symbol, from: undefined, to: undefined, revision: null, peers: {} }));
      const loaded = await readBars(lane, dues, historyOf(lane.rowPlan.plan));
      await readPeers(lane, loaded);
      for (const bars of loaded) {
        options.signal?.throwIfAborted();
        const inner = arena.top;
        const verdict = await compare(lane, bars);
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
