import { familyByName } from '../catalog/catalog.ts';
import type { FeatureSet } from '../catalog/set.ts';
import type { CellType } from '../engine/copy.ts';
import { allSymbols } from '../store/allSymbols.ts';
import type { PartitionState } from '../store/status.ts';
import { streamBytes } from './partition.ts';
import { type Selected, typicalMonthRows } from './select.ts';
import type { BackfillPlan, Task } from './types.ts';

// For the estimate: what a cell and a partition cost a connection on a two-core machine, as docs/performance.md measures.
const cellNs = 90;
const partitionMs = 60;

type Place = Pick<PartitionState, 'symbol' | 'month' | 'family'>;

/** A task for each symbol and month of which partitions are due, and one for each partition of all symbols. */
export function tasksOf(due: readonly Place[], selected: Pick<Selected, 'months' | 'members'>): Task[] {
  const rows = new Map(
    selected.months.map(({ symbol, bars }) => [`${symbol} ${bars.month}`, bars.rows ?? typicalMonthRows]),
  );
  const whole = due
    .filter(({ symbol }) => symbol === allSymbols)
    .map(({ symbol, month, family }): Task => {
      const members = selected.members.get(month) ?? [];
      return {
        ...{ symbol, month, families: [family], members },
        rows: members.reduce((sum, member) => sum + member.rows, 0),
      };
    });
  const groups = Map.groupBy(
    due.filter(({ symbol }) => symbol !== allSymbols),
    ({ symbol, month }) => `${symbol} ${month}`,
  );
  const own = [...groups].map(([key, group]): Task => {
    const { symbol, month } = group[0]!;
    return { symbol, month, families: group.map(({ family }) => family), rows: rows.get(key)! };
  });
  // Month by month: two months of one symbol at the same time would wait for each other where they attach. What takes
  // longest comes first in its month.
  return [...whole, ...own].sort((a, b) => (a.month === b.month ? 0 : a.month < b.month ? -1 : 1));
}

/** Cells of a piece of a month: at most, so that workers share; at least, so that reading its bars again is little. */
const mostCells = 3_000_000;
const leastCells = 600_000;

/**
 * Families one after the other in pieces, the larger the more is left when a worker takes one: workers begin at both ends, and
 * those who meet in the middle end together.
 */
function piecesOf(
  families: readonly string[],
  workers: number,
  cells: (family: string) => number,
): string[][] {
  const all = families.reduce((sum, family) => sum + cells(family), 0);
  if (all <= mostCells) return [[...families]];
  const ends: { readonly front: string[][]; readonly back: string[][] } = { front: [], back: [] };
  const rest = [...families];
  let left = all;
  for (let backwards = false; rest.length > 0; backwards = !backwards) {
    const size = Math.min(mostCells, Math.max(leastCells, left / (2 * workers)));
    const piece: string[] = [];
    for (let some = 0; some < size && rest.length > 0; some += cells(piece.at(-1)!))
      piece.push(backwards ? rest.pop()! : rest.shift()!);
    left -= piece.reduce((sum, family) => sum + cells(family), 0);
    if (backwards) ends.back.unshift(piece.reverse());
    else ends.front.push(piece);
  }
  return [...ends.front, ...ends.back];
}

/**
 * Tasks as so many workers do them. Where the last ones are fewer than the workers, these are cut into pieces, so that nobody
 * is idle while one has a whole month before it.
 */
export function shareOut(set: FeatureSet, tasks: readonly Task[], workers: number): Task[] {
  const last = tasks.length % workers;
  return tasks.flatMap((task, i) => {
    if (i < tasks.length - last || task.members) return [task];
    const cells = (family: string): number => familyByName(set, family).features.length * task.rows;
    return piecesOf(task.families, workers, cells).map(families => ({ ...task, families }));
  });
}

/** What tasks add up to. */
export function planOfTasks(
  set: FeatureSet,
  tasks: readonly Task[],
  { type, upToDate }: { readonly type: CellType; readonly upToDate: number },
): BackfillPlan {
  const features = (family: string): number => familyByName(set, family).features.length;
  const total = (of: (task: Task, family: string) => number): number =>
    tasks.reduce((sum, task) => sum + task.families.reduce((part, family) => part + of(task, family), 0), 0);
  const bytes = (task: Task, family: string): number =>
    (task.members ?? [task]).reduce(
      (sum, { symbol, rows }) => sum + streamBytes(rows, features(family), symbol, type),
      0,
    );
  const partitions = total(() => 1);
  const cells = total((task, family) => task.rows * features(family));
  return {
    ...{ tasks, partitions, upToDate, cells },
    rows: total(task => task.rows),
    bytes: total(bytes),
    estimatedMs: (cells * cellNs) / 1e6 + partitions * partitionMs,
  };
}
