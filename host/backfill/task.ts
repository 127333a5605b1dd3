import type { BarColumn } from '../catalog/bars.ts';
import { setByName } from '../catalog/catalog.ts';
import type { Arena } from '../engine/module.ts';
import { columnsByFeature } from '../engine/plan.ts';
import { connectDatabase } from '../store/database.ts';
import { errorCode } from '../store/postgresErrors.ts';
import { openSource } from '../store/sources.ts';
import { barColumnsOf, planOf, type TaskOrder, tableOf, withHorizon } from './order.ts';
import { publishFamily } from './publishFamily.ts';
import { readBars } from './readBars.ts';
import type { BackfillEvent, BarsNote, Failure, Task } from './types.ts';

export type TaskOutcome = {
  readonly failures: readonly Failure[];
  /** Absent where the task failed as a whole. */
  readonly note?: BarsNote;
};

/** A family that looks back further than this reads its bars apart, so that the others need not read so many. */
const deepLookback = 8_192;

/** An error of a task, or of one of its families, as the report names it. */
export const failureOf = ({ symbol, month }: Task, error: unknown): Failure => ({
  symbol,
  month,
  code: errorCode(error) || 'WR_INTERNAL',
  cause: error instanceof Error ? error.message : String(error),
});

/**
 * Computes and publishes the families of a symbol and month over a connection of its own. A family that fails does not
 * keep the others from being published.
 */
export async function runTask(
  order: TaskOrder,
  arena: Arena,
  emit: (event: BackfillEvent) => void,
): Promise<TaskOutcome> {
  const { task, schema, type } = order;
  const set = withHorizon(setByName(order.set), order.horizonBits);
  const planned = task.families.map(family => ({
    family,
    plan: planOf(set, family),
    table: tableOf(set, family, { schema, type }),
  }));
  const failures: Failure[] = [];
  const missing = new Set<BarColumn>();
  let zeroVolume = false;
  const client = await connectDatabase(order.connection);
  const mark = arena.top;
  try {
    const source = await openSource(client, order.source);
    const groups = [
      planned.filter(({ plan }) => plan.lookback <= deepLookback),
      planned.filter(({ plan }) => plan.lookback > deepLookback),
    ];
    for (const group of groups.filter(({ length }) => length > 0)) {
      arena.release(mark);
      const bars = await readBars(client, arena, source, {
        symbol: task.symbol,
        month: task.month,
        history: Math.max(...group.map(({ plan }) => plan.lookback)) - 1,
        columns: barColumnsOf(group),
        expectedRows: task.rows,
      });
      for (const name of bars.missing) missing.add(name);
      zeroVolume ||= bars.zeroVolume;
      for (const family of group) {
        try {
          const done = await publishFamily(client, arena, order, source, bars, family, emit);
          emit({ kind: 'partition', ...done });
        } catch (error) {
          failures.push({ ...failureOf(task, error), family: family.family });
        }
      }
    }
  } finally {
    arena.release(mark);
    await client.end().catch(() => {});
  }
  const touched = planned.flatMap(({ plan }) => columnsByFeature(plan));
  return {
    failures,
    note: {
      symbol: task.symbol,
      month: task.month,
      missing: [...missing],
      nullFeatures: touched.filter(columns => [...missing].some(name => columns.has(name))).length,
      zeroVolume,
    },
  };
}
