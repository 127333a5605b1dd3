import { command } from '../command.ts';
import { withDatabase } from '../database.ts';
import { databaseOptions } from '../options.ts';

export const metrics = command({
  name: 'metrics',
  summary: 'print what runs did as Prometheus metrics',
  details:
    'Counters and gauges by set and symbol, from the log of runs in the database: durations, rows, NULL shares, failures, the last success, and how many bars have no feature row yet. For the textfile collector of the node exporter, or for a service that answers a scrape with it.',
  options: ['set', 'source', ...databaseOptions],
  meanings: { set: 'a set of features (default: every set that has run)' },
  examples: [
    { line: 'windrow metrics', what: 'of every set' },
    {
      line: 'windrow metrics > windrow.prom.new && mv windrow.prom.new /var/lib/node_exporter/windrow.prom',
      what: 'for the textfile collector, after each run',
    },
  ],
  async run(context) {
    const { values, origins } = await context.settings();
    const { metricsText } = await import('../../metrics/metricsText.ts');
    const { setByName } = await import('../../catalog/catalog.ts');
    const set = origins.set.kind === 'flag' ? setByName(values.set).name : undefined;
    const text = await withDatabase(context, database =>
      metricsText(database, { set, source: values.source }),
    );
    context.output.line(text.trimEnd());
    return 0;
  },
});
