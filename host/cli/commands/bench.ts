import { command } from '../command.ts';
import { configuredSet, setConfigOf } from '../set.ts';

export const bench = command({
  name: 'bench',
  summary: 'measure what features cost on this machine and database',
  details:
    'Computes and encodes a month of the first families of the set on one core, backfills them into the database, and copies the same bytes there without Windrow: the floor that a backfill cannot pass. Takes about a quarter of a minute. Bars are made up; tables are in schemas of its own, windrow_bench_..., which are dropped again with all that was noted of them; what one that was killed has left goes first. With --families, what each family takes, in a program of its own, with the rows that it looks back and the series of other symbols that it reads, without a database; "windrow explain --cost" goes into one family, feature by feature. What else runs on the machine is measured too. npm run bench, in the source tree, measures everything in docs/benchmarks.md.',
  options: ['set', 'familyCosts', 'type', 'workers', 'json', 'databaseUrl', 'dataDir'],
  meanings: { workers: 'connections, at most 4 (default: the number of processors)' },
  examples: [
    {
      line: 'windrow bench',
      what: 'computing, encoding, COPY and a small backfill, in the embedded Postgres',
    },
    { line: 'windrow bench --database-url postgresql://me@localhost/try', what: 'in your own Postgres' },
    { line: 'windrow bench --json', what: 'for a program: the ratio to the floor is "copyFloorRatio"' },
    { line: 'windrow bench --families', what: 'every family, the dearest first' },
    { line: 'windrow bench --families reg_rate,reg_bqx', what: 'two of them' },
    { line: 'windrow bench --families --json', what: 'for a program, an object by family' },
  ],
  async run(context) {
    const { flags, output, signal } = context;
    const resolved = await context.settings();
    const set = await configuredSet(resolved);
    if (flags.familyCosts !== undefined) {
      const { showFamilyCosts } = await import('../familyCostView.ts');
      await showFamilyCosts(set, flags.familyCosts === true ? undefined : flags.familyCosts, output, signal);
      return 0;
    }
    const { shortBench } = await import('../../bench/short.ts');
    const { showBench } = await import('../benchView.ts');
    const { withDatabase } = await import('../database.ts');
    const { values } = resolved;
    const { horizonBits, type, workers } = values;
    const options = {
      ...{ set, setConfig: setConfigOf(values), horizonBits, type, workers, signal },
      onStep: (text: string) => output.note(text),
    };
    const report =
      set.layout.kind === 'partitions'
        ? await withDatabase(context, database => shortBench(database, options))
        : await shortBench(undefined, options);
    showBench(output, report);
    return 0;
  },
});
