import { symbolText } from '../../store/allSymbols.ts';
import type { PartitionState } from '../../store/status.ts';
import { command, type ExitCode } from '../command.ts';
import { bytes, count, counted, percent } from '../format.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { backfillChoice, withSelection } from '../selection.ts';

type State = PartitionState['state'];
const states: readonly State[] = ['done', 'stale', 'missing', 'failed'];
const colours = { done: 'green', stale: 'yellow', missing: 'dim', failed: 'red' } as const;

/** "9 done", "7 done, 2 stale". */
const tally = (output: Output, cells: readonly PartitionState[]): string =>
  states
    .map(state => [state, cells.filter(cell => cell.state === state).length] as const)
    .filter(([, number]) => number > 0)
    .map(([state, number]) => output.style(colours[state], `${number} ${state}`))
    .join(', ');

/** Partitions of one state and cause in a sentence each: what the matrix cannot say. */
function reasons(all: readonly PartitionState[]): string[] {
  const told = all.filter(({ state, why }) => (state === 'stale' || state === 'failed') && why !== undefined);
  const groups = Map.groupBy(told, ({ symbol, state, why }) => `${symbol} ${state}: ${why}`);
  return [...groups.values()].map(group => {
    const { symbol, state, why } = group[0] as PartitionState;
    const months = [...new Set(group.map(({ month }) => month))].sort();
    const families = [...new Set(group.map(({ family }) => family))];
    const where = months.length === 1 ? months[0] : `${months[0]} to ${months.at(-1)}`;
    const which = families.length <= 3 ? families.join(', ') : counted(families.length, 'family', 'families');
    return `${symbolText(symbol)} ${where} ${state} (${which}): ${why}`;
  });
}

export const status = command({
  name: 'status',
  summary: 'show what is done, stale, missing and failed',
  details:
    'Rows are pairs, columns are months; a cell counts families. Families whose partitions hold all pairs have a row of their own. Stale: the definition or the bars have changed since. Then a line for each family: features that hold a value anywhere and those that are NULL throughout, partitions by state, the share of NULLs, and how many features are NULL in more than 1 % of their rows. Rows before which there are fewer bars than a feature looks back do not count for it. All of it is of the pairs, families and months asked for. Of a set that is kept row by row: rows of each symbol, the first and the last, bars that have none yet or that were corrected since, and whether they are of the present definitions.',
  options: ['set', ...rangeOptions, 'source', 'type', 'nulls', 'json', ...databaseOptions],
  examples: [
    { line: 'windrow status', what: 'everything there are bars of' },
    { line: 'windrow status --pairs eurusd --from 2024-07', what: 'one pair from a month on' },
    { line: 'windrow status --nulls', what: 'features that are NULL in more than 1 % of their rows' },
    {
      line: 'windrow status --family bqx_base --nulls 0',
      what: 'those of one family that are NULL anywhere',
    },
    { line: 'windrow status --set stocks-hourly', what: 'a set that is kept row by row, by symbol' },
    {
      line: 'windrow status --json | jq -c "select(.state == \\"stale\\")"',
      what: 'partition by partition, for a program',
    },
  ],
  run: context =>
    withSelection<ExitCode>(context, async (database, values) => {
      const { flags, output } = context;
      const { setByName } = await import('../../catalog/catalog.ts');
      if (setByName(values.set).layout.kind === 'rows') {
        const { showRows } = await import('../rowStatusView.ts');
        await showRows(database, values, context);
        return 0;
      }
      const { prepare } = await import('../../backfill/prepare.ts');
      const { coverage } = await import('../../backfill/coverage.ts');
      const { databaseBytes } = await import('../../store/status.ts');
      const { leftoverText } = await import('../../store/leftovers.ts');
      const view = await import('../coverageView.ts');
      const client = await database.connect();
      const found = await (async () => {
        const prepared = await prepare(client, backfillChoice(values, flags), { write: false });
        const families = await coverage(client, prepared);
        return { ...prepared, families, size: await databaseBytes(client) };
      })().finally(() => client.end());
      const { set, states: all, families, size, leftovers } = found;
      const totals = view.coverageTotals(families.flatMap(({ features }) => features));
      const rows = families.reduce((sum, family) => sum + family.rows, 0);
      const counts = Object.fromEntries(
        states.map(state => [state, all.filter(one => one.state === state).length]),
      );
      if (output.json) {
        for (const state of all) output.object({ kind: 'partition', ...state });
        view.coverageObjects(output, families);
        for (const leftover of leftovers) output.object({ kind: 'leftover', ...leftover });
        const sums = { rows, ...totals, databaseBytes: size };
        output.object({ kind: 'report', set: set.name, ...counts, ...sums });
        return 0;
      }
      if (flags.nulls !== undefined) {
        const above = flags.nulls === true ? view.usualNullShare : flags.nulls / 100;
        view.printNulls(output, families, above);
        return 0;
      }
      const { printTable } = await import('../table.ts');
      const months = [...new Set(all.map(({ month }) => month))].sort();
      const bySymbol = Map.groupBy(all, ({ symbol }) => symbol);
      // A matrix wider than a screen says less than a list.
      if (months.length <= 6) {
        const cell = (cells: readonly PartitionState[]): string =>
          cells.length === 0 ? '-' : tally(output, cells);
        printTable(output, {
          head: ['pair', ...months],
          rows: [...bySymbol].map(([symbol, own]) => [
            symbolText(symbol),
            ...months.map(month => cell(own.filter(state => state.month === month))),
          ]),
        });
      } else {
        printTable(output, {
          head: ['pair', 'months', 'first', 'last', 'partitions'],
          rows: [...bySymbol].map(([symbol, own]) => {
            const present = [...new Set(own.map(({ month }) => month))].sort();
            return [
              symbolText(symbol),
              String(present.length),
              present[0] ?? '',
              present.at(-1) ?? '',
              tally(output, own),
            ];
          }),
          right: [1],
        });
      }
      output.line();
      view.printFamilies(output, families);
      output.line();
      for (const reason of reasons(all)) output.line(reason);
      for (const leftover of leftovers) output.line(leftoverText(leftover));
      view.printFaults(output, families);
      const above = totals.featuresAboveOnePercent;
      const nulls = `${percent(totals.nullShare ?? Number.NaN)} of the cells that have all bars they look back`;
      output.facts([
        ['partitions', `${tally(output, all)} of ${count(all.length)}`],
        [
          'coverage',
          `${count(totals.populatedFeatures)} of ${counted(totals.features, 'feature')} populated`,
        ],
        ['rows', count(rows)],
        ['NULL', `${nulls}; ${counted(above, 'feature')} above 1 %`],
        ['database', bytes(size)],
      ]);
      if (above > 0) output.note('next: windrow status --nulls lists the features above 1 %');
      const open = all.length - (counts.done ?? 0);
      if (open > 0)
        output.note(`next: windrow backfill does the ${counted(open, 'partition')} that are not done`);
      return 0;
    }),
});
