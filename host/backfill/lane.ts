import type pg from 'pg';
import type { Arena } from '../engine/module.ts';
import { connectDatabase } from '../store/database.ts';
import { type BarSource, openSource } from '../store/sources.ts';
import { BarCache } from './barCache.ts';
import type { TaskOrder } from './order.ts';

/**
 * What a worker keeps from task to task: its connection and its memory, the bars' source as it was when the run began, and
 * bars of other symbols.
 */
export type Lane = {
  readonly client: pg.Client;
  readonly arena: Arena;
  readonly source: BarSource;
  readonly cache: BarCache;
};

export const laneOver = (client: pg.Client, arena: Arena, source: BarSource): Lane => ({
  ...{ client, arena, source },
  cache: new BarCache(client, arena, source),
});

/** A lane over a connection of its own. */
export async function openLane(order: TaskOrder, arena: Arena): Promise<Lane> {
  const client = await connectDatabase(order.connection);
  return laneOver(client, arena, await openSource(client, order.source));
}
