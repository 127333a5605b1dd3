import type { FeatureSet } from '../catalog/set.ts';
import { copyHeader, copyTrailer } from '../engine/copy.ts';
import { Arena } from '../engine/module.ts';
import { WindrowError } from '../errors.ts';
import { barSteps, intervalsDiffer, stepText } from '../store/barSteps.ts';
import type { BarsWritten } from '../store/bars.ts';
import type { Write } from '../store/copyStream.ts';
import type { Database } from '../store/database.ts';
import { ofOthers } from '../store/locks.ts';
import { type FeedPieces, lockGroupOf, writeManyBars } from '../store/manyBars.ts';
import { atPlace } from '../store/postgresErrors.ts';
import { breakingSilence, endInTime } from '../store/silence.ts';
import { importOrigin } from '../store/tables.ts';
import { encodeBars } from './encodeBars.ts';
import type { LoadOptions, MonthOfBars } from './types.ts';

/** Bars of one transaction: enough that its own cost does not count, few enough to be held in memory. */
const transactionRows = 100_000;
/** Bytes that are sent at once. */
const sendBytes = 1 << 18;

/** Gathers what is written into few large pieces. */
function gathering(write: Write): { readonly write: Write; readonly flush: () => Promise<void> } {
  const buffer = new Uint8Array(sendBytes);
  let filled = 0;
  const flush = async (): Promise<void> => {
    const bytes = filled;
    filled = 0;
    await write(buffer.subarray(0, bytes));
  };
  return {
    flush,
    async write(bytes) {
      if (filled + bytes.length > buffer.length) await flush();
      if (bytes.length > buffer.length) return write(bytes);
      buffer.set(bytes, filled);
      filled += bytes.length;
    },
  };
}

/** Bars of another interval would stand between those of the set and be taken for their neighbours. */
function checkInterval({ bars }: FeatureSet, { symbol, month, bars: { time } }: MonthOfBars): void {
  const usual = bars.intervalMinutes * 60_000_000;
  const steps = barSteps(time);
  if (!steps || !intervalsDiffer(steps, { usual, shortest: usual, regular: true })) return;
  throw new WindrowError('WR_INTERVAL_SET', {
    ...{ source: bars.table, symbol, month, stored: stepText(usual), loaded: stepText(steps.usual) },
  });
}

const namesOf = (pieces: readonly MonthOfBars[]): string => {
  const { symbol, month } = pieces[0]!;
  const more = pieces.length > 1 ? ` and of ${pieces.length - 1} other symbols and months` : '';
  return `bars of ${symbol} ${month}${more}`;
};

type Lane<B> = {
  readonly client: Awaited<ReturnType<Database['connect']>>;
  readonly arena: Arena;
  /** What waits to be written, each symbol and month once. */
  pending: Map<string, B>;
  rows: number;
  /** Settles when what was handed over is written, or has failed. */
  idle: Promise<void>;
};

/** Writes bars into the one table of a set for all symbols, many batches to a transaction. */
export async function loadManyBars<B extends MonthOfBars>(
  database: Database,
  batches: AsyncIterable<B> | Iterable<B>,
  set: FeatureSet,
  options: LoadOptions<B> & { readonly signal: AbortSignal; readonly serverTimeoutMs: number },
): Promise<BarsWritten> {
  const { schema, origin = importOrigin, signal, serverTimeoutMs } = options;
  const total = { inserted: 0, replaced: 0, unchanged: 0 };
  const lanes: Lane<B>[] = [];
  let failure: { readonly error: unknown } | undefined;

  const write = async ({ client, arena }: Lane<B>, pieces: readonly B[]): Promise<void> => {
    const target = { bars: set.bars, schema, origin };
    const feed: FeedPieces = async (asked, columns, write) => {
      const gathered = gathering(write);
      await gathered.write(copyHeader);
      for (const { symbol, bars } of asked)
        await encodeBars(arena, bars, columns, [symbol, origin], gathered.write);
      await gathered.write(copyTrailer);
      await gathered.flush();
    };
    const onWait = ofOthers(database, holder => options.onWait?.(pieces[0]!, holder));
    const written = await breakingSilence(client, serverTimeoutMs, () =>
      writeManyBars(client, pieces, target, feed, { signal, onWait }),
    ).catch(error => {
      throw atPlace(error, namesOf(pieces));
    });
    written.forEach((counts, i) => {
      total.inserted += counts.inserted;
      total.replaced += counts.replaced;
      total.unchanged += counts.unchanged;
      options.onWritten?.(pieces[i]!, counts);
    });
  };

  const handOver = async (lane: Lane<B>): Promise<void> => {
    await lane.idle;
    const pieces = [...lane.pending.values()];
    lane.pending = new Map();
    lane.rows = 0;
    if (pieces.length === 0 || failure !== undefined || signal.aborted) return;
    lane.idle = write(lane, pieces).catch(error => {
      failure ??= { error };
    });
  };

  const known = new Map<string, Lane<B>>();
  // symbols that are locked together go the same way, so that lanes do not wait for each other
  const laneOf = (symbol: string): Lane<B> => {
    const lane = known.get(symbol) ?? lanes[lockGroupOf(symbol) % lanes.length]!;
    known.set(symbol, lane);
    return lane;
  };

  try {
    for (let i = 0; i < (options.connections ?? 2); i++) {
      const client = await database.connect();
      const lane = { pending: new Map<string, B>(), rows: 0, idle: Promise.resolve() };
      lanes.push({ client, arena: await Arena.create(), ...lane });
    }
    let unread: { readonly error: unknown } | undefined;
    try {
      for await (const batch of batches) {
        signal.throwIfAborted();
        if (failure !== undefined) break;
        checkInterval(set, batch);
        const lane = laneOf(batch.symbol);
        const key = `${batch.symbol} ${batch.month}`;
        // of two batches of a month the later one has the last word
        if (lane.pending.has(key)) await handOver(lane);
        lane.pending.set(key, batch);
        lane.rows += batch.bars.time.length;
        if (lane.rows >= transactionRows) await handOver(lane);
      }
    } catch (error) {
      unread = { error };
    }
    // what came before an error counts all the same
    await Promise.all(lanes.map(handOver));
    await Promise.all(lanes.map(lane => lane.idle));
    failure ??= unread;
  } finally {
    await Promise.all(lanes.map(lane => lane.idle));
    await Promise.all(lanes.map(lane => endInTime(lane.client)));
  }
  if (failure !== undefined) throw failure.error;
  return total;
}
