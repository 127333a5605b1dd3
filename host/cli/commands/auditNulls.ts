import type { NullsOptions } from '../../backfill/auditNulls.ts';
import type { Settings } from '../../config/table.ts';
import { allSymbols, symbolText } from '../../store/allSymbols.ts';
import type { Database } from '../../store/database.ts';
import type { NullsReport, ValueFault, ValueFinding, ValuesOfMonth } from '../../store/valueFaults.ts';
import { command, type ExitCode } from '../command.ts';
import { count, counted, duration, listed, percent } from '../format.ts';
import { databaseOptions, type Flags, rangeOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { backfillChoice, monthRanges, withSelection } from '../selection.ts';
import { rowChoice } from '../set.ts';

const mostShown = 30;
const faults: Readonly<Record<ValueFault, string>> = {
  unsound: 'not finite',
  outside: 'outside the range of its unit',
  infinite: 'infinite when computed, stored as NULL',
  constant: 'one value throughout',
};

const orNothing = (value: number | null): string => (value === null ? '-' : value === 0 ? '' : count(value));

const span = (months: readonly string[]): string => {
  const sorted = [...new Set(months)].sort();
  return sorted.length === 1 ? sorted[0]! : `${sorted[0]} to ${sorted.at(-1)}`;
};

/** What is the same of a feature's partitions in one line. */
function findingTexts(findings: readonly ValueFinding[], everybody: string): string[] {
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
    const where = `${listed([...new Set(group.map(({ symbol }) => (symbol === allSymbols ? everybody : symbol)))])} ${span(group.map(({ month }) => month))}`;
    return `${family}.${feature} (${unit}): ${faults[fault]}${values}${rows > 0 ? `, ${counted(rows, 'row')}` : ''}: ${where}`;
  });
}

async function print(
  output: Output,
  months: readonly ValuesOfMonth[],
  findings: readonly ValueFinding[],
  { all, everybody }: { readonly all: boolean; readonly everybody: string },
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
  const texts = findingTexts(findings, everybody);
  const shown = all ? texts : texts.slice(0, mostShown);
  for (const text of shown) output.line(text);
  if (texts.length > shown.length) output.line(`and ${count(texts.length - shown.length)} more (--all)`);
}

type Calls = Pick<NullsOptions, 'signal' | 'onMonth'>;

/** The audit of partitions or of rows, of the months of a range. */
async function auditOf(
  rows: boolean,
  database: Database,
  values: Settings,
): Promise<(range: Pick<Flags, 'from' | 'to'>, calls: Calls) => Promise<NullsReport>> {
  if (!rows) {
    const { auditNulls } = await import('../../backfill/auditNulls.ts');
    return (range, calls) => auditNulls({ database, ...backfillChoice(values, range), ...calls });
  }
  const { auditRowNulls } = await import('../../update/auditNulls.ts');
  return (range, calls) => auditRowNulls({ ...rowChoice(database, values), ...range, ...calls });
}

export const nulls = command({
  name: 'nulls',
  summary: 'look at stored values: NULLs, infinities, constants, values out of range',
  details:
    'Family by family and month by month: the share of NULLs in rows before which there are all bars that a feature looks back, features that are empty, results that were infinite (they are stored as NULL), columns of a partition with one value in all rows, values that their unit does not allow, and what is not finite, which only another program can have written. The database does the counting. Of a set that is kept row by row all chosen symbols together; which results were infinite is not noted there. Constants are no fault by themselves: a flag may not have been raised in a month. Exit code 1: a value is outside its range or not finite.',
  options: ['set', ...rangeOptions, 'months', 'source', 'all', 'json', ...databaseOptions],
  meanings: { all: 'every finding, not only the first' },
  examples: [
    { line: 'windrow audit nulls --months 2024-07', what: 'one month of all pairs' },
    { line: 'windrow audit nulls --pairs eurusd --family bqx_base --all', what: 'one family of a pair' },
    {
      line: 'windrow audit nulls --set stocks-hourly --from 2025-06',
      what: 'the rows of all symbols from a month on',
    },
    {
      line: 'windrow audit nulls --json | jq -c "select(.fault == \\"outside\\")"',
      what: 'values out of range, for a program',
    },
  ],
  run: context =>
    withSelection<ExitCode>(context, async (database, values) => {
      const { flags, output, signal } = context;
      const { setByName } = await import('../../catalog/catalog.ts');
      const rows = setByName(values.set).layout.kind === 'rows';
      const auditRange = await auditOf(rows, database, values);
      const start = performance.now();
      const months: ValuesOfMonth[] = [];
      const findings: ValueFinding[] = [];
      for (const range of monthRanges(flags)) {
        const report = await auditRange(range, {
          signal,
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
        months.reduce((total, month) => total + (month[key] ?? 0), 0);
      const wrong = findings.filter(({ fault }) => fault === 'outside' || fault === 'unsound').length;
      const totals = {
        ...(rows ? {} : { partitions: sum('partitions') }),
        ...{ completeCells: sum('completeCells'), nulls: sum('nulls') },
        ...(rows ? {} : { infinite: sum('infinite') }),
        ...{ constant: sum('constant'), wrong },
      };
      if (output.json) {
        output.object({ kind: 'report', ...totals, tookMs });
        return wrong > 0 ? 1 : 0;
      }
      if (months.length > 0)
        await print(output, months, findings, {
          all: flags.all ?? false,
          everybody: rows ? 'all symbols' : symbolText(allSymbols),
        });
      const share = percent(totals.nulls / totals.completeCells);
      const result =
        wrong === 0 ? 'all in the range of their unit' : `${counted(wrong, 'column')} out of range`;
      const what = rows ? counted(sum('completeCells'), 'value') : counted(sum('partitions'), 'partition');
      output.line(`${what}, ${share} NULL, ${result} (${duration(tookMs)})`);
      return wrong > 0 ? 1 : 0;
    }),
});
