import { setByName } from '../catalog/catalog.ts';
import { besideOf } from '../catalog/roles.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { columnsByFeature, type Plan } from '../engine/plan.ts';
import { errorCode } from '../store/postgresErrors.ts';
import { PartitionBusy } from './amongOthers.ts';
import type { Lane } from './lane.ts';
import { type PlannedFamily, plannedFamily, type TaskOrder, withHorizon } from './order.ts';
import { publishFamily, type ReadyFamily, readyFamily } from './publishFamily.ts';
import { publishMonth } from './publishMonth.ts';
import { type LoadedBars, readBars } from './readBars.ts';
import type { BackfillEvent, BarsNote, Failure, Task } from './types.ts';

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

/** Where a task runs. */
export type Surroundings = {
  readonly emit: (event: BackfillEvent) => void;
  /** Waits until the tables that are published to have been made. */
  readonly mayPublish: () => Promise<void>;
};

/** A task as a worker does it. */
type Run = Surroundings & { readonly order: TaskOrder; readonly lane: Lane; readonly set: FeatureSet };

/** A family of a task, and whether to wait where another backfill has it in hand. */
type Turn = { readonly family: string; readonly patient: boolean };

/**
 * Does family after family, each with the one that comes next. Two backfills of the same task share it: each first does what
 * the other has not in hand.
 */
async function inTurn(
  task: Task,
  publish: (turn: Turn, next: string | undefined) => Promise<void>,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const turns: Turn[] = task.families.map(family => ({ family, patient: false }));
  for (let at = 0; at < turns.length; at++) {
    const { family } = turns[at]!;
    try {
      await publish(turns[at]!, turns[at + 1]?.family);
    } catch (error) {
      if (error instanceof PartitionBusy) turns.push({ family, patient: true });
      else failures.push({ ...failureOf(task, error), family });
    }
  }
  return failures;
}

/** Publishes partitions of all symbols, one by one. */
async function runWhole({ order, lane, set, emit, mayPublish }: Run): Promise<TaskOutcome> {
  const { task, schema, type } = order;
  const notes: BarsNote[] = [];
  await mayPublish();
  const failures = await inTurn(task, async ({ family, patient }) => {
    const planned = plannedFamily(set, family, { schema, type });
    const told: BarsNote[] = [];
    const done = await publishMonth(lane, order, planned, {
      ...{ emit, patient, besideOf: symbol => besideOf(set, symbol) },
      onBars: (symbol, bars) => told.push(noteOf(set, { ...task, symbol }, bars, [planned.plan])),
    });
    // an attempt that failed halfway has not told of all
    notes.push(...told);
    emit({ kind: 'partition', ...done });
  });
  return { failures, notes };
}

/**
 * Publishes the partitions of one symbol and month. While the server builds a partition's key, the next family is planned
 * and begun in the memory that the last one has left.
 */
async function runSymbol({ order, lane, set, emit, mayPublish }: Run): Promise<TaskOutcome> {
  const { task, schema, type, needs } = order;
  const { symbol, month } = task;
  const { arena } = lane;
  const of = besideOf(set, symbol);
  const plans = new Set<Plan>();
  const bars = await readBars(lane, symbol, month, needs);
  const mark = arena.top;
  const planned = (family: string): PlannedFamily => plannedFamily(set, family, { schema, type });
  const ready = async (family: PlannedFamily): Promise<ReadyFamily> => {
    arena.release(mark);
    return readyFamily(lane, order, bars, family, of);
  };
  let ahead: Promise<ReadyFamily> | undefined;
  /** A failure of the next family is its own: it is met again when it is its turn. */
  const lookAhead = async (family: string): Promise<void> => {
    const next = planned(family);
    if (next.plan.peers.length > 0) return;
    ahead = ready(next);
    await ahead;
  };
  const failures = await inTurn(task, async ({ family, patient }, next) => {
    const prepared = ahead;
    ahead = undefined;
    const own = await (prepared ?? ready(planned(family)));
    plans.add(own.planned.plan);
    await mayPublish();
    const onKeying = (): void => void (next && lookAhead(next).catch(() => {}));
    const done = await publishFamily(lane, order, own, { emit, patient, onKeying });
    emit({ kind: 'partition', ...done });
  });
  return { failures, notes: [noteOf(set, task, bars, [...plans])] };
}

/**
 * Computes and publishes the families of a task over the worker's connection. A family that fails does not keep the others
 * from being published.
 */
export async function runTask(
  order: TaskOrder,
  lane: Lane,
  surroundings: Surroundings,
): Promise<TaskOutcome> {
  const set = withHorizon(setByName(order.set, order.setConfig), order.horizonBits);
  const mark = lane.arena.top;
  lane.bars.renew();
  try {
    return await (order.task.members ? runWhole : runSymbol)({ ...surroundings, order, lane, set });
  } finally {
    lane.arena.release(mark);
  }
}
