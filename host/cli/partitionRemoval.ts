import type pg from 'pg';
import { allSymbols, symbolText } from '../store/allSymbols.ts';
import { findRemovable, type Removable, type RemovalFilter, removePartitions } from '../store/removal.ts';
import type { ExitCode } from './command.ts';
import { bytes, count, counted, listed } from './format.ts';
import { type RemovalContext, removeChosen } from './removal.ts';

export type FindPartitions = (filter: Partial<RemovalFilter>) => Promise<Removable[]>;

const totals = (found: readonly Removable[]) => ({
  partitions: found.length,
  rows: found.reduce((sum, { rows }) => sum + rows, 0),
  bytes: found.reduce((sum, { bytes: size }) => sum + size, 0),
});

const totalsText = (found: readonly Removable[]): string => {
  const { partitions, rows, bytes: size } = totals(found);
  return `${counted(partitions, 'partition')}, ${count(rows)} rows, ${bytes(size)}`;
};

function familyLine(family: string, own: readonly Removable[]): string {
  const months = own.map(({ month }) => month).sort();
  const symbols = [...new Set(own.map(({ symbol }) => symbolText(symbol)))];
  const span = months[0] === months.at(-1) ? months[0] : `${months[0]} to ${months.at(-1)}`;
  return `${family}: ${listed(symbols)} ${span}: ${totalsText(own)}`;
}

/** Removes what a choice leaves of the partitions of the configured set. */
export async function removeChosenPartitions(
  context: RemovalContext,
  command: string,
  choose: (find: FindPartitions, client: pg.Client) => Promise<readonly Removable[]>,
): Promise<ExitCode> {
  const { set, schema } = (await context.settings()).values;
  const { output } = context;
  return removeChosen<Removable>(context, {
    ...{ command, kind: 'partition', totals, totalsText },
    find: client => choose(filter => findRemovable(client, { set, schema, ...filter }), client),
    remove: (database, found, options) => removePartitions(database, set, found, options),
    lines: found =>
      [...Map.groupBy(found, ({ family }) => family)].map(([family, own]) => familyLine(family, own)),
    onRemoved: (gone, of) => output.note(`${count(gone)} of ${counted(of, 'partition')} removed`),
  });
}

/** Partitions of all pairs are left alone where pairs are named: they cannot lose one of them. */
export const withoutShared = (found: readonly Removable[]): Removable[] =>
  found.filter(({ symbol }) => symbol !== allSymbols);
