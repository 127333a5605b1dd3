import type { SyntheticMonth } from '../../bars/index.ts';
import type { Database } from '../../store/database.ts';
import { type Context, command, type ExitCode } from '../command.ts';
import { withDatabase } from '../database.ts';
import { count, counted, duration, listed } from '../format.ts';
import { databaseOptions, type OptionName } from '../options.ts';

const options = [
  'pairs',
  'from',
  'to',
  'seed',
  'csv',
  'force',
  'dryRun',
  'log',
  'json',
  ...databaseOptions,
] as const;

type Flags = Context<(typeof options)[number] & OptionName>['flags'];

export type Market = {
  readonly pairs: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly seed: number;
};

/** Raised before bars of another origin would be replaced by generated ones. */
export async function refuseForeign(
  database: Database,
  schema: string,
  months: readonly SyntheticMonth[],
): Promise<void> {
  const { occupiedMonth } = await import('../occupied.ts');
  const occupied = await occupiedMonth(database, schema, months);
  if (occupied === undefined) return;
  const { WindrowError } = await import('../../errors.ts');
  const { symbol, month } = occupied;
  throw new WindrowError('WR_OCCUPIED', { source: `${schema}.market_data`, symbol, month });
}

async function marketOf(flags: Flags): Promise<Market> {
  const { parseMonth } = await import('../../bars/calendar.ts');
  const { WindrowError } = await import('../../errors.ts');
  const required = (name: string): never => {
    const values = { what: `option "${name}" is required`, command: 'windrow generate' };
    throw new WindrowError('WR_USAGE', values);
  };
  const {
    pairs = required('--pairs <list>'),
    from = required('--from <month>'),
    to = from,
    seed = 1,
  } = flags;
  if (parseMonth(from) > parseMonth(to)) throw new WindrowError('WR_RANGE', { from, to });
  return { pairs: pairs.map(pair => pair.toLowerCase().replace('/', '')), from, to, seed };
}

async function writeFiles(folder: string, market: Market): Promise<{ rows: number; files: string[] }> {
  const { makeFolder } = await import('../../folders.ts');
  const { join } = await import('node:path');
  const { bidAskColumns, generateBars, writeCsv } = await import('../../bars/index.ts');
  await makeFolder(folder);
  const files: string[] = [];
  let rows = 0;
  for (const pair of market.pairs) {
    const file = join(folder, `${pair}.csv.gz`);
    rows += await writeCsv(file, generateBars({ ...market, pairs: [pair] }), { columns: bidAskColumns });
    files.push(file);
  }
  return { rows, files };
}

async function run(context: Context<(typeof options)[number]>): Promise<ExitCode> {
  const { flags, output, signal } = context;
  const settings = (await context.settings()).values;
  const market = await marketOf(flags);
  const { generateBars } = await import('../../bars/index.ts');
  const { RunLogFile } = await import('../runLogFile.ts');
  const frame = { command: 'generate', set: 'fx', schema: settings.schema };
  const log = RunLogFile.open(flags.log, frame, text => output.note(text));
  const start = performance.now();
  if (flags.csv !== undefined && !flags.dryRun) {
    const { rows, files } = await writeFiles(flags.csv, market).catch(log.fail);
    log.end({ rows, files, interrupted: signal.aborted });
    if (output.json) output.object({ kind: 'report', rows, files });
    else output.line(`${counted(rows, 'bar')} in ${listed(files)} (read them with --quotes bid-ask)`);
    return 0;
  }
  const months = [...generateBars(market)];
  const rows = months.reduce((sum, { bars }) => sum + bars.time.length, 0);
  if (flags.dryRun) {
    if (output.json) output.object({ kind: 'report', dryRun: true, rows, months: months.length });
    else
      output.line(
        `would make ${counted(rows, 'bar')}: ${counted(months.length, 'month')} of ${listed(market.pairs)}`,
      );
    return 0;
  }
  const { loadBars } = await import('../../ingest/loadBars.ts');
  const written = await withDatabase(context, async database => {
    if (!flags.force) await refuseForeign(database, settings.schema, months);
    return loadBars(database, months, { schema: settings.schema, signal });
  }).catch(log.fail);
  const tookMs = performance.now() - start;
  log.end({ rows, ...written, tookMs, interrupted: signal.aborted });
  if (output.json) output.object({ kind: 'report', rows, ...written, tookMs });
  else {
    const { inserted, replaced, unchanged } = written;
    const what = `${counted(inserted, 'new bar')}, ${count(replaced)} replaced, ${count(unchanged)} unchanged`;
    output.line(`${what} of ${listed(market.pairs)} in ${duration(tookMs)}`);
    output.note(`next: windrow backfill --pairs ${market.pairs.join(',')}`);
  }
  return 0;
}

export const generate = command({
  name: 'generate',
  summary: 'make up a market from a seed and load it',
  details:
    'The same seed gives the same bars on every machine; docs/formats.md describes the model. Bars that are there already and are not the generated ones are not replaced, unless --force says so.',
  options,
  meanings: {
    pairs: 'symbols to make, with commas between',
    from: 'first month, as 2024-07',
    to: 'last month, included (default: the first)',
    force: 'replace bars that were not made by the generator',
  },
  examples: [
    {
      line: 'windrow generate --pairs eurusd,usdjpy --from 2024-07 --to 2024-08',
      what: 'two months of two pairs',
    },
    {
      line: 'windrow generate --pairs eurusd --from 2024-07 --csv made --seed 7',
      what: 'as files, from another seed',
    },
  ],
  run,
});
