import { setByName } from '../catalog/catalog.ts';
import { besideOf } from '../catalog/roles.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { columnsByFeature, type Plan } from '../engine/plan.ts';
import { errorCode } from '../store/postgresErrors.ts';
import type { Lane } from './lane.ts';
import { type PlannedFamily, plannedFamily, type TaskOrder, withHorizon } from './order.ts';
import { publishFamily } from './publishFamily.ts';
import { publishMonth } from './publishMonth.ts';
import { type LoadedBars, readBars } from './readBars.ts';
import type { BackfillEvent, BarsNote, Failure, PartitionDone, Task } from './types.ts';

export type TaskOutcome = {
  readonly failures: readonly Failure[];
  /** What the bars lack, by symbol; none where the task failed as a whole. */
  readonly notes: readonly BarsNote[];
};

/** An error of a task, or of one of its families, as the report names it. */
export const failureOf = ({ symbol, month }: Task, error: unknown): Failure => ({
  symbol,
  month,
  code: errorCode(error) || 'WR_INTERNAL',
  cause: error instanceof Error ? error.message : String(error),
});

/** What the bars of a symbol lack for some plans. */
function noteOf(
  set: FeatureSet,
  { symbol, month }: Task,
  bars: LoadedBars,
  plans: readonly Plan[],
): BarsNote {
  const { missing, zeroVolume, interval: found } = bars;
  const expected = set.bars.intervalMinutes * 60_000_000;
  const touched = plans.flatMap(plan => columnsByFeature(plan));
  return {
    ...{ symbol, month, missing, zeroVolume },
    nullFeatures: touched.filter(columns => missing.some(name => columns.has(name))).length,
    ...(found === undefined || found === expected ? {} : { otherInterval: { found, expected } }),
  };
}

/**
 * Computes and publishes the families of a task over the worker's connection. A family that fails does not keep the others
 * from being published.
 */
export async function runTask(
  order: TaskOrder,
  lane: Lane,
  emit: (event: BackfillEvent) => void,
): Promise<TaskOutcome> {
  const { task, schema, type } = order;
  const { arena } = lane;
  const set = withHorizon(setByName(order.set, order.setConfig), order.horizonBits);
  const failures: Failure[] = [];
  const notes: BarsNote[] = [];
  const publishAll = async (publish: (family: PlannedFamily) => Promise<PartitionDone>): Promise<Plan[]> => {
    const plans: Plan[] = [];
    for (const family of task.families) {
      try {
        const planned = plannedFamily(set, family, { schema, type });
        plans.push(planned.plan);
        const done = await publish(planned);
        emit({ kind: 'partition', ...done });
      } catch (error) {
        failures.push({ ...failureOf(task, error), family });
      }
    }
    return plans;
  };
  const mark = arena.top;
  lane.bars.renew();
  try {
    if (task.members) {
      await publishAll(async planned => {
        const told: BarsNote[] = [];
        const done = await publishMonth(lane, order, planned, {
          ...{ emit, besideOf: symbol => besideOf(set, symbol) },
          onBars: (symbol, bars) => told.push(noteOf(set, { ...task, symbol }, bars, [planned.plan])),
        });
        // an attempt that failed halfway has not told of all
        notes.push(...told);
        return done;
      });
    } else {
      const { symbol, month } = task;
      const bars = await readBars(lane, symbol, month, order.needs);
      const plans = await publishAll(planned =>
        publishFamily(lane, order, bars, planned, besideOf(set, symbol), emit),
      );
      notes.push(noteOf(set, task, bars, plans));
    }
  } finally {
    arena.release(mark);
  }
  return { failures, notes };
}
