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

/** The lanes of a thread: as many as it has tasks at a time. The bars' source is as it was when the first one opened. */
export class Lanes {
  readonly #module: WebAssembly.Module;
  readonly #free: Lane[] = [];
  /** Connections that have been opened for lanes to come. */
  readonly #ahead: Promise<pg.Client | undefined>[] = [];
  /** Memory of lanes whose connection has been given up. */
  readonly #arenas: Arena[] = [];
  #cache: Promise<BarCache> | undefined;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** Opens a connection that a lane will need. Where that fails the lane tries again, and says why. */
  open(connection: Connection): void {
    this.#ahead.push(connectDatabase(connection).catch(() => undefined));
  }

  /** A lane that no other task has. */
  async take(order: TaskOrder): Promise<Lane> {
    const free = this.#free.pop();
    if (free) return free;
    const client = (await this.#ahead.pop()) ?? (await connectDatabase(order.connection));
    try {
      this.#cache ??= openSource(client, order.source).then(source => new BarCache(source));
      const cache = await this.#cache;
      return laneOver(client, this.#arenas.pop() ?? (await Arena.create(this.#module)), cache);
    } catch (error) {
      this.#cache = undefined;
      await client.end().catch(() => {});
      throw error;
    }
  }

  /** Gives a lane back after a task that went well. */
  give(lane: Lane): void {
    this.#free.push(lane);
  }

  /** Gives up the connection of a lane, in whatever state it is. */
  async drop({ client, arena }: Lane): Promise<void> {
    this.#arenas.push(arena);
    await client.end().catch(() => {});
  }
}
