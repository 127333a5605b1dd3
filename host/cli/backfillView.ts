import type { BackfillEvent, BackfillPlan, BackfillReport, PartitionPlace, Task } from '../backfill/types.ts';
import { symbolText } from '../store/allSymbols.ts';
import { type Month, nextMonth } from '../store/month.ts';
import { bytes, count, counted, duration, large, percent } from './format.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';

const named = ({ symbol, month }: Pick<Task, 'symbol' | 'month'>): string => `${symbolText(symbol)} ${month}`;

export const planText = ({
  tasks,
  partitions,
  rows,
  cells,
  bytes: size,
}: {
  readonly tasks: number;
  readonly partitions: number;
  readonly rows: number;
  readonly cells: number;
  readonly bytes: number;
}): string =>
  `${counted(tasks, 'task')}, ${counted(partitions, 'partition')}, ${count(rows)} rows, ${large(cells)} cells, ${bytes(size)} to copy`;

/** Turns a backfill's events into progress. */
export function followBackfill(progress: Progress, output: Output): (event: BackfillEvent) => void {
  let done = 0;
  let rows = 0;
  const waits = new Set<string>();
  const written = new Map<string, { families: Set<string>; bars: number }>();
  return event => {
    switch (event.kind) {
      case 'plan':
        if (output.json) output.object(event);
        else if (event.tasks > 0) output.note(planText(event));
        progress.start(event.cells);
        return;
      case 'progress':
        done += event.cells;
        rows += event.rows;
        progress.advance({ done, rows, task: `${named(event.task)} ${event.family}` });
        return;
      case 'partition': {
        const key = named(event);
        const families = written.get(key)?.families ?? new Set<string>();
        written.set(key, { families: families.add(event.family), bars: event.rows });
        if (output.json) output.object(event);
        return;
      }
      case 'task-start':
        if (output.json) output.object(event);
        return;
      case 'waiting': {
        // Two workers of this run that attach to the same table pass each other in milliseconds.
        if (event.holder.includes(`:${process.pid}"`)) return;
        // A holder has another transaction for each family; a person wants to hear of it once.
        const wait = `${event.symbol} ${event.month} ${event.holder.replace(/, since .*/, '')}`;
        if (!output.json && waits.has(wait)) return;
        waits.add(wait);
        progress.say(`waiting for ${named(event)}, which is held by ${event.holder}`, event);
        return;
      }
      case 'task-done': {
        const { task, tookMs } = event;
        // What the task says of its bars is a guess where the source is a table of the user's.
        const { families, bars } = written.get(named(task)) ?? { families: new Set(), bars: task.rows };
        // a month may be shared out: those of the others are not this task's
        const own = task.families.filter(family => families.has(family)).length;
        progress.finished(
          `${named(task)}: ${counted(bars, 'bar')}, ${counted(own, 'family', 'families')}, ${duration(tookMs)}`,
          event,
        );
        return;
      }
      case 'task-failed': {
        const again = event.retries ? '; it is tried again' : '';
        progress.say(
          `${named(event.task)} failed at attempt ${event.attempt}: ${event.cause}${again}`,
          event,
        );
      }
    }
  };
}

/** So many lines of partitions at most; --json has all of them. */
const mostPlaces = 20;

/** Months in a row as a range. */
function monthsText(months: readonly Month[]): string {
  const runs: Month[][] = [];
  for (const month of [...new Set(months)].sort()) {
    const run = runs.at(-1);
    if (run && nextMonth(run.at(-1)!) === month) run.push(month);
    else runs.push([month]);
  }
  return runs.map(run => (run.length === 1 ? run[0]! : `${run[0]} to ${run.at(-1)}`)).join(', ');
}

/** Partitions, a line for each pair and the months that lack the same of it: "eurusd 2024-07 to 2024-09: 46 families". */
export function placeTexts(places: readonly PartitionPlace[]): string[] {
  const lines: string[] = [];
  for (const [symbol, own] of Map.groupBy(places, place => place.symbol)) {
    const byMonth = [...Map.groupBy(own, ({ month }) => month)].map(([month, of]) => ({
      month,
      families: of.map(({ family }) => family).sort(),
    }));
    for (const [, alike] of Map.groupBy(byMonth, ({ families }) => families.join())) {
      const { families } = alike[0]!;
      const what = families.length > 3 ? counted(families.length, 'family', 'families') : families.join(', ');
      lines.push(`${symbolText(symbol)} ${monthsText(alike.map(({ month }) => month))}: ${what}`);
    }
  }
  if (lines.length <= mostPlaces) return lines;
  const rest = lines.length - mostPlaces;
  return [...lines.slice(0, mostPlaces), `and ${counted(rest, 'line')} more; --json has them all`];
}

const speed = (cells: number, tookMs: number): string => `${large((cells / tookMs) * 1000)} cells/s`;

/** What a backfill did, for people. The result goes to stdout, what to do about failures to stderr. */
export function printReport(output: Output, report: BackfillReport): void {
  const { done, skipped, failed, notStarted, rows, cells, nulls, copyShare, tookMs } = report;
  const parts = [`${counted(done, 'partition')} done`];
  if (skipped > 0) parts.push(`${count(skipped)} up to date`);
  if (failed.length > 0) parts.push(`${count(failed.length)} failed`);
  if (notStarted.length > 0) parts.push(`${count(notStarted.length)} not started`);
  output.line(`${parts.join(', ')} in ${duration(tookMs)}`);
  if (done > 0) {
    output.facts([
      ['rows', count(rows)],
      ['cells', `${count(cells)} (${speed(cells, tookMs)})`],
      ['bytes', bytes(report.bytes)],
      ['NULL', percent(nulls / cells)],
      ['COPY', `${percent(copyShare)} of the workers' time`],
    ]);
  }
  for (const note of report.notes) output.line(`note: ${note}`);
  for (const { symbol, month, family, cause } of failed) {
    output.line(`failed: ${[symbolText(symbol), month, family].filter(Boolean).join(' ')}: ${cause}`);
  }
  for (const line of placeTexts(notStarted)) output.line(`not started: ${line}`);
  if (report.gaveUp)
    output.note('gave up: task after task failed from what is wrong with all of them; mend the cause first');
  if (report.interrupted) output.note('stopped; nothing is half done, the same command continues');
  else if (failed.length > 0) output.note('hint: what is done stays; the same command tries the rest again');
}

export function printPlan(output: Output, plan: BackfillPlan): void {
  output.line(
    `would do ${planText({ ...plan, tasks: plan.tasks.length })}, about ${duration(plan.estimatedMs)}`,
  );
  if (plan.upToDate > 0) output.line(`${counted(plan.upToDate, 'partition')} up to date`);
}
