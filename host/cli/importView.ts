import type { BarBatch, FileReport } from '../bars/index.ts';
import { barSteps } from '../store/barSteps.ts';
import type { BarsWritten } from '../store/bars.ts';
import { count, counted } from './format.ts';
import type { Progress } from './progress.ts';

/** What has become of one file so far. */
type Tally = {
  inserted: number;
  replaced: number;
  unchanged: number;
  /** Bars that were written or left out. */
  handled: number;
  outside: number;
  report?: FileReport;
};

export const rejectedLines = ({ rejected }: FileReport): number =>
  Object.values(rejected).reduce((sum, lines) => sum + lines, 0);

/** The report of a file as a sentence, and what to know about it below. */
export function fileText(report: FileReport, tally: Tally, dryRun: boolean): string {
  const bad = rejectedLines(report);
  const parts = dryRun
    ? [counted(report.rows, 'bar')]
    : [
        `${count(tally.inserted)} new`,
        `${count(tally.replaced)} replaced`,
        `${count(tally.unchanged)} unchanged`,
      ];
  if (tally.outside > 0) parts.push(`${count(tally.outside)} outside the session`);
  if (bad > 0) parts.push(`${counted(bad, 'line')} rejected`);
  const format =
    report.format === '' ? '' : ` (${report.format}${report.zone === '' ? '' : `, ${report.zone}`})`;
  const notes = [...report.notes];
  if (report.equalDuplicates > 0)
    notes.push(`${counted(report.equalDuplicates, 'line')} stood there twice, taken once`);
  if (report.unsorted > 0) notes.push(`${counted(report.unsorted, 'line')} out of order, sorted`);
  for (const [cause, lines] of Object.entries(report.rejected))
    notes.push(`rejected: ${cause}, ${counted(lines, 'line')}`);
  if (report.rejectsFile !== undefined) notes.push(`rejected lines with their causes: ${report.rejectsFile}`);
  if (report.error !== undefined) notes.push(`broken off: ${report.error.message}`);
  return [
    `${report.file}: ${report.symbol}${format}: ${parts.join(', ')}`,
    ...notes.map(note => `    ${note}`),
  ].join('\n');
}

function fileEvent(
  { error, ...report }: FileReport,
  { inserted, replaced, unchanged, outside }: Tally,
): object {
  const broken = error === undefined ? null : { code: error.code, message: error.message };
  const time = (micros: number): string | null =>
    Number.isNaN(micros) ? null : new Date(micros / 1000).toISOString();
  const span = { first: time(report.first), last: time(report.last) };
  return {
    kind: 'file',
    ...report,
    ...span,
    inserted,
    replaced,
    unchanged,
    outsideSession: outside,
    error: broken,
  };
}

/** Follows each file until its report is in and its last bar is written. */
export function followFiles(progress: Progress, dryRun: boolean, totalBytes: number) {
  const tallies = new Map<string, Tally>();
  const reports: FileReport[] = [];
  const read = new Map<string, number>();
  const steps = new Map<number, string>();
  let rows = 0;
  let done = 0;
  const tallyOf = (file: string): Tally => {
    const known = tallies.get(file);
    if (known !== undefined) return known;
    const fresh = { inserted: 0, replaced: 0, unchanged: 0, handled: 0, outside: 0 };
    tallies.set(file, fresh);
    return fresh;
  };
  const settle = (file: string): void => {
    const tally = tallyOf(file);
    if (tally.report === undefined || tally.handled < tally.report.rows) return;
    progress.finished(fileText(tally.report, tally, dryRun), fileEvent(tally.report, tally));
  };
  return {
    tallies,
    reports,
    /** How far apart bars are, in microseconds, with a symbol of which they are. */
    steps,
    onFile(report: FileReport): void {
      reports.push(report);
      tallyOf(report.file).report = report;
      settle(report.file);
    },
    /** `batch` as it was read, and what of it was written. */
    onBatch(batch: BarBatch, handled: number, written?: BarsWritten): void {
      const found = barSteps(batch.bars.time);
      if (found?.regular) steps.set(found.usual, batch.symbol);
      const tally = tallyOf(batch.file);
      tally.handled += handled;
      tally.outside +=
        handled - (written ? written.inserted + written.replaced + written.unchanged : handled);
      tally.inserted += written?.inserted ?? 0;
      tally.replaced += written?.replaced ?? 0;
      tally.unchanged += written?.unchanged ?? 0;
      rows += handled;
      done += batch.counts.bytes - (read.get(batch.file) ?? 0);
      read.set(batch.file, batch.counts.bytes);
      progress.advance({ done: Math.min(totalBytes, done), rows, task: `${batch.symbol} ${batch.month}` });
      settle(batch.file);
    },
  };
}
