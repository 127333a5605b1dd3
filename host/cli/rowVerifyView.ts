import { randomInt } from 'node:crypto';
import type { Settings } from '../config/table.ts';
import type { Database } from '../store/database.ts';
import type { MonthRange } from '../store/month.ts';
import { type RowStructureFinding, verifyRowStructure } from '../update/structure.ts';
import { type RowVerdict, verifyRows } from '../update/verify.ts';
import type { Context, ExitCode } from './command.ts';
import { count, counted, duration } from './format.ts';
import type { Output } from './output.ts';
import type { RunLogFile } from './runLogFile.ts';
import { monthRanges } from './selection.ts';
import { rowChoice } from './set.ts';
import { differenceText, isoTimes } from './verifyView.ts';

function printWrong(output: Output, verdict: RowVerdict): void {
  const { symbol, differing, cells, lacking, extra, differences, why } = verdict;
  const parts = [
    ...(differing > 0 ? [`${count(differing)} of ${counted(cells, 'cell')}`] : []),
    ...(lacking > 0 ? [`${counted(lacking, 'bar')} without a row`] : []),
    ...(extra > 0 ? [`${counted(extra, 'row')} without a bar`] : []),
    ...(why === undefined ? [] : [why]),
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
  const reasons = verdicts.flatMap(({ why }) => (why === undefined ? [] : [why]));
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
    ...(reasons.length > 0 ? { why: reasons.join('; ') } : {}),
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
  }: Pick<
    Context<'phases' | 'months' | 'from' | 'to' | 'sample' | 'seed' | 'stored'>,
    'flags' | 'output' | 'signal'
  >,
  log: RunLogFile,
): Promise<ExitCode> {
  const start = performance.now();
  const { sample, stored, seed = randomInt(2 ** 31) } = flags;
  const what = rowChoice(database, values);
  const found: RowVerdict[] = [];
  const structure: RowStructureFinding[] = [];
  const onNote = (text: string) => output.note(`note: ${text}`);
  const none = sample !== undefined && 'count' in sample && sample.count === 0;
  for (const range of monthRanges(flags)) {
    for (const finding of await verifyRowStructure({ ...what, ...range })) {
      // what is wrong with the whole table is so in every range
      if (structure.some(({ fault, table }) => fault === finding.fault && table === finding.table)) continue;
      structure.push(finding);
      log.write({ event: 'structure', level: 'error', ...finding });
      if (output.json) output.object({ kind: 'structure', ...finding });
    }
    if (none) continue;
    const onVerdict = (verdict: RowVerdict): void => {
      const { symbol, month, verdict: word, rows, differences } = verdict;
      if (word === 'differs') log.write({ event: 'verdict', level: 'error', ...verdict });
      const told = month === undefined ? range : { from: month, to: month };
      if (output.json)
        output.object({ kind: 'verdict', ...verdict, ...range, differences: isoTimes(differences) });
      else output.note(`${symbol}${monthsText(told)}: ${word}${rows > 0 ? `, ${counted(rows, 'row')}` : ''}`);
    };
    const choice = { ...what, ...range, phases: flags.phases, sample, seed, stored, signal };
    found.push(...(await verifyRows({ ...choice, onNote, onVerdict }).catch(log.fail)));
  }
  const verdicts = [...Map.groupBy(found, ({ symbol }) => symbol).values()].map(together);
  const tookMs = performance.now() - start;
  const total = (of: (verdict: RowVerdict) => number): number =>
    verdicts.reduce((sum, verdict) => sum + of(verdict), 0);
  const numberOf = (wanted: RowVerdict['verdict']): number =>
    total(({ verdict }) => (verdict === wanted ? 1 : 0));
  const [equal, differs, missing] = [numberOf('equal'), numberOf('differs'), numberOf('missing')];
  const [rows, older, cells] = [total(one => one.rows), total(one => one.older), total(one => one.cells)];
  const exitCode = differs > 0 || structure.length > 0 || (rows === 0 && !none) ? 1 : 0;
  log.end({
    ...{ symbols: verdicts.length, equal, differs, missing, rows, older, cells },
    ...{ structure: structure.length, tookMs, interrupted: signal.aborted },
  });
  if (output.json) {
    const counts = { symbols: verdicts.length, equal, differs, missing };
    const drawn = sample === undefined ? {} : { seed };
    output.object({
      ...{ kind: 'report', ...counts, rows, older, cells },
      ...{ structure: structure.length, ...drawn, tookMs },
    });
    return exitCode;
  }
  for (const { table, what: wrong, remedy } of structure) {
    output.line(`${output.style('red', 'table')} ${table} ${wrong}`);
    output.line(`    ${remedy}`);
  }
  for (const verdict of verdicts) if (verdict.verdict === 'differs') printWrong(output, verdict);
  if (sample !== undefined && !none) output.note(`the same sample again: --seed ${seed}`);
  const right = stored ? 'as their bars are' : 'equal, bit for bit';
  const result = differs === 0 ? right : `${counted(differs, 'symbol')} not equal`;
  if (rows > 0) {
    const compared = `${counted(equal + differs, 'symbol')}, ${counted(rows, 'row')}, ${counted(cells, 'cell')}`;
    output.line(`${compared}: ${result} (${duration(tookMs)})`);
  }
  if (none)
    output.line(
      structure.length === 0 ? 'the table is as it should be' : `${counted(structure.length, 'finding')}`,
    );
  if (older > 0) output.line(`${counted(older, 'row')} of older definitions, not compared`);
  if (missing > 0) output.line(`${counted(missing, 'symbol')} without rows`);
  if (differs > 0)
    output.note(`next: windrow update --set ${values.set}; with --force where that changes nothing`);
  return exitCode;
}
