import { resolve } from 'node:path';
import type { BarBatch, ReadOptions } from '../../bars/index.ts';
import type { FeatureSet } from '../../catalog/set.ts';
import type { SessionHours, Settings } from '../../config/table.ts';
import { stepText } from '../../store/barSteps.ts';
import { type Context, command, type ExitCode } from '../command.ts';
import { withDatabase } from '../database.ts';
import { bytes, count, counted, duration, listed } from '../format.ts';
import { fileText, followFiles, rejectedLines } from '../importView.ts';
import { databaseOptions, type OptionName } from '../options.ts';

const options = [
  ...['set', 'quotes', 'columns', 'delimiter', 'zone', 'dateOrder', 'label', 'interval'],
  ...['symbol', 'symbolPattern', 'point', 'rejects', 'strict'],
  ...['serverTimeout', 'dryRun', 'log', 'json', ...databaseOptions],
] as const satisfies readonly OptionName[];

type Flags = Context<(typeof options)[number]>['flags'];

function readOptions(flags: Flags, settings: Settings, signal: AbortSignal): ReadOptions {
  const { columns, dateOrder, interval, symbol, symbolPattern, quotes, point, strict } = flags;
  const delimiter = flags.delimiter === '\\t' || flags.delimiter === 'tab' ? '\t' : flags.delimiter;
  const given = {
    ...{ columns, delimiter, dateOrder, symbol, symbolPattern, quotes, strict },
    ...{ zone: settings.zone, label: settings.label, intervalMinutes: interval, pointSize: point },
    rejectsDir: flags.dryRun ? false : settings.rejects,
    signal,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** A batch with its bars outside the session left out; it keeps the count of what was read. */
type Filtered = BarBatch & { readonly asRead: number };

async function* filtered(
  batches: AsyncIterable<BarBatch>,
  session: SessionHours | undefined,
): AsyncGenerator<Filtered> {
  const { insideSession, sessionTest } = await import('../../config/session.ts');
  const isOpen = session === undefined ? undefined : sessionTest(session);
  for await (const batch of batches) {
    const bars = isOpen === undefined ? batch.bars : insideSession(batch.bars, isOpen);
    yield { ...batch, bars, asRead: batch.bars.time.length };
  }
}

const intervalOf = ({ bars }: FeatureSet): number => bars.intervalMinutes * 60_000_000;

/** The command that computes features of what was loaded. */
const nextCommand = ({ name, layout }: FeatureSet, symbols: readonly string[]): string =>
  layout.kind === 'rows' ? `windrow update --set ${name}` : `windrow backfill --pairs ${symbols.join(',')}`;

async function run(context: Context<(typeof options)[number]>): Promise<ExitCode> {
  const { args, flags, output, signal } = context;
  const resolved = await context.settings();
  const settings = resolved.values;
  const { configuredSet } = await import('../set.ts');
  const set = await configuredSet(resolved);
  const { readBars } = await import('../../bars/index.ts');
  const { sets } = await import('../../catalog/catalog.ts');
  const { stat } = await import('node:fs/promises');
  const { createProgress } = await import('../progress.ts');
  const dryRun = flags.dryRun ?? false;
  const start = performance.now();
  // Twice the same path, as overlapping patterns give it, is once the same file.
  const files = [...new Map(args.map(file => [resolve(file), file])).values()];
  const sizes = await Promise.all(
    files.map(file =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const { RunLogFile } = await import('../runLogFile.ts');
  const frame = { command: 'import', set: set.name, schema: settings.schema };
  const log = RunLogFile.open(flags.log, frame, text => output.note(text));
  const progress = log.follow(await createProgress(output, { unit: 'B' }));
  const follow = followFiles(progress, dryRun, totalBytes);
  const read = readBars(files, { ...readOptions(flags, settings, signal), onFile: follow.onFile });
  const batches = filtered(read, settings.session);
  let failure: unknown;
  progress.start(totalBytes);
  try {
    if (dryRun) {
      for await (const batch of batches) {
        const kept = { inserted: batch.bars.time.length, replaced: 0, unchanged: 0 };
        follow.onBatch(batch, batch.asRead, kept);
      }
    } else {
      const { loadBars } = await import('../../ingest/loadBars.ts');
      await withDatabase(context, async database => {
        await loadBars(database, batches, {
          ...{ set: set.name, schema: settings.schema, signal },
          serverTimeoutMs: flags.serverTimeout === undefined ? undefined : flags.serverTimeout * 1000,
          onWritten: (batch, result) => follow.onBatch(batch, batch.asRead, result),
          onWait: ({ symbol, month }, holder) =>
            progress.say(`waiting for ${symbol} ${month}, which is held by ${holder}`, {
              ...{ kind: 'waiting', symbol, month, holder },
            }),
        });
      });
    }
  } catch (error) {
    // What was read before a file broke off is written and reported; then the error is told.
    failure = error;
  } finally {
    progress.stop();
  }
  const { reports } = follow;
  const kept: readonly string[] = set.bars.columns;
  const leftOut = [...new Set(reports.flatMap(({ columns }) => columns))].filter(
    name => !kept.includes(name),
  );
  // By file, since what was written before an error counts too.
  const written = { inserted: 0, replaced: 0, unchanged: 0 };
  for (const tally of dryRun ? [] : follow.tallies.values()) {
    written.inserted += tally.inserted;
    written.replaced += tally.replaced;
    written.unchanged += tally.unchanged;
  }
  const rejected = reports.reduce((sum, report) => sum + rejectedLines(report), 0);
  const symbols = [...new Set(reports.map(report => report.symbol))].sort();
  const rows = reports.reduce((sum, report) => sum + report.rows, 0);
  const tookMs = performance.now() - start;
  const totals = { files: reports.length, symbols, rows, ...written, rejected, bytes: totalBytes, tookMs };
  if (failure === undefined)
    log.end({ dryRun, ...totals, columnsLeftOut: leftOut, interrupted: signal.aborted });
  else log.note(failure);
  if (output.json) {
    output.object({ kind: 'report', dryRun, ...totals, columnsLeftOut: leftOut });
  } else {
    if (output.stderr.isTTY) {
      for (const [, tally] of follow.tallies) {
        if (tally.report !== undefined) output.note(fileText(tally.report, tally, dryRun));
      }
    }
    const { inserted, replaced, unchanged } = written;
    const what = dryRun
      ? `would load ${counted(rows, 'bar')}`
      : `${counted(inserted, 'new bar')}, ${count(replaced)} replaced, ${count(unchanged)} unchanged`;
    if (reports.length === 0 && failure !== undefined) throw failure;
    output.line(
      `${what}${symbols.length > 0 ? ` of ${listed(symbols)}` : ''} from ${counted(reports.length, 'file')} (${bytes(totalBytes)}) in ${duration(tookMs)}`,
    );
    if (rejected > 0) output.line(`${counted(rejected, 'line')} rejected`);
    if (leftOut.length > 0)
      output.note(`left out: ${leftOut.join(', ')}; bars of set ${set.name} have ${kept.join(', ')} only`);
    for (const [step, symbol] of follow.steps) {
      const other = step === intervalOf(set) ? undefined : sets.find(each => step === intervalOf(each));
      if (other !== undefined)
        output.note(
          `bars of ${symbol} are ${stepText(step)} apart, as set ${other.name} has them: --set ${other.name}`,
        );
    }
    if (!dryRun && failure === undefined) output.note(`next: ${nextCommand(set, symbols)}`);
  }
  if (failure !== undefined) throw failure;
  return rejected > 0 ? 1 : 0;
}

export const importBars = command({
  name: 'import',
  summary: 'load bars from CSV files',
  details:
    "Reads CSV and gzipped CSV, many files side by side, into the table that the set reads its bars from. Known forms are recognised: this project's own, MetaTrader 4 and 5, HistData, Dukascopy, Yahoo, Alpha Vantage, Binance; others are described by flags. The same file again changes nothing; a corrected row replaces the old one. Bad lines go to FILE.rejects.csv with their cause, and the exit code is 1 then.",
  argument: { form: '<files...>', summary: 'CSV files, gzipped or not' },
  options,
  meanings: { set: 'set whose bars they are (default: fx)' },
  examples: [
    { line: 'windrow import fx/*.csv.gz', what: 'symbols come from the file names' },
    { line: 'windrow import fx/lean_oanda_*.csv.gz --quotes bid-ask', what: 'open to close are the bid bar' },
    {
      line: 'windrow import EURUSD_M1.csv --zone Europe/Athens',
      what: "times in the clock of the broker's server",
    },
    {
      line: 'windrow import ticks.txt --symbol eurusd --delimiter tab --columns time,open,high,low,close,-,volume',
      what: 'a form of your own; "-" skips a column',
    },
    {
      line: 'windrow import --set stocks-daily daily/*.csv.gz',
      what: 'bars of another set go to its own table',
    },
    {
      line: 'windrow import fx/*.csv --log /var/log/windrow.jsonl',
      what: 'each file with what was new, replaced and rejected',
    },
    { line: 'windrow import fx/*.csv --dry-run', what: 'read and check, load nothing' },
  ],
  run,
});
