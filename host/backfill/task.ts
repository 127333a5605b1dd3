import type pg from 'pg';
import type { BarColumn } from '../catalog/bars.ts';
import { setByName } from '../catalog/catalog.ts';
import type { Arena } from '../engine/module.ts';
import { columnsByFeature } from '../engine/plan.ts';
import { connectDatabase } from '../store/database.ts';
import { errorCode } from '../store/postgresErrors.ts';
import { type BarSource, openSource } from '../store/sources.ts';
import { planOf, type TaskOrder, tableOf, withHorizon } from './order.ts';
import { publishFamily } from './publishFamily.ts';
import { readBars } from './readBars.ts';
import type { BackfillEvent, BarsNote, Failure, Task } from './types.ts';

export type TaskOutcome = {
  readonly failures: readonly Failure[];
  /** Absent where the task failed as a whole. */
  readonly note?: BarsNote;
};

/** An error of a task, or of one of its families, as the report names it. */
export const failureOf = ({ symbol, month }: Task, error: unknown): Failure => ({
  symbol,
  month,
  code: errorCode(error) || 'WR_INTERNAL',
  cause: error instanceof Error ? error.message : String(error),
});

/** What a worker keeps from task to task: its connection, and the bars' source as it was when the run began. */
export type Lane = { readonly client: pg.Client; readonly source: BarSource };

export async function openLane({ connection, source }: TaskOrder): Promise<Lane> {
  const client = await connectDatabase(connection);
  return { client, source: await openSource(client, source) };
}

/**
 * Computes and publishes the families of a symbol and month over the worker's connection. A family that fails does not
 * keep the others from being published.
 */
export async function runTask(
  order: TaskOrder,
  { client, source }: Lane,
  arena: Arena,
  emit: (event: BackfillEvent) => void,
): Promise<TaskOutcome> {
  const { task, schema, type } = order;
  const set = withHorizon(setByName(order.set, order.setConfig), order.horizonBits);
  const failures: Failure[] = [];
  const touched: ReadonlySet<BarColumn | 'time'>[] = [];
  let missing: readonly BarColumn[] = [];
  let zeroVolume = false;
  let found: number | undefined;
  const mark = arena.top;
  try {
    const bars = await readBars(client, arena, source, {
      symbol: task.symbol,
      month: task.month,
      needs: order.needs,
      expectedRows: task.rows,
    });
    missing = bars.missing;
    zeroVolume = bars.zeroVolume;
    found = bars.interval;
    for (const family of task.families) {
      try {
        const planned = {
          family,
          plan: planOf(set, family),
          table: tableOf(set, family, { schema, type }),
        };
        touched.push(...columnsByFeature(planned.plan));
        const done = await publishFamily(client, arena, order, source, bars, planned, emit);
        emit({ kind: 'partition', ...done });
      } catch (error) {
        failures.push({ ...failureOf(task, error), family });
      }
    }
  } finally {
    arena.release(mark);
  }
  const expected = set.bars.intervalMinutes * 60_000_000;
  return {
    failures,
    note: {
      symbol: task.symbol,
      month: task.month,
      missing,
      nullFeatures: touched.filter(columns => missing.some(name => columns.has(name))).length,
      zeroVolume,
      ...(found === undefined || found === expected ? {} : { otherInterval: { found, expected } }),
    },
  };
}
