import type { LoggedRun } from '../../store/runLog.ts';
import { command } from '../command.ts';
import { withDatabase } from '../database.ts';
import { count, duration, percent } from '../format.ts';
import { databaseOptions } from '../options.ts';

const symbolsText = ({ symbolsDone, symbolsFailed }: LoggedRun): string =>
  symbolsFailed > 0 ? `${count(symbolsDone)}, ${count(symbolsFailed)} failed` : count(symbolsDone);

export const log = command({
  name: 'log',
  summary: 'list the last runs',
  details:
    'Newest first: when a run began, what it did, how long it took, and why it failed where it did. What runs did symbol by symbol is in the table windrow.run_log.',
  options: ['set', 'last', 'json', ...databaseOptions],
  meanings: { set: 'a set of features (default: all)' },
  examples: [
    { line: 'windrow log', what: 'the last 20 runs' },
    { line: 'windrow log --set stocks-hourly --last 100 --json', what: 'more of them, for a program' },
  ],
  async run(context) {
    const { flags, output } = context;
    const { values, origins } = await context.settings();
    const { setByName } = await import('../../catalog/catalog.ts');
    const set = origins.set.kind === 'flag' ? setByName(values.set).name : undefined;
    const { isMigrated } = await import('../../store/migrate.ts');
    const { readRuns } = await import('../../store/runLog.ts');
    const runs = await withDatabase(context, async database => {
      const client = await database.connect();
      try {
        return (await isMigrated(client)) ? await readRuns(client, { set, last: flags.last ?? 20 }) : [];
      } finally {
        await client.end();
      }
    });
    if (output.json) {
      for (const run of runs) output.object({ kind: 'run', ...run });
      return 0;
    }
    if (runs.length === 0) {
      output.note(`no run${set === undefined ? '' : ` of set ${set}`} is logged here yet`);
      return 0;
    }
    const { printTable } = await import('../table.ts');
    printTable(output, {
      head: ['began (UTC)', 'command', 'set', 'symbols', 'rows', 'NULL', 'took', 'status'],
      rows: runs.map(run => [
        run.startedAt.toISOString().slice(0, 19).replace('T', ' '),
        ...[run.command, run.set, symbolsText(run), count(run.rows), percent(run.nulls / run.cells)],
        ...[duration(run.tookMs), run.cause === null ? run.status : `${run.status}: ${run.cause}`],
      ]),
      right: [3, 4, 5, 6],
    });
    return 0;
  },
});
