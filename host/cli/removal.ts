import { allSymbols, symbolText } from '../store/allSymbols.ts';
import type { Removable, RemovalFilter } from '../store/removal.ts';
import type { Context, ExitCode } from './command.ts';
import { withDatabase } from './database.ts';
import { bytes, count, counted, listed } from './format.ts';
import type { Output } from './output.ts';

type Given = Pick<Context<'dryRun' | 'log' | 'json'>, 'settings' | 'flags' | 'output' | 'signal'>;

const totals = (found: readonly Removable[]) => ({
  partitions: found.length,
  rows: found.reduce((sum, { rows }) => sum + rows, 0),
  bytes: found.reduce((sum, { bytes: size }) => sum + size, 0),
});

const totalsText = (found: readonly Removable[]): string => {
  const { partitions, rows, bytes: size } = totals(found);
  return `${counted(partitions, 'partition')}, ${count(rows)} rows, ${bytes(size)}`;
};

/** A line for each family. */
function print(output: Output, found: readonly Removable[]): void {
  for (const [family, own] of Map.groupBy(found, one => one.family)) {
    const months = own.map(({ month }) => month).sort();
    const symbols = [...new Set(own.map(({ symbol }) => symbolText(symbol)))];
    const span = months[0] === months.at(-1) ? months[0] : `${months[0]} to ${months.at(-1)}`;
    output.line(`  ${family}: ${listed(symbols)} ${span}: ${totalsText(own)}`);
  }
}

/** Says what a filter leaves of a set, and removes it unless it is a dry run. */
export async function removeChosen(
  { settings, flags, output, signal }: Given,
  command: string,
  choose: (find: (filter: Partial<RemovalFilter>) => Promise<Removable[]>) => Promise<Removable[]>,
): Promise<ExitCode> {
  const { values } = await settings();
  const { findRemovable, removePartitions } = await import('../store/removal.ts');
  const { ofOthers } = await import('../store/locks.ts');
  const { RunLogFile, eventRecord } = await import('./runLogFile.ts');
  const frame = { command, set: values.set, schema: values.schema };
  const log = RunLogFile.open(flags.log, frame, text => output.note(text));
  return withDatabase<ExitCode>({ settings }, async database => {
    const client = await database.connect();
    const { set, schema } = values;
    const found = await choose(filter => findRemovable(client, { set, schema, ...filter })).finally(() =>
      client.end(),
    );
    const dryRun = flags.dryRun ?? false;
    if (output.json && dryRun) for (const one of found) output.object({ kind: 'partition', ...one });
    let gone = 0;
    if (!dryRun) {
      await removePartitions(database, set, found, {
        signal,
        onWait: ofOthers(database, holder => output.note(`waiting for ${holder}`)),
        onRemoved: removed => {
          gone += removed.length;
          for (const one of removed) log.write(eventRecord({ kind: 'removed', ...one }));
          if (output.json) for (const one of removed) output.object({ kind: 'partition', ...one });
          else output.note(`${count(gone)} of ${counted(found.length, 'partition')} removed`);
        },
      }).catch(log.fail);
    }
    log.end({ dryRun, ...totals(found), interrupted: signal.aborted });
    if (output.json) {
      output.object({ kind: 'report', dryRun, ...totals(found) });
      return 0;
    }
    print(output, found);
    output.line(`${dryRun ? 'would remove' : 'removed'} ${totalsText(found)}`);
    return 0;
  });
}

/** Partitions of all pairs are left alone where pairs are named: they cannot lose one of them. */
export const withoutShared = (found: readonly Removable[]): Removable[] =>
  found.filter(({ symbol }) => symbol !== allSymbols);
