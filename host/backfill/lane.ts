import type pg from 'pg';
import { Arena } from '../engine/module.ts';
import { type Connection, connectDatabase } from '../store/database.ts';
import { openSource } from '../store/sources.ts';
import { BarCache, BarView } from './barCache.ts';
import type { TaskOrder } from './order.ts';

/** What does one task after the other: a connection, memory, and a view of the bars that the thread keeps. */
export type Lane = {
  readonly client: pg.Client;
  readonly arena: Arena;
  readonly bars: BarView;
};

export const laneOver = (client: pg.Client, arena: Arena, cache: BarCache): Lane => ({
  ...{ client, arena },
  bars: new BarView(cache, client, arena),
});

/** The lane of a thread. A connection that is given up leaves its memory and the bars that were read to the next one. */
export class OwnLane {
  readonly #module: WebAssembly.Module;
  #lane: Lane | undefined;
  /** A connection that has been opened before the first task is known. */
  #ahead: Promise<pg.Client | undefined> | undefined;
  #arena: Arena | undefined;
  #cache: BarCache | undefined;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** Opens the connection that the first task will need. Where that fails the task tries again, and says why. */
  open(connection: Connection): void {
    this.#ahead = connectDatabase(connection).catch(() => undefined);
  }

  /** The lane as the task before has left it. The bars' source is as it was when the first task began. */
  async take(order: TaskOrder): Promise<Lane> {
    if (this.#lane) return this.#lane;
    const ahead = await this.#ahead;
    this.#ahead = undefined;
    const client = ahead ?? (await connectDatabase(order.connection));
    try {
      this.#cache ??= new BarCache(await openSource(client, order.source));
      this.#arena ??= await Arena.create(this.#module);
      this.#lane = laneOver(client, this.#arena, this.#cache);
      return this.#lane;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }

  /** Gives up the connection, in whatever state it is. */
  async drop(): Promise<void> {
    const lane = this.#lane;
    this.#lane = undefined;
    await lane?.client.end().catch(() => {});
  }
}
