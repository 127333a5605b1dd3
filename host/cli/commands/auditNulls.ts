import type { ValueFault, ValueFinding, ValuesOfMonth } from '../../backfill/auditNulls.ts';
import { symbolText } from '../../store/allSymbols.ts';
import { command, type ExitCode } from '../command.ts';
import { count, counted, duration, listed, percent } from '../format.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { backfillChoice, monthRanges, withSelection } from '../selection.ts';

const mostShown = 30;
const faults: Readonly<Record<ValueFault, string>> = {
  unsound: 'not finite',
  outside: 'outside the range of its unit',
  infinite: 'infinite when computed, stored as NULL',
  constant: 'one value throughout',
};

const orNothing = (value: number): string => (value === 0 ? '' : count(value));

const span = (months: readonly string[]): string => {
  const sorted = [...new Set(months)].sort();
  return sorted.length === 1 ? sorted[0]! : `${sorted[0]} to ${sorted.at(-1)}`;
};

/** What is the same of a feature's partitions in one line. */
function findingTexts(findings: readonly ValueFinding[]): string[] {
  const groups = Map.groupBy(findings, ({ fault, family, feature }) => `${fault} ${family}.${feature}`);
  const inOrder = Object.keys(faults).flatMap(fault =>
    [...groups.values()].filter(([first]) => first!.fault === fault),
  );
  return inOrder.map(group => {
    const { fault, family, feature, unit } = group[0]!;
    const numbers = group.flatMap(({ least, largest }) => [least, largest]).filter(value => value !== null);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const values = numbers.length === 0 ? '' : low === high ? `, ${low}` : `, ${low} to ${high}`;
    const rows = group.reduce((sum, { rows: own = 0 }) => sum + own, 0);
    const where = `${listed([...new Set(group.map(({ symbol }) => symbolText(symbol)))])} ${span(group.map(({ month }) => month))}`;
    return `${family}.${feature} (${unit}): ${faults[fault]}${values}${rows > 0 ? `, ${counted(rows, 'row')}` : ''}: ${where}`;
  });
}

async function print(
  output: Output,
  months: readonly ValuesOfMonth[],
  findings: readonly ValueFinding[],
  all: boolean,
): Promise<void> {
  const { printTable } = await import('../table.ts');
  printTable(output, {
    head: ['family', 'month', 'rows', 'NULL', 'empty', 'infinite', 'constant', 'outside', 'not finite'],
    rows: months.map(one => [
      ...[one.family, one.month, count(one.rows), percent(one.nulls / one.completeCells)],
      ...[one.empty, one.infinite, one.constant, one.outside, one.unsound].map(orNothing),
    ]),
    right: [2, 3, 4, 5, 6, 7, 8],
  });
  output.line();
  const texts = findingTexts(findings);
  const shown = all ? texts : texts.slice(0, mostShown);
  for (const text of shown) output.line(text);
  if (texts.length > shown.length) output.line(`and ${count(texts.length - shown.length)} more (--all)`);
}

export const nulls = command({
  name: 'nulls',
  summary: 'look at stored values: NULLs, infinities, constants, values out of range',
  details:
    'Family by family and month by month: the share of NULLs in rows before which there are all bars that a feature looks back, features that are empty, results that were infinite (they are stored as NULL), columns of a partition with one value in all rows, values that their unit does not allow, and what is not finite, which only another program can have written. The database does the counting. Constants are no fault by themselves: a flag may not have been raised in a month. Exit code 1: a value is outside its range or not finite.',
  options: ['set', ...rangeOptions, 'months', 'source', 'all', 'json', ...databaseOptions],
  meanings: { all: 'every finding, not only the first' },
  examples: [
    { line: 'windrow audit nulls --months 2024-07', what: 'one month of all pairs' },
    { line: 'windrow audit nulls --pairs eurusd --family bqx_base --all', what: 'one family of a pair' },
    {
      line: 'windrow audit nulls --json | jq -c "select(.fault == \\"outside\\")"',
      what: 'values out of range, for a program',
    },
  ],
  run: context =>
    withSelection<ExitCode>(
      { ...context, partitionsOnly: 'windrow audit nulls' },
      async (database, values) => {
        const { flags, output, signal } = context;
        const { auditNulls } = await import('../../backfill/auditNulls.ts');
        const start = performance.now();
        const months: ValuesOfMonth[] = [];
        const findings: ValueFinding[] = [];
        for (const range of monthRanges(flags)) {
          const report = await auditNulls({
            ...{ database, ...backfillChoice(values, range), signal },
            onMonth: (month, found) => {
              if (!output.json) return;
              for (const finding of found) output.object({ kind: 'finding', ...finding });
              output.object({ kind: 'family', ...month, nullShare: month.nulls / month.completeCells || 0 });
            },
          });
          months.push(...report.months);
          findings.push(...report.findings);
        }
        const tookMs = performance.now() - start;
        const sum = (key: 'partitions' | 'completeCells' | 'nulls' | 'infinite' | 'constant') =>
          months.reduce((total, month) => total + month[key], 0);
        const wrong = findings.filter(({ fault }) => fault === 'outside' || fault === 'unsound').length;
        const totals = {
          ...{ partitions: sum('partitions'), completeCells: sum('completeCells'), nulls: sum('nulls') },
          ...{ infinite: sum('infinite'), constant: sum('constant'), wrong },
        };
        if (output.json) {
          output.object({ kind: 'report', ...totals, tookMs });
          return wrong > 0 ? 1 : 0;
        }
        if (months.length > 0) await print(output, months, findings, flags.all ?? false);
        const share = percent(totals.nulls / totals.completeCells);
        const result =
          wrong === 0 ? 'all in the range of their unit' : `${counted(wrong, 'column')} out of range`;
        output.line(
          `${counted(totals.partitions, 'partition')}, ${share} NULL, ${result} (${duration(tookMs)})`,
        );
        return wrong > 0 ? 1 : 0;
      },
    ),
});
