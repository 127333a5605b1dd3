import { command, type ExitCode } from '../command.ts';
import { withDatabase } from '../database.ts';
import { databaseOptions } from '../options.ts';
import { configuredSet, requireLayout, updateSetOf } from '../set.ts';

export const update = command({
  name: 'update',
  summary: 'bring the rows of a set up to date after new bars',
  details:
    'For sets that are kept row by row (windrow sets). Finds the bars that are new or corrected since the last run, computes the rows that they touch and writes them. The same again changes nothing. A symbol that fails or takes too long fails alone; exit code 1 then. With --json a line for each symbol and a report as the last; docs/orchestration.md describes them.',
  options: [
    'set',
    'pairs',
    'phases',
    'source',
    'type',
    'workers',
    'force',
    'symbolTimeout',
    'dryRun',
    'log',
    'json',
    ...databaseOptions,
  ],
  meanings: {
    workers: 'worker threads (default: none for little work, else the number of processors)',
    force: 'compute every row again, also what is up to date',
  },
  examples: [
    { line: 'windrow update --set stocks-hourly', what: 'every symbol that has new bars' },
    { line: 'windrow update --set stocks-hourly --symbols aapl,msft --phases 1,2', what: 'a part of it' },
    { line: 'windrow update --set stocks-hourly --json', what: 'for the program that started it' },
    {
      line: 'windrow update --set stocks-hourly --force',
      what: 'again from the beginning, after a change of definitions',
    },
    { line: 'windrow update --set stocks-daily --dry-run', what: 'which symbols have something to do' },
  ],
  async run(context) {
    const { flags, output, signal } = context;
    const resolved = await context.settings();
    const { values, origins } = resolved;
    const set = await configuredSet(resolved);
    await requireLayout(set, 'rows', 'windrow update');
    const { update: runUpdate } = await import('../../update/update.ts');
    const { followUpdate, printUpdate, reportObject } = await import('../updateView.ts');
    const { RunLogFile, updateRecord } = await import('../runLogFile.ts');
    const { createProgress, silent } = await import('../progress.ts');
    return withDatabase<ExitCode>(context, async database => {
      const live = output.json || output.stderr.isTTY === true;
      const progress = live ? await createProgress(output, { unit: 'symbols' }) : silent(output);
      const { symbolTimeout } = flags;
      const log = RunLogFile.open(
        flags.log,
        { command: 'update', set: values.set, schema: values.schema },
        text => output.note(text),
      );
      const follow = followUpdate(progress, output);
      const report = await runUpdate({
        database,
        ...updateSetOf(values),
        symbols: values.pairs,
        phases: flags.phases,
        schema: values.schema,
        source: values.source,
        type: values.type,
        force: flags.force,
        dryRun: flags.dryRun,
        // the number of processors is a default for much work only
        workers: origins.workers.kind === 'default' ? undefined : values.workers,
        symbolTimeoutMs: symbolTimeout === undefined ? undefined : symbolTimeout * 1000,
        signal,
        onEvent: event => {
          log.write(updateRecord(event));
          follow(event);
        },
      })
        .catch(log.fail)
        .finally(() => progress.stop());
      log.end(reportObject(report));
      if (output.json) output.object(reportObject(report));
      else await printUpdate(output, report);
      return report.failed > 0 ? 1 : 0;
    });
  },
});
