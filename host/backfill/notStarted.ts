import type { RunResult } from './runTasks.ts';
import type { PartitionPlace, Task } from './types.ts';

const keyOf = ({ symbol, month, family }: PartitionPlace): string => `${symbol} ${month} ${family}`;

/** Partitions that tasks were to make and that nobody has made, nor failed to: not reached, or rolled back by a stop. */
export function notStarted(
  tasks: readonly Task[],
  { partitions, failures }: Pick<RunResult, 'partitions' | 'failures'>,
): PartitionPlace[] {
  const told = new Set(partitions.map(keyOf));
  for (const { symbol, month, left } of failures)
    for (const family of left) told.add(keyOf({ symbol, month, family }));
  return tasks
    .flatMap(({ symbol, month, families }) => families.map(family => ({ symbol, month, family })))
    .filter(place => !told.has(keyOf(place)));
}
