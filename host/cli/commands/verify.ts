import { randomInt } from 'node:crypto';
import type { StructureFinding, Verdict } from '../../backfill/verify.ts';
import { symbolText } from '../../store/allSymbols.ts';
import { command, type ExitCode } from '../command.ts';
import { count, counted, duration } from '../format.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { backfillChoice, monthRanges, withSelection } from '../selection.ts';
import { differenceText, isoTimes } from '../verifyView.ts';

const isWrong = ({ verdict }: Verdict): boolean => verdict !== 'equal' && verdict !== 'missing';

function printWrong(output: Output, wrong: Verdict): void {
  const { symbol, month, family, verdict, differing, cells, why, differences } = wrong;
  const extent = differing > 0 ? `: ${count(differing)} of ${counted(cells, 'cell')}` : '';
  output.line(
    `${output.style('red', verdict)} ${symbolText(symbol)} ${month} ${family}${extent}${why ? `: ${why}` : ''}`,
  );
  for (const difference of differences) output.line(differenceText(difference));
}

function printStructure(output: Output, { family, table, what, remedy }: StructureFinding): void {
  output.line(`${output.style('red', 'table')} ${family}: ${table} ${what}`);
  output.line(`    ${remedy}`);
}

export const verify = command({
  name: 'verify',
  summary: 'recompute and compare with what is stored, bit for bit',
  details:
    'First holds tables against the ledger: partitions that are missing, detached, without their primary key, or unknown to it, each with what to do. Then reads the bars, computes the features again and compares checksums of all rows; where they differ, the cells are named. --sample does so for some partitions, drawn anew each time (--sample 0: for none), and --stored compares rows with the ledger alone, at a fraction of the time. Of a set that is kept row by row, its table (partitions, key, indexes, columns) and then the rows of each symbol, of these months and families or phases; --sample draws months of symbols, and --stored holds each row against its bar: whether it has one, shows it as it is, and is finite. Nothing is changed. Exit code 1: something differs, or nothing was there to compare.',
  options: [
    ...(['set', ...rangeOptions, 'months', 'phases', 'source', 'type'] as const),
    ...(['sample', 'seed', 'stored', 'log', 'json', ...databaseOptions] as const),
  ],
  meanings: { seed: 'seed of the sample, to draw the same again' },
  examples: [
    { line: 'windrow verify --pairs gbpusd --months 2021-02', what: 'one month of one pair' },
    { line: 'windrow verify --from 2024-07 --families bollinger_rate', what: 'one family from a month on' },
    { line: 'windrow verify --sample 2%', what: 'every night a fiftieth of it, drawn at random' },
    { line: 'windrow verify --stored', what: 'rows that somebody has changed, without computing' },
    { line: 'windrow verify --set stocks-hourly --symbols aapl', what: 'all rows of one symbol' },
    { line: 'windrow verify --set stocks-hourly --sample 20', what: '20 months of symbols, drawn at random' },
    { line: 'windrow verify --set stocks-daily --from 2022-01', what: 'the rows of a set from a month on' },
    {
      line: 'windrow verify --json | jq -c "select(.verdict != \\"equal\\")"',
      what: 'what is not equal, for a program',
    },
  ],
  run: context =>
    withSelection<ExitCode>(context, async (database, values) => {
      const { flags, output, signal } = context;
      const { setByName } = await import('../../catalog/catalog.ts');
      const { RunLogFile, eventRecord } = await import('../runLogFile.ts');
      const frame = { command: 'verify', set: values.set, schema: values.schema };
      const log = RunLogFile.open(flags.log, frame, text => output.note(text));
      if (setByName(values.set).layout.kind === 'rows') {
        const { verifySymbols } = await import('../rowVerifyView.ts');
        return verifySymbols(database, values, context, log);
      }
      const { verify: runVerify } = await import('../../backfill/verify.ts');
      const verdicts: Verdict[] = [];
      const structure: StructureFinding[] = [];
      const { sample, stored, seed = randomInt(2 ** 31) } = flags;
      const onStructure = (finding: StructureFinding): void => {
        structure.push(finding);
        log.write({ ...eventRecord({ kind: 'structure', ...finding }), level: 'error' });
        if (output.json) output.object({ kind: 'structure', ...finding });
      };
      const onVerdict = (verdict: Verdict): void => {
        verdicts.push(verdict);
        if (isWrong(verdict)) log.write({ event: 'verdict', level: 'error', ...verdict });
        if (output.json) {
          output.object({ kind: 'verdict', ...verdict, differences: isoTimes(verdict.differences) });
          return;
        }
        const { symbol, month, family, rows } = verdict;
        output.note(
          `${symbolText(symbol)} ${month} ${family}: ${verdict.verdict}${rows > 0 ? `, ${counted(rows, 'row')}` : ''}`,
        );
      };
      const start = performance.now();
      for (const range of monthRanges(flags)) {
        await runVerify({
          ...{ database, ...backfillChoice(values, range), sample, seed, stored },
          ...{ signal, onVerdict, onStructure },
        }).catch(log.fail);
      }
      const tookMs = performance.now() - start;
      const numberOf = (verdict: Verdict['verdict']): number =>
        verdicts.filter(each => each.verdict === verdict).length;
      const wrong = verdicts.filter(isWrong);
      const cells = verdicts.reduce((sum, verdict) => sum + verdict.cells, 0);
      const [equal, missing] = [numberOf('equal'), numberOf('missing')];
      const none = sample !== undefined && 'count' in sample && sample.count === 0;
      const exitCode = wrong.length + structure.length > 0 || (equal === 0 && !none) ? 1 : 0;
      log.end({
        ...{ partitions: verdicts.length, equal, missing, wrong: wrong.length, cells },
        ...{ structure: structure.length, tookMs, interrupted: signal.aborted },
      });
      if (output.json) {
        const counts = { equal, differs: numberOf('differs'), altered: numberOf('altered') };
        const rest = { unreadable: numberOf('unreadable'), missing };
        const drawn = sample === undefined ? {} : { seed };
        output.object({
          ...{ kind: 'report', partitions: verdicts.length, ...counts, ...rest, cells },
          ...{ structure: structure.length, ...drawn, tookMs },
        });
        return exitCode;
      }
      for (const finding of structure) printStructure(output, finding);
      for (const verdict of wrong) printWrong(output, verdict);
      if (sample !== undefined && !none) output.note(`the same sample again: --seed ${seed}`);
      const compared = verdicts.length - missing;
      const equalTo = stored ? 'as the ledger noted them' : 'equal, bit for bit';
      const result = wrong.length === 0 ? equalTo : `${count(wrong.length)} not equal`;
      if (compared > 0) {
        output.line(
          `${counted(compared, 'partition')}, ${counted(cells, 'cell')}: ${result} (${duration(tookMs)})`,
        );
      }
      if (none)
        output.line(
          structure.length === 0
            ? 'tables are as the ledger says'
            : `${counted(structure.length, 'table')} not as the ledger says`,
        );
      if (missing > 0) output.line(`${counted(missing, 'partition')} not published yet`);
      if (wrong.length > 0) output.note('next: windrow backfill --force computes them again');
      return exitCode;
    }),
});
