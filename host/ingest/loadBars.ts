import { type BarColumn, type Bars, barColumns } from '../catalog/bars.ts';
import { CopyEncoder, copyHeader, copyTrailer } from '../engine/copy.ts';
import { Arena } from '../engine/module.ts';
import { blockRows } from '../engine/plan.ts';
import { barSteps } from '../store/barSteps.ts';
import { type BarsWritten, writeBars } from '../store/bars.ts';
import type { Database } from '../store/database.ts';
import { describeHolder } from '../store/locks.ts';
import { migrate } from '../store/migrate.ts';
import type { Month } from '../store/month.ts';

export type MonthOfBars = { readonly symbol: string; readonly month: Month; readonly bars: Bars };

export type LoadOptions<B> = {
  /** Schema of `market_data`; default `public`. */
  readonly schema?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Batches written at the same time, each over its own connection. Those of one symbol keep their order. */
  readonly connections?: number;
  readonly onWritten?: (batch: B, written: BarsWritten) => void;
  /** Somebody else holds the partition that is to be written. */
  readonly onWait?: (batch: B, holder: string) => void;
};

const idle = new AbortController().signal;

/** Writes batches over one connection, with one instance of the module to encode them. */
class Lane {
  readonly #client: Awaited<ReturnType<Database['connect']>>;
  readonly #arena: Arena;
  idle: Promise<unknown> = Promise.resolve();

  constructor(client: Awaited<ReturnType<Database['connect']>>, arena: Arena) {
    this.#client = client;
    this.#arena = arena;
  }

  async write(
    { symbol, month, bars }: MonthOfBars,
    options: {
      readonly schema: string;
      readonly signal: AbortSignal;
      readonly onWait: (holder: string) => void;
    },
  ): Promise<BarsWritten> {
    const arena = this.#arena;
    const mark = arena.top;
    const place = (plane: Float64Array): number => {
      const address = arena.allocate(plane.byteLength);
      arena.f64(address, plane.length).set(plane);
      return address;
    };
    const columns = barColumns.filter(name => bars.columns[name] !== undefined);
    const time = place(bars.time);
    const planes = columns.map(name => place(bars.columns[name as BarColumn] as Float64Array));
    const encoder = new CopyEncoder(arena, { time, columns: planes, tail: [symbol] });
    try {
      return await writeBars(
        this.#client,
        { symbol, month, columns, schema: options.schema, steps: barSteps(bars.time) },
        async write => {
          await write(copyHeader);
          for (let row = 0; row < bars.time.length; row += blockRows) {
            await write(encoder.encode(row, Math.min(blockRows, bars.time.length - row)));
          }
          await write(copyTrailer);
        },
        { signal: options.signal, onWait: holder => options.onWait(describeHolder(holder)) },
      );
    } finally {
      arena.release(mark);
    }
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

/** Writes bars into `market_data`, batch by batch, several symbols side by side. Returns what changed. */
export async function loadBars<B extends MonthOfBars>(
  database: Database,
  batches: AsyncIterable<B> | Iterable<B>,
  options: LoadOptions<B> = {},
): Promise<BarsWritten> {
  const { schema = 'public', signal = idle } = options;
  const total = { inserted: 0, replaced: 0, unchanged: 0 };
  const lanes: Lane[] = [];
  const laneOf = new Map<string, Lane>();
  let failure: unknown;
  const write = async (lane: Lane, batch: B): Promise<void> => {
    const onWait = (holder: string): void => options.onWait?.(batch, holder);
    const written = await lane.write(batch, { schema, signal, onWait });
    total.inserted += written.inserted;
    total.replaced += written.replaced;
    total.unchanged += written.unchanged;
    options.onWritten?.(batch, written);
  };
  try {
    for (let i = 0; i < (options.connections ?? 2); i++) {
      lanes.push(new Lane(await database.connect(), await Arena.create()));
    }
    const client = await database.connect();
    await migrate(client).finally(() => client.end());
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
