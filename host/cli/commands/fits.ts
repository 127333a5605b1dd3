import type { FeatureSet } from '../../catalog/set.ts';
import { command, type ExitCode } from '../command.ts';
import { fitRows, modelsOf } from '../fitsView.ts';
import { counted } from '../format.ts';
import { databaseOptions, rangeOptions } from '../options.ts';
import { withSelection } from '../selection.ts';
import { configuredSet } from '../set.ts';

/** Raises that the set has no such model. */
async function checkModel(set: FeatureSet, model: string): Promise<void> {
  const known = modelsOf(set).map(({ name }) => name);
  if (known.includes(model)) return;
  const { WindrowError } = await import('../../errors.ts');
  const { suggest } = await import('../../suggest.ts');
  const suggestion = suggest(model, known);
  throw new WindrowError('WR_MODEL_UNKNOWN', { model, set: set.name, suggestion, known: known.join(', ') });
}

export const fits = command({
  name: 'fits',
  summary: 'list fitted models and their parameters',
  details:
    'What features that rest on a model were computed with: per symbol the fit of each month or hour, whether it converged, on how many rows, its likelihood and its parameters, as the last backfill stored them. They are in the table windrow.model_fits; "windrow explain FEATURE" names the model of a feature.',
  options: ['set', ...rangeOptions, 'model', 'json', ...databaseOptions],
  meanings: {
    pairs: 'symbols, with commas between (default: all)',
    from: 'first month in which fits are applied (default: the first there is)',
    to: 'last such month, included (default: the last there is)',
  },
  examples: [
    { line: 'windrow fits --pairs eurusd', what: 'all models of one pair' },
    { line: 'windrow fits --model garch_rate --from 2024-07 --to 2024-12', what: 'one model, six months' },
    { line: 'windrow fits --json | jq -c "select(.converged | not)"', what: 'those without a fit' },
  ],
  run: context =>
    withSelection<ExitCode>(context, async (database, values) => {
      const { flags, output } = context;
      const set = await configuredSet(await context.settings());
      if (flags.model !== undefined) await checkModel(set, flags.model);
      const { readFits } = await import('../../store/modelFits.ts');
      const client = await database.connect();
      const found = await (async () => {
        const { pairs: symbols, families, schema = 'public' } = values;
        const { from, to, model } = flags;
        return readFits(client, { set: set.name, schema, symbols, families, model, from, to });
      })().finally(() => client.end());
      if (output.json) {
        for (const fit of found) output.object({ kind: 'fit', ...fit });
        return 0;
      }
      if (found.length === 0) {
        output.note('no fit of such a model is stored here; a backfill of its family stores them');
        return 0;
      }
      const { printTable } = await import('../table.ts');
      printTable(output, {
        head: ['pair', 'model', 'from (UTC)', 'rows', 'log-likelihood', 'parameters'],
        rows: fitRows(set, found),
        right: [3, 4],
      });
      const without = found.filter(({ converged }) => !converged).length;
      if (without > 0) output.note(`${counted(without, 'model')} without a fit; what rests on it is NULL`);
      return 0;
    }),
});
