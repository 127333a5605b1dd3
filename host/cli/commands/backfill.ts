import { command, type ExitCode } from '../command.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import { backfillChoice, withSelection } from '../selection.ts';

export const backfill = command({
  name: 'backfill',
  summary: 'compute features and publish them, partition by partition',
  details:
    'Does what is missing, stale or failed and leaves the rest alone, so the same command continues after any interruption. A partition is published whole or not at all. With --pairs, a family whose partitions hold all pairs is due in the months of these, and then done for all of them. Exit code 1: some partitions failed; they are named with their causes.',
  options: [
    'set',
    ...rangeOptions,
    'source',
    'type',
    'workers',
    'force',
    'taskTimeout',
    'taskMemory',
    'attempts',
    'dryRun',
    'log',
    'json',
    ...databaseOptions,
  ],
  examples: [
    { line: 'windrow backfill', what: 'everything there are bars of' },
    {
      line: 'windrow backfill --pairs audusd,usdjpy --from 2021-01 --to 2021-03',
      what: 'two pairs, three months',
    },
    { line: 'windrow backfill --families bollinger_rate --force', what: 'one family, again' },
    {
      line: 'windrow backfill --source m1_{pair}',
      what: 'from tables of your own; columns as in windrow.config.yaml',
    },
    {
      line: 'windrow backfill --log /var/log/windrow.jsonl',
      what: 'what was done, failed and waited for, with the time of each',
    },
    { line: 'windrow backfill --dry-run', what: 'tasks, partitions, rows, bytes and time; nothing is done' },
  ],
  run: context =>
    withSelection<ExitCode>({ ...context, partitionsOnly: 'windrow backfill' }, async (database, values) => {
      const { flags, output, signal } = context;
      const { backfill: runBackfill, planBackfill } = await import('../../backfill/backfill.ts');
      const { followBackfill, printPlan, printReport } = await import('../backfillView.ts');
      const { createProgress } = await import('../progress.ts');
      const choice = { database, ...backfillChoice(values, flags), force: flags.force };
      if (flags.dryRun) {
        const plan = await planBackfill(choice);
        if (output.json) output.object({ kind: 'plan', dryRun: true, ...plan });
        else printPlan(output, plan);
        return 0;
      }
      const { RunLogFile, backfillRecord } = await import('../runLogFile.ts');
      const log = RunLogFile.open(
        flags.log,
        { command: 'backfill', set: values.set, schema: values.schema },
        text => output.note(text),
      );
      const progress = await createProgress(output, { unit: 'cells' });
      const follow = followBackfill(progress, output);
      const { taskTimeout, taskMemory, attempts } = flags;
      const report = await runBackfill({
        ...choice,
        workers: values.workers,
        taskTimeoutMs: taskTimeout === undefined ? undefined : taskTimeout * 1000,
        taskMemoryMb: taskMemory,
        attempts,
        signal,
        onEvent: event => {
          log.write(backfillRecord(event));
          follow(event);
        },
      })
        .catch(log.fail)
        .finally(() => progress.stop());
      log.end(report);
      if (output.json) {
        for (const model of report.unfitted) output.object({ kind: 'unfitted', ...model });
        output.object({ kind: 'report', ...report });
      } else printReport(output, report);
      return report.failed.length > 0 ? 1 : 0;
    }),
});
