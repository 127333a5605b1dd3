import { WindrowError } from '../../errors.ts';
import { command } from '../command.ts';
import { databaseOptions } from '../options.ts';
import type { FindRows } from '../rowRemoval.ts';
import { configuredSet } from '../set.ts';

export const retention = command({
  name: 'retention',
  summary: 'remove stored features that are older than so many months',
  details:
    'As "windrow drop" of all months but the newest ones: counted back from the newest month that the ledger has of the set, which is not always the present one. Bars stay. A backfill computes what was removed again, unless it is told --from. Of a set that is kept row by row: whole months of all symbols, counted back from the newest that has rows; an update leaves them away unless bars of theirs are corrected, or it is told --force. Look first: --dry-run.',
  options: ['set', 'families', 'keep', 'dryRun', 'log', 'json', ...databaseOptions],
  examples: [
    { line: 'windrow retention --keep 24 --dry-run', what: 'what is older than two years' },
    { line: 'windrow retention --keep 24', what: 'for cron, once a month' },
    { line: 'windrow retention --set stocks-hourly --keep 12', what: 'the rows of a year' },
  ],
  async run(context) {
    const { flags } = context;
    const resolved = await context.settings();
    const { removeChosen } = await import('../removal.ts');
    const { lastToRemove } = await import('../../store/removal.ts');
    const set = await configuredSet(resolved);
    const { keep } = flags;
    if (keep === undefined)
      throw new WindrowError('WR_USAGE', {
        what: 'name how many months stay: "--keep"',
        command: 'windrow retention',
      });
    if (set.layout.kind === 'rows') {
      if (flags.families !== undefined) {
        const what = `option "--families": a row of set ${set.name} has all families`;
        throw new WindrowError('WR_USAGE', { what, command: 'windrow retention' });
      }
      const { removeChosenRows } = await import('../rowRemoval.ts');
      const choose = async (find: FindRows) => {
        const all = await find({});
        const filled = all.filter(({ rows }) => rows > 0).map(({ month }) => month);
        const to = lastToRemove(filled, keep);
        return to === undefined ? [] : all.filter(({ month }) => month <= to);
      };
      return removeChosenRows(context, set, {
        command: 'retention',
        forGood: true,
        choose,
      });
    }
    return removeChosen(context, 'retention', async find => {
      const to = lastToRemove(
        (await find({})).map(({ month }) => month),
        keep,
      );
      return to === undefined ? [] : find({ families: resolved.values.families, to });
    });
  },
});
