import { barColumns } from '../catalog/bars.ts';
import { setByName } from '../catalog/catalog.ts';
import { defaultSet } from '../catalog/set.ts';
import { copyHeader, copyTrailer } from '../engine/copy.ts';
import { Arena } from '../engine/module.ts';
import { barSteps } from '../store/barSteps.ts';
import { type BarsWritten, type FeedBars, writeBars } from '../store/bars.ts';
import type { Database } from '../store/database.ts';
import { type LockHolder, ofOthers } from '../store/locks.ts';
import { migrate } from '../store/migrate.ts';
import { atPlace } from '../store/postgresErrors.ts';
import { breakingSilence, endInTime } from '../store/silence.ts';
import { encodeBars } from './encodeBars.ts';
import { loadManyBars } from './loadManyBars.ts';
import type { LoadOptions, MonthOfBars } from './types.ts';

export type { LoadOptions, MonthOfBars };

const idle = new AbortController().signal;

const defaultTimeoutMs = 300_000;

type Given<B> = LoadOptions<B> & {
  readonly schema: string;
  readonly signal: AbortSignal;
  readonly serverTimeoutMs: number;
};

/** Writes batches over one connection, with one instance of the module to encode them. */
class Lane {
  readonly #client: Awaited<ReturnType<Database['connect']>>;
  readonly #arena: Arena;
  idle: Promise<unknown> = Promise.resolve();

  constructor(client: Awaited<ReturnType<Database['connect']>>, arena: Arena) {
    this.#client = client;
    this.#arena = arena;
  }

  write(
    { symbol, month, bars }: MonthOfBars,
    options: {
      readonly schema: string;
      readonly signal: AbortSignal;
      readonly serverTimeoutMs: number;
      readonly onWait: (holder: LockHolder) => void;
    },
  ): Promise<BarsWritten> {
    const columns = barColumns.filter(name => bars.columns[name] !== undefined);
    const { schema, signal, onWait, serverTimeoutMs } = options;
    const batch = { symbol, month, columns, schema, steps: barSteps(bars.time) };
    const feed: FeedBars = async write => {
      await write(copyHeader);
      await encodeBars(this.#arena, bars, columns, [symbol], write);
      await write(copyTrailer);
      return bars.time.length;
    };
    const place = `bars of ${symbol} ${month}`;
    return breakingSilence(this.#client, serverTimeoutMs, () =>
      writeBars(this.#client, batch, feed, { signal, onWait }),
    ).catch(error => {
      throw atPlace(error, place);
    });
  }

  close(): Promise<void> {
    return endInTime(this.#client);
  }
}

/** Writes each batch into its own partition, several symbols side by side. */
async function loadPartitions<B extends MonthOfBars>(
  database: Database,
  batches: AsyncIterable<B> | Iterable<B>,
  options: Given<B>,
): Promise<BarsWritten> {
  const { schema, signal, serverTimeoutMs } = options;
  const total = { inserted: 0, replaced: 0, unchanged: 0 };
  const lanes: Lane[] = [];
  const laneOf = new Map<string, Lane>();
  let failure: unknown;
  const write = async (lane: Lane, batch: B): Promise<void> => {
    const onWait = ofOthers(database, holder => options.onWait?.(batch, holder));
    const written = await lane.write(batch, { schema, signal, serverTimeoutMs, onWait });
    total.inserted += written.inserted;
    total.replaced += written.replaced;
    total.unchanged += written.unchanged;
    options.onWritten?.(batch, written);
  };
  try {
    for (let i = 0; i < (options.connections ?? 2); i++) {
      lanes.push(new Lane(await database.connect(), await Arena.create()));
    }
    for await (const batch of batches) {
      let lane = laneOf.get(batch.symbol);
      if (lane === undefined) {
        lane = lanes[laneOf.size % lanes.length] as Lane;
        laneOf.set(batch.symbol, lane);
      }
      await lane.idle;
      signal.throwIfAborted();
      if (failure !== undefined) break;
      lane.idle = write(lane, batch).catch(error => {
        failure ??= error;
      });
    }
  } finally {
    await Promise.all(lanes.map(lane => lane.idle));
    await Promise.all(lanes.map(lane => lane.close()));
  }
  if (failure !== undefined) throw failure;
  return total;
}

/** Writes bars into the table that a set reads them from. Returns what changed. */
export async function loadBars<B extends MonthOfBars>(
  database: Database,
  batches: AsyncIterable<B> | Iterable<B>,
  options: LoadOptions<B> = {},
): Promise<BarsWritten> {
  const set = setByName(options.set ?? defaultSet);
  const { schema = 'public', signal = idle, serverTimeoutMs = defaultTimeoutMs } = options;
  const given = { ...options, schema, signal, serverTimeoutMs };
  const client = await database.connect();
  await breakingSilence(client, serverTimeoutMs, () => migrate(client)).finally(() => endInTime(client));
  return set.bars.partition === 'month'
    ? loadManyBars(database, batches, set, given)
    : loadPartitions(database, batches, given);
}
