import type pg from 'pg';
import type { Month } from '../store/month.ts';
import type { MonthFilter } from '../store/removal.ts';
import { findRemovableRows, keepRowsSince, type RemovableRows, removeRows } from '../update/remove.ts';
import type { ExitCode } from './command.ts';
import { bytes, count, counted, listed } from './format.ts';
import { type RemovalContext, removeChosen } from './removal.ts';

export type FindRows = (filter: Omit<MonthFilter, 'set' | 'schema'>) => Promise<RemovableRows[]>;

/** Rows to remove; and from which month on rows are kept from now on, `all` of them, or nothing where that is not said. */
export type ChosenRows = {
  readonly found: readonly RemovableRows[];
  readonly keptSince?: Month | 'all' | undefined;
};

const totals = (found: readonly RemovableRows[]) => ({
  months: found.length,
  symbols: new Set(found.flatMap(({ symbols }) => symbols)).size,
  rows: found.reduce((sum, { rows }) => sum + rows, 0),
  bytes: found.reduce((sum, { bytes: size }) => sum + size, 0),
});

/** Rows that are deleted leave their room to others: there are no bytes to tell. */
const sizeText = (size: number): string => (size > 0 ? `, ${bytes(size)}` : '');

function totalsText(found: readonly RemovableRows[]): string {
  const { months, symbols, rows, bytes: size } = totals(found);
  return `${count(rows)} rows of ${counted(symbols, 'symbol')} in ${counted(months, 'month')}${sizeText(size)}`;
}

/** Removes what a choice leaves of the rows of the configured set, which is kept row by row. */
export async function removeChosenRows(
  context: RemovalContext,
  command: string,
  choose: (find: FindRows, client: pg.Client) => Promise<ChosenRows>,
): Promise<ExitCode> {
  const { set, schema } = (await context.settings()).values;
  const place = { set, schema };
  let since: ChosenRows['keptSince'];
  return removeChosen<RemovableRows>(context, {
    ...{ command, kind: 'rows', totals, totalsText },
    async find(client) {
      const chosen = await choose(filter => findRemovableRows(client, { ...place, ...filter }), client);
      since = chosen.keptSince;
      return chosen.found;
    },
    async remove(database, found, options) {
      // first of all: a stop behind it leaves rows that the same command removes
      if (since !== undefined)
        await keepRowsSince(database, place, since === 'all' ? undefined : since, options);
      await removeRows(database, set, found, options);
    },
    said: () => (since === undefined ? {} : { keptSince: since }),
    lines: found =>
      found.map(
        ({ table, symbols, rows, bytes: size }) =>
          `${table}: ${counted(rows, 'row')} of ${listed(symbols)}${sizeText(size)}`,
      ),
    closing(output, found, dryRun) {
      const verb = dryRun ? 'would keep' : 'keeps';
      if (since !== undefined)
        output.line(
          `${verb} ${since === 'all' ? 'all rows' : `rows since ${since}, and computes none before`}`,
        );
      if (!dryRun && (since === 'all' || (since === undefined && found.length > 0)))
        output.note(`next: windrow update --set ${set} computes what there are bars of again`);
    },
  });
}
