import type { RunRecord, SymbolRun } from '../store/runLog.ts';
import type { Failure, PartitionDone } from './types.ts';

/** What a backfill did for each symbol, as the log of runs keeps it; NULLs are not told apart by feature there. */
function symbolRuns(partitions: readonly PartitionDone[], failures: readonly Failure[]): SymbolRun[] {
  const published = Map.groupBy(
    partitions.filter(({ skipped }) => !skipped),
    ({ symbol }) => symbol,
  );
  const failed = Map.groupBy(failures, ({ symbol }) => symbol);
  return [...new Set([...published.keys(), ...failed.keys()])].map(symbol => {
    const own = published.get(symbol) ?? [];
    const total = (of: (done: PartitionDone) => number): number =>
      own.reduce((sum, done) => sum + of(done), 0);
    const [failure] = failed.get(symbol) ?? [];
    const cause = failure && `${failure.month}: ${failure.cause}`;
    return {
      symbol,
      status: failure ? 'failed' : 'done',
      code: failure?.code,
      cause,
      rows: total(({ rows }) => rows),
      cells: total(({ cells }) => cells),
      nulls: total(({ nulls }) => nulls),
      clipped: 0,
      barsRead: 0,
      nullFeatures: {},
      tookMs: total(({ tookMs }) => tookMs),
    };
  });
}

/** A backfill as the log of runs keeps it. */
export const runRecord = (
  run: Omit<RunRecord, 'command' | 'symbols'>,
  partitions: readonly PartitionDone[],
  failures: readonly Failure[],
): RunRecord => ({ ...run, command: 'backfill', symbols: symbolRuns(partitions, failures) });
