import { WindrowError } from '../../errors.ts';
import { command } from '../command.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import { configuredSet } from '../set.ts';

export const drop = command({
  name: 'drop',
  summary: 'remove stored features, with what the ledger knows of them',
  details:
    'Drops partitions of features, their rows in the ledger and their fitted models, in small transactions; bars stay. What is removed is what the ledger has, whether there are bars of it or not, and families that earlier definitions left too. With --pairs, partitions that hold all pairs are left alone, and so is a table that somebody has detached. Of a set that is kept row by row: the rows of these symbols and months, whole partitions where all symbols are meant, and how far they had come, so that the next update computes again what there are bars of, as far back as rows are kept ("windrow retention"). At least one of --pairs, --families, --from, --to and --months must be given, or --all. Look first: --dry-run.',
  options: ['set', ...rangeOptions, 'months', 'all', 'dryRun', 'log', 'json', ...databaseOptions],
  meanings: {
    pairs: 'symbols, with commas between (default: all)',
    from: 'first month, as 2024-07 (default: the first there is)',
    to: 'last month, included (default: the last there is)',
    all: 'everything of the set',
  },
  examples: [
    { line: 'windrow drop --pairs gbpjpy --dry-run', what: 'what there is of a pair; nothing is removed' },
    { line: 'windrow drop --set stocks-hourly --symbols aapl', what: 'all rows of a symbol' },
    {
      line: 'windrow drop --families bqx_base --from 2021-01 --to 2021-06',
      what: 'half a year of one family',
    },
  ],
  async run(context) {
    const { flags } = context;
    const resolved = await context.settings();
    const { checkMonths } = await import('../../store/month.ts');
    const { monthRanges } = await import('../selection.ts');
    const set = await configuredSet(resolved);
    for (const range of monthRanges(flags)) checkMonths(range);
    const { families, from, to, months, all } = flags;
    if ([flags.pairs, families, from, to, months].every(flag => flag === undefined) && !all) {
      const what = 'name what is to be removed, with "--pairs", "--families", "--from", "--to" or "--months"';
      throw new WindrowError('WR_USAGE', {
        what,
        command: 'windrow drop',
        suggestion: '"--all" removes everything; ',
      });
    }
    const { pairs, families: wanted } = resolved.values;
    const symbols = pairs?.map(symbol => symbol.toLowerCase());
    const { requireKnown } = await import('../knownSymbols.ts');
    if (set.layout.kind === 'rows') {
      if (families !== undefined) {
        const why = `a row of set ${set.name} has all families; "windrow sets ${set.name} --off" switches features off`;
        throw new WindrowError('WR_USAGE', { what: `option "--families": ${why}`, command: 'windrow drop' });
      }
      const { removeChosenRows } = await import('../rowRemoval.ts');
      return removeChosenRows(context, 'drop', async (find, client) => {
        await requireKnown(client, resolved.values, set, symbols, symbol => find({ symbols: [symbol] }));
        return { found: await find({ symbols, from, to, months }) };
      });
    }
    const { removeChosenPartitions, withoutShared } = await import('../partitionRemoval.ts');
    return removeChosenPartitions(context, 'drop', async (find, client) => {
      // a family of earlier definitions is known to the ledger alone
      const unknown = (wanted ?? []).filter(name => !set.families.some(family => family.name === name));
      for (const name of unknown) {
        if ((await find({ families: [name] })).length > 0) continue;
        const { familyByName } = await import('../../catalog/catalog.ts');
        familyByName(set, name);
      }
      await requireKnown(client, resolved.values, set, symbols, symbol => find({ symbols: [symbol] }));
      const found = await find({ symbols, families: wanted, from, to, months });
      return symbols === undefined ? found : withoutShared(found);
    });
  },
});
