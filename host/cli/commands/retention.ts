import { WindrowError } from '../../errors.ts';
import { command } from '../command.ts';
import { databaseOptions } from '../options.ts';
import { configuredSet, requireLayout } from '../set.ts';

export const retention = command({
  name: 'retention',
  summary: 'remove stored features that are older than so many months',
  details:
    'As "windrow drop" of all months but the newest ones: counted back from the newest month that the ledger has of the set, which is not always the present one. Bars stay. A backfill computes what was removed again, unless it is told --from. Look first: --dry-run.',
  options: ['set', 'families', 'keep', 'dryRun', 'json', ...databaseOptions],
  examples: [
    { line: 'windrow retention --keep 24 --dry-run', what: 'what is older than two years' },
    { line: 'windrow retention --keep 24', what: 'for cron, once a month' },
  ],
  async run(context) {
    const { flags } = context;
    const resolved = await context.settings();
    const { removeChosen } = await import('../removal.ts');
    const { lastToRemove } = await import('../../store/removal.ts');
    await requireLayout(await configuredSet(resolved), 'partitions', 'windrow retention');
    const { keep } = flags;
    if (keep === undefined)
      throw new WindrowError('WR_USAGE', {
        what: 'name how many months stay: "--keep"',
        command: 'windrow retention',
      });
    return removeChosen(context, async find => {
      const to = lastToRemove(
        (await find({})).map(({ month }) => month),
        keep,
      );
      return to === undefined ? [] : find({ families: resolved.values.families, to });
    });
  },
});
