import type { PartitionState } from '../../store/status.ts';
import { command, type ExitCode } from '../command.ts';
import { bytes, count, counted, listed, percent } from '../format.ts';
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
    return `${symbol} ${where} ${state} (${which}): ${why}`;
  });
}

export const status = command({
  name: 'status',
  summary: 'show what is done, stale, missing and failed',
  details:
    'Rows are pairs, columns are months; a cell counts families. Stale: the definition or the bars have changed since. "820 of 820 features" says how many columns hold a value anywhere. Of a set that is kept row by row: rows of each symbol, the first and the last, bars that have none yet or that were corrected since, and whether they are of the present definitions.',
  options: ['set', ...rangeOptions, 'source', 'type', 'json', ...databaseOptions],
  examples: [
    { line: 'windrow status', what: 'everything there are bars of' },
    { line: 'windrow status --pairs eurusd --from 2024-07', what: 'one pair from a month on' },
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
      const { databaseBytes, familyTotals } = await import('../../store/status.ts');
      const { leftoverText } = await import('../../store/leftovers.ts');
      const { featuresOf } = await import('../../catalog/catalog.ts');
      const client = await database.connect();
      const found = await (async () => {
        const prepared = await prepare(client, backfillChoice(values, flags), { write: false });
        const names = prepared.set.families.map(({ name }) => name);
        const totals = (await familyTotals(client, prepared.set.name, prepared.schema)).filter(({ family }) =>
          names.includes(family),
        );
        return { ...prepared, totals, size: await databaseBytes(client) };
      })().finally(() => client.end());
      const { set, states: all, totals, size, leftovers } = found;
      const populated = totals.reduce((sum, { columns, empty }) => sum + columns - empty.length, 0);
      const features = featuresOf(set).length;
      const rows = totals.reduce((sum, total) => sum + total.rows, 0);
      const cells = totals.reduce((sum, total) => sum + total.rows * total.columns, 0);
      const nulls = totals.reduce((sum, total) => sum + total.nulls, 0);
      const counts = Object.fromEntries(
        states.map(state => [state, all.filter(one => one.state === state).length]),
      );
      if (output.json) {
        for (const state of all) output.object({ kind: 'partition', ...state });
        for (const total of totals) output.object({ kind: 'family', ...total });
        for (const leftover of leftovers) output.object({ kind: 'leftover', ...leftover });
        const sums = { rows, cells, nulls, databaseBytes: size };
        output.object({
          kind: 'report',
          set: set.name,
          ...counts,
          populatedFeatures: populated,
          features,
          ...sums,
        });
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
            symbol,
            ...months.map(month => cell(own.filter(state => state.month === month))),
          ]),
        });
      } else {
        printTable(output, {
          head: ['pair', 'months', 'first', 'last', 'partitions'],
          rows: [...bySymbol].map(([symbol, own]) => {
            const present = [...new Set(own.map(({ month }) => month))].sort();
            return [
              symbol,
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
      printTable(output, {
        head: ['family', 'features', 'partitions', 'rows', 'NULL'],
        rows: set.families.flatMap(({ name, features: inside }) => {
          const own = all.filter(({ family }) => family === name);
          if (own.length === 0) return [];
          const total = totals.find(({ family }) => family === name);
          const filled = total === undefined ? 0 : total.columns - total.empty.length;
          const share = total === undefined ? '-' : percent(total.nulls / (total.rows * total.columns));
          return [
            [name, `${filled} of ${inside.length}`, tally(output, own), count(total?.rows ?? 0), share],
          ];
        }),
        right: [1, 3, 4],
      });
      output.line();
      for (const reason of reasons(all)) output.line(reason);
      for (const leftover of leftovers) output.line(leftoverText(leftover));
      for (const { family, empty } of totals) {
        if (empty.length > 0) output.line(`${family}: NULL throughout: ${listed(empty)}`);
      }
      output.facts([
        ['partitions', `${tally(output, all)} of ${count(all.length)}`],
        ['populated', `${count(populated)} of ${counted(features, 'feature')}`],
        ['rows', `${count(rows)}, ${percent(nulls / cells)} of their cells NULL`],
        ['database', bytes(size)],
      ]);
      const open = all.length - (counts.done ?? 0);
      if (open > 0)
        output.note(`next: windrow backfill does the ${counted(open, 'partition')} that are not done`);
      return 0;
    }),
});
