import { WindrowError } from '../../errors.ts';
import { command } from '../command.ts';
import { databaseOptions } from '../options.ts';
import { configuredSet } from '../set.ts';

export const retention = command({
  name: 'retention',
  summary: 'remove stored features that are older than so many months',
  details:
    'As "windrow drop" of all months but the newest ones: counted back from the newest month that the ledger has of the set, which is not always the present one. Bars stay. A backfill computes what was removed again, unless it is told --from. Of a set that is kept row by row: whole months of all symbols, counted back from the newest that has rows, and for good: the first month that is kept is noted, and no update computes a row before it, whatever bars come in or are corrected, with --force neither. The next "windrow retention" replaces what is noted; where more months are to be kept than before, or all again (--all), the next update computes them. Look first: --dry-run.',
  options: ['set', 'families', 'keep', 'all', 'dryRun', 'log', 'json', ...databaseOptions],
  meanings: { all: 'keep all rows again (sets that are kept row by row)' },
  examples: [
    { line: 'windrow retention --keep 24 --dry-run', what: 'what is older than two years' },
    { line: 'windrow retention --keep 24', what: 'for cron, once a month' },
    { line: 'windrow retention --set stocks-hourly --keep 12', what: 'the rows of a year' },
    { line: 'windrow retention --set stocks-hourly --all', what: 'rows of any age, from the next update on' },
  ],
  async run(context) {
    const { flags } = context;
    const resolved = await context.settings();
    const { firstToKeep } = await import('../../store/removal.ts');
    const set = await configuredSet(resolved);
    const { keep, all = false } = flags;
    const reject = (what: string): never => {
      throw new WindrowError('WR_USAGE', { what, command: 'windrow retention' });
    };
    if (all && keep !== undefined) reject('options "--keep" and "--all" say two things');
    if (!all && keep === undefined) reject('name how many months stay: "--keep"');
    if (set.layout.kind === 'rows') {
      if (flags.families !== undefined)
        reject(`option "--families": a row of set ${set.name} has all families`);
      const { removeChosenRows } = await import('../rowRemoval.ts');
      return removeChosenRows(context, 'retention', async find => {
        if (all) return { found: [], keptSince: 'all' };
        const there = await find({});
        const filled = there.filter(({ rows }) => rows > 0).map(({ month }) => month);
        const keptSince = firstToKeep(filled, keep!);
        const found = keptSince === undefined ? [] : there.filter(({ month }) => month < keptSince);
        return { found, keptSince };
      });
    }
    if (all) reject(`option "--all": what a backfill of set ${set.name} computes is said by "--from"`);
    const { removeChosenPartitions } = await import('../partitionRemoval.ts');
    return removeChosenPartitions(context, 'retention', async find => {
      const first = firstToKeep(
        (await find({})).map(({ month }) => month),
        keep!,
      );
      if (first === undefined) return [];
      const found = await find({ families: resolved.values.families });
      return found.filter(({ month }) => month < first);
    });
  },
});
