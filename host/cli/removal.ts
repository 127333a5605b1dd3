import type pg from 'pg';
import type { Database } from '../store/database.ts';
import type { RemovalOptions } from '../store/removal.ts';
import type { Context, ExitCode } from './command.ts';
import { withDatabase } from './database.ts';
import type { Output } from './output.ts';

export type RemovalContext = Pick<
  Context<'dryRun' | 'log' | 'json'>,
  'settings' | 'flags' | 'output' | 'signal'
>;

/** What a command removes, partitions or rows: how it is found, removed and told. */
export type Removing<T extends object> = {
  readonly command: string;
  /** What an object with --json is of. */
  readonly kind: string;
  readonly find: (client: pg.Client) => Promise<readonly T[]>;
  readonly remove: (database: Database, found: readonly T[], options: RemovalOptions<T>) => Promise<void>;
  /** What the report says beside the totals. */
  readonly said?: () => Readonly<Record<string, unknown>>;
  readonly totals: (found: readonly T[]) => Readonly<Record<string, number>>;
  readonly totalsText: (found: readonly T[]) => string;
  readonly lines: (found: readonly T[]) => readonly string[];
  /** Told of what is gone, of how much. */
  readonly onRemoved?: (gone: number, of: number) => void;
  /** What is to be known of it, by whoever reads the output. */
  readonly closing?: (output: Output, found: readonly T[], dryRun: boolean) => void;
};

/** Says what a choice leaves, and removes it unless it is a dry run. */
export async function removeChosen<T extends object>(
  { settings, flags, output, signal }: RemovalContext,
  removing: Removing<T>,
): Promise<ExitCode> {
  const { values } = await settings();
  const { ofOthers } = await import('../store/locks.ts');
  const { RunLogFile, eventRecord } = await import('./runLogFile.ts');
  const { command, kind, totals, totalsText } = removing;
  const frame = { command, set: values.set, schema: values.schema };
  const log = RunLogFile.open(flags.log, frame, text => output.note(text));
  return withDatabase<ExitCode>({ settings }, async database => {
    const client = await database.connect();
    const found = await removing.find(client).finally(() => client.end());
    const dryRun = flags.dryRun ?? false;
    const tell = (one: T): void => {
      if (output.json) output.object({ kind, ...one });
    };
    let gone = 0;
    if (dryRun) found.forEach(tell);
    else {
      await removing
        .remove(database, found, {
          signal,
          onWait: ofOthers(database, holder => output.note(`waiting for ${holder}`)),
          onRemoved: removed => {
            gone += removed.length;
            for (const one of removed) log.write(eventRecord({ kind: 'removed', ...one }));
            removed.forEach(tell);
            if (!output.json) removing.onRemoved?.(gone, found.length);
          },
        })
        .catch(log.fail);
    }
    const said = { ...totals(found), ...removing.said?.() };
    log.end({ dryRun, ...said, interrupted: signal.aborted });
    if (output.json) {
      output.object({ kind: 'report', dryRun, ...said });
      return 0;
    }
    for (const line of removing.lines(found)) output.line(`  ${line}`);
    output.line(`${dryRun ? 'would remove' : 'removed'} ${totalsText(found)}`);
    removing.closing?.(output, found, dryRun);
    return 0;
  });
}
