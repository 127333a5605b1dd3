import type { FeatureSet } from '../catalog/set.ts';
import type { RemovableRows, RowFilter } from '../update/remove.ts';
import type { Context, ExitCode } from './command.ts';
import { withDatabase } from './database.ts';
import { bytes, count, counted, listed } from './format.ts';
import type { Output } from './output.ts';

type Given = Pick<Context<'dryRun' | 'log' | 'json'>, 'settings' | 'flags' | 'output' | 'signal'>;

const totals = (found: readonly RemovableRows[]) => ({
  months: found.length,
  symbols: new Set(found.flatMap(({ symbols }) => symbols)).size,
  rows: found.reduce((sum, { rows }) => sum + rows, 0),
  bytes: found.reduce((sum, { bytes: size }) => sum + size, 0),
});

export type FindRows = (filter: Omit<RowFilter, 'set' | 'schema'>) => Promise<RemovableRows[]>;

/** Rows that are deleted leave their room to others: there are no bytes to tell. */
const sizeText = (size: number): string => (size > 0 ? `, ${bytes(size)}` : '');

function totalsText(found: readonly RemovableRows[]): string {
  const { months, symbols, rows, bytes: size } = totals(found);
  return `${count(rows)} rows of ${counted(symbols, 'symbol')} in ${counted(months, 'month')}${sizeText(size)}`;
}

function print(output: Output, found: readonly RemovableRows[]): void {
  for (const { table, symbols, rows, bytes: size } of found)
    output.line(`  ${table}: ${counted(rows, 'row')} of ${listed(symbols)}${sizeText(size)}`);
}

/** Says which rows a choice leaves of a set that is kept row by row, and removes them unless it is a dry run. */
export async function removeChosenRows(
  { settings, flags, output, signal }: Given,
  set: FeatureSet,
  {
    command,
    forGood,
    choose,
  }: {
    readonly command: string;
    readonly forGood: boolean;
    readonly choose: (find: FindRows) => Promise<readonly RemovableRows[]>;
  },
): Promise<ExitCode> {
  const { values } = await settings();
  const { findRemovableRows, removeRows } = await import('../update/remove.ts');
  const { ofOthers } = await import('../store/locks.ts');
  const { RunLogFile, eventRecord } = await import('./runLogFile.ts');
  const frame = { command, set: set.name, schema: values.schema };
  const log = RunLogFile.open(flags.log, frame, text => output.note(text));
  return withDatabase<ExitCode>({ settings }, async database => {
    const place = { set: set.name, schema: values.schema };
    const client = await database.connect();
    const found = await choose(filter => findRemovableRows(client, { ...place, ...filter })).finally(() =>
      client.end(),
    );
    const dryRun = flags.dryRun ?? false;
    const tell = (one: RemovableRows): void => {
      if (output.json) output.object({ kind: 'rows', ...one });
    };
    const gone = (one: RemovableRows): void => {
      log.write(eventRecord({ kind: 'removed', ...one }));
      tell(one);
    };
    if (dryRun) found.forEach(tell);
    else {
      await removeRows(database, set.name, found, {
        ...{ signal, forGood, onRemoved: gone },
        onWait: ofOthers(database, holder => output.note(`waiting for ${holder}`)),
      }).catch(log.fail);
    }
    log.end({ dryRun, ...totals(found), interrupted: signal.aborted });
    if (output.json) {
      output.object({ kind: 'report', dryRun, ...totals(found) });
      return 0;
    }
    print(output, found);
    output.line(`${dryRun ? 'would remove' : 'removed'} ${totalsText(found)}`);
    if (!forGood && !dryRun && found.length > 0)
      output.note(`next: windrow update --set ${set.name} computes what there are bars of again`);
    return 0;
  });
}
