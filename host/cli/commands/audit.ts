import type { LookaheadFinding } from '../../backfill/audit.ts';
import { type Command, command, type ExitCode } from '../command.ts';
import { count, counted, duration } from '../format.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import { backfillChoice, monthRanges, withSelection } from '../selection.ts';
import { lookback } from './auditLookback.ts';
import { nulls } from './auditNulls.ts';

const mostShown = 20;

const findingText = ({ symbol, feature, time, withFuture, withoutFuture }: LookaheadFinding): string => {
  const at = new Date(time / 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${symbol} ${at} ${feature}: ${withFuture} with later bars, ${withoutFuture} without`;
};

const lookahead = command({
  name: 'lookahead',
  summary: 'show on your bars that no feature sees the future',
  details:
    'Computes every month as a whole, and again with the bars behind a number of places taken away, those of an index too. A value that changes has seen the future. Nothing is written. Exit code 1: a value has changed.',
  options: ['set', ...rangeOptions, 'months', 'source', 'cuts', 'json', ...databaseOptions],
  examples: [
    { line: 'windrow audit lookahead --pairs eurusd --months 2024-07', what: 'one month of one pair' },
    { line: 'windrow audit lookahead --cuts 200', what: 'everything, in more places' },
    { line: 'windrow audit lookahead --set stocks-daily --symbols aapl', what: 'a stock, beside its index' },
  ],
  run: context =>
    withSelection<ExitCode>(context, async (database, values) => {
      const { flags, output, signal } = context;
      const { auditLookahead } = await import('../../backfill/audit.ts');
      const start = performance.now();
      const total = { features: 0, cuts: 0, cells: 0, nulls: 0 };
      const findings: LookaheadFinding[] = [];
      const notes = new Set<string>();
      for (const range of monthRanges(flags)) {
        const report = await auditLookahead({
          database,
          ...backfillChoice(values, range),
          cuts: flags.cuts,
          signal,
          onMonth: done => {
            if (output.json) output.object({ kind: 'month', ...done });
            else output.note(`${done.symbol} ${done.month}: ${counted(done.cells, 'value')} compared`);
          },
        });
        total.features = report.features;
        total.cuts += report.cuts;
        total.cells += report.cells;
        total.nulls += report.nulls;
        findings.push(...report.findings);
        for (const note of report.notes) notes.add(note);
      }
      const tookMs = performance.now() - start;
      if (output.json) {
        for (const each of findings) {
          output.object({ kind: 'finding', ...each, time: new Date(each.time / 1000).toISOString() });
        }
        output.object({ kind: 'report', ...total, findings: findings.length, notes: [...notes], tookMs });
        return findings.length > 0 ? 1 : 0;
      }
      for (const note of notes) output.note(`note: ${note}`);
      for (const finding of findings.slice(0, mostShown)) output.line(findingText(finding));
      if (findings.length > mostShown) output.line(`and ${count(findings.length - mostShown)} more`);
      const result =
        findings.length === 0 ? 'none sees the future' : `${counted(findings.length, 'value')} changed`;
      output.line(
        `${counted(total.features, 'feature')} at ${counted(total.cuts, 'cut')}, ${counted(total.cells, 'value')}, ${count(total.nulls)} of them NULL: ${result} (${duration(tookMs)})`,
      );
      return findings.length > 0 ? 1 : 0;
    }),
});

export const audit: Command = {
  name: 'audit',
  summary: 'check promises on your own bars',
  options: [],
  examples: [],
  commands: [lookahead, lookback, nulls],
};
