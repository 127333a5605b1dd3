import type { CatalogFeature } from '../../catalog/catalog.ts';
import { command, type ExitCode } from '../command.ts';
import { databaseOptions } from '../options.ts';
import { withSelection } from '../selection.ts';
import { setConfigOf } from '../set.ts';

export const report = command({
  name: 'report',
  summary: 'draw features: distribution, NULL by day, a week over the price',
  details:
    'A picture for each feature, from what is stored: how its values are distributed, in what share of the rows of a day it is NULL, and its last week below the price. The database does the counting, so that years take as little memory as a day. PNG needs the optional package @resvg/resvg-js and a font; SVG needs nothing.',
  argument: { form: '<features...>', summary: 'their names, as trend_indicators.macd or macd' },
  options: ['set', 'symbol', 'from', 'to', 'source', 'out', 'format', 'json', ...databaseOptions],
  meanings: {
    symbol: 'the symbol whose rows are drawn (default: the first that has bars)',
    from: 'first month, as 2024-07 (default: the first with rows)',
    to: 'last month, included (default: the last with rows)',
  },
  examples: [
    { line: 'windrow report macd rsi_1d --set stocks-hourly --symbol aapl', what: 'two pictures, here' },
    {
      line: 'windrow report bollinger_rate.w20_bb_percent_b --symbol eurusd --from 2024-07 --to 2024-07 --out pictures --format png',
      what: 'one month of a pair, as PNG',
    },
  ],
  run: context =>
    withSelection<ExitCode>(context, async (database, values) => {
      const { args, flags, output, signal } = context;
      const [{ join }, { makeFolder }, { writeWholeFile }] = await Promise.all([
        import('node:path'),
        import('../../folders.ts'),
        import('../../wholeFile.ts'),
      ]);
      const { findFeature, setByName } = await import('../../catalog/catalog.ts');
      const config = setConfigOf(values);
      const known = setByName(values.set, config);
      const features: CatalogFeature[] = args.map(name => findFeature(known, name));
      const { isMigrated } = await import('../../store/migrate.ts');
      const { importedSource, openSource } = await import('../../store/sources.ts');
      const { noBars } = await import('../../store/symbols.ts');
      const { readFeature } = await import('../../report/readFeature.ts');
      const { drawFeature } = await import('../../report/drawFeature.ts');
      const { pngOf } = await import('../../report/png.ts');
      const { out = '.', format = 'svg', from, to } = flags;
      const { schema } = values;
      const client = await database.connect();
      try {
        if (!(await isMigrated(client))) throw noBars(known, importedSource(schema, known.bars));
        const source = await openSource(client, { set: known.name, schema, ...values.source });
        const symbol = flags.symbol?.toLowerCase().replaceAll('/', '') ?? source.symbols[0];
        if (symbol === undefined) throw noBars(known, source.id);
        await makeFolder(out);
        for (const feature of features) {
          signal.throwIfAborted();
          const query = { set: known, feature, symbol, schema, source, from, to };
          const found = await readFeature(client, query);
          const svg = drawFeature({ set: known.name, symbol, feature }, found);
          const file = join(out, `${feature.qualifiedName}_${symbol}.${format}`);
          await writeWholeFile(file, format === 'png' ? await pngOf(svg) : svg);
          const { rows, nulls } = found;
          if (output.json) {
            output.object({ kind: 'picture', feature: feature.qualifiedName, symbol, file, rows, nulls });
          } else output.line(file);
        }
      } finally {
        await client.end();
      }
      return 0;
    }),
});
