import type { BackfillReport } from '../../backfill/types.ts';
import type { FeatureSet } from '../../catalog/set.ts';
import type { Database } from '../../store/database.ts';
import { type Context, command, type ExitCode } from '../command.ts';
import { withDatabase } from '../database.ts';
import { bytes, count, counted, duration, large, percent } from '../format.ts';
import { databaseOptions } from '../options.ts';
import type { Output } from '../output.ts';
import type { Sample } from '../sample.ts';
import { refuseForeign } from './generate.ts';

const options = ['seed', 'type', 'workers', 'dryRun', 'json', ...databaseOptions] as const;

const pairs = ['audusd', 'eurusd', 'gbpusd', 'usdjpy'];
const market = { pairs, from: '2024-07', to: '2024-08' };

type Result = {
  readonly report: BackfillReport;
  readonly bars: number;
  readonly set: FeatureSet;
  readonly features: number;
  readonly sample: Sample;
  readonly databaseBytes: number;
  readonly tookMs: number;
};

async function prepareMarket(
  context: Context<(typeof options)[number]>,
  database: Database,
): Promise<number> {
  const { output, flags, signal } = context;
  const { schema } = (await context.settings()).values;
  const { generateBars } = await import('../../bars/index.ts');
  const { loadBars } = await import('../../ingest/loadBars.ts');
  const start = performance.now();
  const months = [...generateBars({ ...market, seed: flags.seed ?? 1 })];
  await refuseForeign(database, schema, months);
  const { inserted } = await loadBars(database, months, { schema, signal });
  const bars = months.reduce((sum, month) => sum + month.bars.time.length, 0);
  const what = inserted > 0 ? 'made and loaded' : 'in place';
  output.note(
    `${count(bars)} minute bars of ${pairs.join(', ')}, ${market.from} to ${market.to}, ${what} in ${duration(performance.now() - start)}`,
  );
  return bars;
}

async function compute(
  context: Context<(typeof options)[number]>,
  database: Database,
): Promise<BackfillReport> {
  const { output, signal } = context;
  const { values } = await context.settings();
  const { backfill } = await import('../../backfill/backfill.ts');
  const { followBackfill } = await import('../backfillView.ts');
  const { createProgress } = await import('../progress.ts');
  const progress = await createProgress(output, { unit: 'cells' });
  const { schema, type, workers } = values;
  // Computed again when it is there already: whoever runs the demonstration wants to see it work.
  const range = { symbols: pairs, from: market.from, to: market.to, force: true };
  const onEvent = followBackfill(progress, output);
  return backfill({ database, ...range, schema, type, workers, signal, onEvent }).finally(() =>
    progress.stop(),
  );
}

/** Flags that make the next command find the same database. */
function placeFlags({ flags }: Context<(typeof options)[number]>): string {
  const given = [
    ['--database-url', flags.databaseUrl],
    ['--data-dir', flags.dataDir],
    ['--schema', flags.schema],
  ] as const;
  return given.flatMap(([flag, value]) => (value === undefined ? [] : [` ${flag} ${value}`])).join('');
}

const cellText = (value: number | null): string =>
  value === null ? 'NULL' : String(Number(value.toPrecision(7)));

async function printSummary(context: Context<(typeof options)[number]>, result: Result): Promise<void> {
  const { output } = context;
  const { report, bars, set, features, sample } = result;
  const { printTable } = await import('../table.ts');
  const { withoutPasswords } = await import('../../secrets.ts');
  output.line();
  output.heading(`${features} features of ${counted(pairs.length, 'pair')}, computed and stored`);
  output.facts([
    ['bars', count(bars)],
    ['rows', `${count(report.rows)} in ${counted(set.families.length, 'table')}`],
    ['features', `${features} in ${counted(set.families.length, 'family', 'families')}`],
    ['partitions', count(report.done)],
    ['cells', `${count(report.cells)}, ${large((report.cells / report.tookMs) * 1000)} per second`],
    ['NULL', `${percent(report.nulls / report.cells)} of the cells`],
    ['COPY', `${percent(report.copyShare)} of the workers' time`],
    ['database', `${bytes(result.databaseBytes)}`],
    ['time', `${duration(report.tookMs)} for the backfill, ${duration(result.tookMs)} in all`],
  ]);
  for (const note of report.notes) output.line(`  ${output.style('dim', `note: ${note}`)}`);
  output.line();
  output.heading(`Three rows of ${sample.symbol}, one feature of each family`);
  printTable(output, {
    head: ['', ...sample.times],
    rows: sample.features.map(({ name, values }) => [`  ${name}`, ...values.map(cellText)]),
    right: sample.times.map((_, index) => index + 1),
  });
  output.line();
  output.heading('Next');
  // a password given on the command line is not repeated
  const place = withoutPasswords(placeFlags(context));
  const feature = sample.features[0]?.name ?? '';
  for (const line of nextCommands(place, feature)) output.line(`  ${line}`);
}

const nextCommands = (place: string, feature: string): string[] => [
  `npx windrow status${place}`,
  `npx windrow explain ${feature}`,
  `npx windrow verify --pairs ${pairs[1]} --months ${market.to}${place}`,
  `npx windrow db psql${place.replace(/ --schema \S+/, '')}`,
  `npx windrow import YOUR_FILES.csv.gz${place}`,
];

async function summarise(
  context: Context<(typeof options)[number]>,
  database: Database,
  made: { readonly report: BackfillReport; readonly bars: number; readonly start: number },
): Promise<Result> {
  const { values } = await context.settings();
  const { featuresOf, setByName } = await import('../../catalog/catalog.ts');
  const { databaseBytes } = await import('../../store/status.ts');
  const { sampleRows } = await import('../sample.ts');
  const set = setByName('fx');
  const sample = await sampleRows(database, set, {
    schema: values.schema,
    symbol: pairs[1] as string,
    rows: 3,
  });
  const client = await database.connect();
  const size = await databaseBytes(client).finally(() => client.end());
  const tookMs = performance.now() - made.start;
  const features = featuresOf(set).length;
  return { report: made.report, bars: made.bars, set, features, sample, databaseBytes: size, tookMs };
}

function printJson(output: Output, { report, bars, features, sample, databaseBytes, tookMs }: Result): void {
  output.object({
    ...report,
    kind: 'report',
    bars,
    features,
    sample,
    databaseBytes,
    backfillMs: report.tookMs,
    tookMs,
  });
}

async function run(context: Context<(typeof options)[number]>): Promise<ExitCode> {
  const { output, flags } = context;
  const start = performance.now();
  if (flags.dryRun) {
    output.line(
      `would make bars of ${pairs.join(', ')}, ${market.from} to ${market.to}, and backfill every family`,
    );
    return 0;
  }
  output.note('opening the database');
  return withDatabase<ExitCode>(context, async database => {
    const where = database.dataDir === undefined ? '' : `, kept in ${database.dataDir}`;
    output.note(`Postgres at ${database.url}${where}`);
    const bars = await prepareMarket(context, database);
    const report = await compute(context, database);
    if (report.interrupted || report.failed.length > 0) {
      const { printReport } = await import('../backfillView.ts');
      if (output.json) output.object({ ...report, kind: 'report' });
      else printReport(output, report);
      return 1;
    }
    const result = await summarise(context, database, { report, bars, start });
    if (output.json) printJson(output, result);
    else await printSummary(context, result);
    return 0;
  });
}

export const demo = command({
  name: 'demo',
  summary: 'show it all on a made-up market: bars, features, tables',
  details:
    'Makes two months of minute bars of four pairs, loads them, computes every feature and shows what came out, in under a minute. Without --database-url it uses the embedded Postgres. The database stays in place, for the commands it names at the end.',
  options,
  examples: [
    { line: 'windrow demo', what: 'in the embedded Postgres' },
    { line: 'windrow demo --data-dir ./try', what: 'in a folder of its own, to be thrown away' },
    { line: 'windrow demo --database-url postgresql://me@localhost/try', what: 'in your own Postgres' },
  ],
  run,
});
