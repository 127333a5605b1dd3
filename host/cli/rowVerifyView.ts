import type { Settings } from '../config/table.ts';
import type { Database } from '../store/database.ts';
import type { MonthRange } from '../store/month.ts';
import { type RowVerdict, verifyRows } from '../update/verify.ts';
import type { Context, ExitCode } from './command.ts';
import { count, counted, duration } from './format.ts';
import type { Output } from './output.ts';
import { monthRanges } from './selection.ts';
import { updateSetOf } from './set.ts';
import { differenceText, isoTimes } from './verifyView.ts';

function printWrong(output: Output, verdict: RowVerdict): void {
  const { symbol, differing, cells, lacking, extra, differences } = verdict;
  const parts = [
    ...(differing > 0 ? [`${count(differing)} of ${counted(cells, 'cell')}`] : []),
    ...(lacking > 0 ? [`${counted(lacking, 'bar')} without a row`] : []),
    ...(extra > 0 ? [`${counted(extra, 'row')} without a bar`] : []),
  ];
  output.line(`${output.style('red', verdict.verdict)} ${symbol}: ${parts.join(', ')}`);
  for (const difference of differences) output.line(differenceText(difference));
}

/** The months of a range, as they stand behind a symbol; nothing where all are meant. */
function monthsText({ from, to }: MonthRange): string {
  if (from !== undefined && from === to) return ` ${from}`;
  return [...(from === undefined ? [] : [` from ${from}`]), ...(to === undefined ? [] : [` to ${to}`])].join(
    '',
  );
}

/** What was found of a symbol in several ranges, as one. */
function together(verdicts: readonly RowVerdict[]): RowVerdict {
  const sum = (of: (verdict: RowVerdict) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const worst = (['differs', 'equal', 'missing'] as const).find(word =>
    verdicts.some(({ verdict }) => verdict === word),
  );
  return {
    symbol: verdicts[0]!.symbol,
    verdict: worst!,
    rows: sum(({ rows }) => rows),
    older: sum(({ older }) => older),
    lacking: sum(({ lacking }) => lacking),
    extra: sum(({ extra }) => extra),
    cells: sum(({ cells }) => cells),
    differing: sum(({ differing }) => differing),
    differences: verdicts.flatMap(({ differences }) => differences),
  };
}

/** Verifies a set that is kept row by row, symbol by symbol. */
export async function verifySymbols(
  database: Database,
  values: Settings,
  {
    flags,
    output,
    signal,
  }: Pick<Context<'phases' | 'months' | 'from' | 'to'>, 'flags' | 'output' | 'signal'>,
): Promise<ExitCode> {
  const start = performance.now();
  const { schema, source, type, families, pairs: symbols } = values;
  const what = { database, ...updateSetOf(values), schema, source, type, symbols, families };
  const found: RowVerdict[] = [];
  for (const range of monthRanges(flags)) {
    const onVerdict = (verdict: RowVerdict): void => {
      const { symbol, verdict: word, rows, differences } = verdict;
      if (output.json)
        output.object({ kind: 'verdict', ...verdict, ...range, differences: isoTimes(differences) });
      else
        output.note(`${symbol}${monthsText(range)}: ${word}${rows > 0 ? `, ${counted(rows, 'row')}` : ''}`);
    };
    found.push(...(await verifyRows({ ...what, ...range, phases: flags.phases, signal, onVerdict })));
  }
  const verdicts = [...Map.groupBy(found, ({ symbol }) => symbol).values()].map(together);
  const tookMs = performance.now() - start;
  const total = (of: (verdict: RowVerdict) => number): number =>
    verdicts.reduce((sum, verdict) => sum + of(verdict), 0);
  const numberOf = (wanted: RowVerdict['verdict']): number =>
    total(({ verdict }) => (verdict === wanted ? 1 : 0));
  const [equal, differs, missing] = [numberOf('equal'), numberOf('differs'), numberOf('missing')];
  const [rows, older, cells] = [total(one => one.rows), total(one => one.older), total(one => one.cells)];
  const exitCode = differs > 0 || rows === 0 ? 1 : 0;
  if (output.json) {
    const counts = { symbols: verdicts.length, equal, differs, missing };
    output.object({ kind: 'report', ...counts, rows, older, cells, tookMs });
    return exitCode;
  }
  for (const verdict of verdicts) if (verdict.verdict === 'differs') printWrong(output, verdict);
  const result = differs === 0 ? 'equal, bit for bit' : `${counted(differs, 'symbol')} not equal`;
  if (rows > 0) {
    const what = `${counted(equal + differs, 'symbol')}, ${counted(rows, 'row')}, ${counted(cells, 'cell')}`;
    output.line(`${what}: ${result} (${duration(tookMs)})`);
  }
  if (older > 0) output.line(`${counted(older, 'row')} of older definitions, not compared`);
  if (missing > 0) output.line(`${counted(missing, 'symbol')} without rows`);
  if (differs > 0)
    output.note(`next: windrow update --set ${values.set}; with --force where that changes nothing`);
  return exitCode;
}
