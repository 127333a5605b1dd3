import { command } from '../command.ts';
import { configuredSet } from '../set.ts';

/** What can be measured, by its option; each brings its own table. */
const parts = ['familyCosts'] as const;

export const bench = command({
  name: 'bench',
  summary: 'measure on this machine what features cost',
  details:
    'Without a database, over bars of a made-up market, on one core: each family in a program of its own, with the rows that it looks back and the series of other symbols that it reads, a month of one symbol at a time. Medians of three rounds; what else runs on the machine is measured too. "windrow explain --cost" goes into one family, feature by feature.',
  options: ['set', 'familyCosts', 'json'],
  examples: [
    { line: 'windrow bench --families', what: 'every family, the dearest first' },
    { line: 'windrow bench --families reg_rate,reg_bqx', what: 'two of them' },
    { line: 'windrow bench --families --json', what: 'for a program, an object by family' },
  ],
  async run({ flags, settings, output, signal }) {
    if (parts.every(part => flags[part] === undefined)) {
      const { WindrowError } = await import('../../errors.ts');
      const what = 'name what is to be measured: "--families"';
      throw new WindrowError('WR_USAGE', { what, command: 'windrow bench' });
    }
    const set = await configuredSet(await settings());
    const { showFamilyCosts } = await import('../familyCostView.ts');
    await showFamilyCosts(set, flags.familyCosts === true ? undefined : flags.familyCosts, output, signal);
    return 0;
  },
});
