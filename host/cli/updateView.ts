import type { SymbolReport, UpdateEvent, UpdateReport } from '../update/types.ts';
import { count, counted, duration, large, percent } from './format.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';

/** So many symbols are listed one by one; of more, only those that failed. */
const mostListed = 10;

/** Turns an update's events into progress. */
export function followUpdate(progress: Progress, output: Output): (event: UpdateEvent) => void {
  let done = 0;
  let rows = 0;
  return event => {
    if (event.kind === 'note') {
      progress.say(event.text, event);
      return;
    }
    if (output.json) output.object(event);
    if (event.kind === 'plan') {
      if (event.due > 0 && !output.json)
        output.note(`${counted(event.due, 'symbol')} of ${count(event.symbols)} to bring up to date`);
      progress.start(event.due);
    } else {
      rows += event.rows;
      progress.advance({ done: ++done, rows, task: event.symbol });
    }
  };
}

/** The report as a program reads it: its last line. Symbols have had lines of their own. */
export function reportObject(report: UpdateReport) {
  const { symbols, ...rest } = report;
  const failures = symbols
    .filter(({ status }) => status === 'failed')
    .map(({ symbol, code, cause }) => ({ symbol, code, cause }));
  const due = symbols.filter(({ status }) => status === 'due').length;
  return { kind: 'report', ...rest, symbols: symbols.length, due, failures };
}

const minuteText = (time: string | undefined): string => time?.slice(0, 16).replace('T', ' ') ?? '';

async function printSymbols(output: Output, symbols: readonly SymbolReport[]): Promise<void> {
  const { printTable } = await import('./table.ts');
  const failed = symbols.some(({ status }) => status === 'failed');
  printTable(output, {
    head: ['symbol', 'status', 'rows', 'first', 'last', 'NULL', 'took', ...(failed ? ['cause'] : [])],
    rows: symbols.map(({ symbol, status, rows, first, last, nulls, cells, tookMs, cause }) => [
      symbol,
      output.style(status === 'failed' ? 'red' : 'green', status),
      ...[count(rows), minuteText(first), minuteText(last), percent(nulls / cells), duration(tookMs)],
      ...(failed ? [cause ?? ''] : []),
    ]),
    right: [2, 5, 6],
  });
}

const upToDate = (symbols: number): string =>
  symbols === 1 ? '1 symbol is up to date' : `${count(symbols)} symbols are up to date`;

/** What an update did, for people: a table of what failed or of a few symbols, and a line of the whole. */
export async function printUpdate(output: Output, report: UpdateReport): Promise<void> {
  const { symbols, done, unchanged, failed, rows, cells, nulls, clipped, tookMs, dryRun } = report;
  if (dryRun) {
    const due = symbols.filter(({ status }) => status === 'due').map(({ symbol }) => symbol);
    if (due.length === 0) {
      output.line(`nothing has changed: ${upToDate(unchanged)}`);
      return;
    }
    const which = due.length <= mostListed ? ` (${due.join(', ')})` : '';
    output.line(
      `would bring ${counted(due.length, 'symbol')} up to date${which}, ${count(unchanged)} unchanged`,
    );
    return;
  }
  const listed = symbols.filter(
    ({ status }) => status === 'failed' || (status === 'done' && done <= mostListed),
  );
  const shown = listed.slice(0, 2 * mostListed);
  if (shown.length > 0) {
    await printSymbols(output, shown);
    if (listed.length > shown.length) output.line(`and ${count(listed.length - shown.length)} more`);
    output.line();
  }
  if (done + failed === 0 && !report.interrupted) {
    output.line(`nothing has changed: ${upToDate(unchanged)} (${duration(tookMs)})`);
    return;
  }
  const fresh = symbols.reduce((sum, { inserted }) => sum + inserted, 0);
  const parts = [
    `${counted(done, 'symbol')} done`,
    ...(unchanged > 0 ? [`${count(unchanged)} unchanged`] : []),
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(rows > 0 ? [`${counted(rows, 'row')} (${count(fresh)} new)`, `${large(cells)} values`] : []),
    ...(cells > 0 ? [`${percent(nulls / cells)} NULL`] : []),
    ...(clipped > 0 ? [`${count(clipped)} limited`] : []),
  ];
  output.line(`${parts.join(', ')} in ${duration(tookMs)}`);
  if (report.interrupted) output.note('stopped; nothing is half done, the same command continues');
  else if (failed > 0) output.note('hint: what is done stays; the same command tries the rest again');
}
