import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskOrder } from './order.ts';
import type { TaskPool } from './pool.ts';
import { isOfAll, type Retry, restMs, triesAgain } from './retry.ts';
import { failureOf } from './task.ts';
import type { BackfillEvent, BarsNote, Failure, PartitionDone, Task } from './types.ts';

type Run = {
  readonly orderOf: (task: Task) => TaskOrder;
  readonly workers: number;
  readonly retry: Retry;
  readonly signal: AbortSignal;
  readonly emit: (event: BackfillEvent) => void;
  /** Told of a task that is given up, with the families that it leaves undone. */
  readonly onGivenUp: (
    order: TaskOrder,
    failures: readonly Failure[],
    rest: readonly string[],
  ) => Promise<void>;
};

export type RunResult = {
  readonly partitions: readonly PartitionDone[];
  /** With the families that each leaves undone. */
  readonly failures: readonly (Failure & { readonly left: readonly string[] })[];
  readonly notes: readonly BarsNote[];
  /** Time that workers spent on tasks. */
  readonly busyMs: number;
  /** Whether tasks were left because those before them all failed from what would befall them too. */
  readonly gaveUp: boolean;
};

/** So many tasks in a row, with no partition between them, say that trying each of the others leads nowhere. */
const manyFailed = 8;

/**
 * Runs tasks in the pool, as many at a time as there are workers, and tries again what failed. Every second worker does its
 * families in reverse order, and where a month is cut into pieces it begins at the other end: families that are mostly
 * computed come late in a set, so that one computes while the other copies.
 */
export async function runTasks(pool: TaskPool, tasks: readonly Task[], run: Run): Promise<RunResult> {
  const { orderOf, workers, retry, signal, emit, onGivenUp } = run;
  const queue = [...tasks];
  const partitions: PartitionDone[] = [];
  const failures: (Failure & { left: readonly string[] })[] = [];
  const notes: BarsNote[] = [];
  let busyMs = 0;
  let failedInRow = 0;

  const take = (backwards: boolean, before: Task | undefined): Task | undefined => {
    if (queue.length === 0) return undefined;
    const { month } = queue[0]!;
    // the bars of the month before are in its thread
    const own = queue.find(task => task.symbol === before?.symbol && task.month === month);
    const { symbol } = own ?? queue[0]!;
    const isOf = (task: Task): boolean => task.symbol === symbol && task.month === month;
    const at = backwards ? queue.findLastIndex(isOf) : queue.findIndex(isOf);
    const [task] = queue.splice(at, 1);
    return backwards ? { ...task!, families: task!.families.toReversed() } : task;
  };

  const runOne = async (first: Task): Promise<void> => {
    let order = orderOf(first);
    let noted = false;
    for (let attempt = 1; ; attempt++) {
      const { task } = order;
      const done = new Set<string>();
      const start = performance.now();
      emit({ kind: 'task-start', task, attempt });
      const hear = (event: BackfillEvent): void => {
        if (event.kind === 'partition') {
          done.add(event.family);
          failedInRow = 0;
          const { kind: _, ...partition } = event;
          partitions.push(partition);
        }
        emit(event);
      };
      const failed: Failure[] = [];
      try {
        const outcome = await pool.run({ ...order, attempt }, signal, hear);
        failed.push(...outcome.failures);
        // the first ones speak of all families of the task
        if (!noted) notes.push(...outcome.notes);
        noted ||= outcome.notes.length > 0;
      } catch (error) {
        if (signal.aborted) return;
        failed.push(failureOf(task, error));
      } finally {
        busyMs += performance.now() - start;
      }
      const rest = task.families.filter(family => !done.has(family));
      if (failed.length === 0) {
        emit({ kind: 'task-done', task, tookMs: performance.now() - start });
        return;
      }
      const codes = failed.map(({ code }) => code);
      const retries = !signal.aborted && triesAgain(codes, attempt, retry);
      const waitMs = retries ? restMs(attempt) : undefined;
      emit({
        kind: 'task-failed',
        task,
        attempt,
        retries,
        ...(waitMs === undefined ? {} : { waitMs }),
        codes: [...new Set(codes)],
        cause: failed.map(({ cause }) => cause).join('; '),
      });
      if (waitMs === undefined) {
        failures.push(
          ...failed.map(failure => ({ ...failure, left: failure.family ? [failure.family] : rest })),
        );
        failedInRow = codes.every(isOfAll) ? failedInRow + 1 : 0;
        await onGivenUp({ ...order, attempt }, failed, rest);
        return;
      }
      order = { ...order, task: { ...task, families: rest } };
      // a run that is stopped need not wait; its tasks end at once
      await sleep(waitMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
  };

  const runner = async (backwards: boolean): Promise<void> => {
    let task: Task | undefined;
    while (!signal.aborted && failedInRow < manyFailed) {
      task = take(backwards, task);
      if (!task) return;
      await runOne(task);
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, i) => runner(i % 2 === 1)));
  return { partitions, failures, notes, busyMs, gaveUp: failedInRow >= manyFailed && queue.length > 0 };
}
