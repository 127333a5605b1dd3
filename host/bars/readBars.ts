import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { WindrowError } from '../errors.ts';
import { readFile } from './readFile.ts';
import { rejectsSuffix } from './rejects.ts';
import { normaliseSymbol, symbolOfFile } from './symbol.ts';
import type { BarBatch, FileReport, ReadOptions } from './types.ts';
import { openZone } from './zone.ts';

type Input = { readonly file: string; readonly symbol: string; readonly rejectsName: string };

type FileReader = AsyncGenerator<BarBatch, FileReport, undefined>;

/**
 * Bars of many files, several symbols side by side. Batches of one symbol come in the order of its files and lines, so
 * a consumer that writes them in that order ends with the last word on every bar. Memory is bounded by two months per
 * symbol at work.
 *
 * Paths, symbols and zone are checked before anything is read. A file that breaks off does not stop the others: it is
 * in its report, and thrown after the last batch. Rejects files of earlier runs among the paths are passed over.
 */
export async function* readBars(
  paths: readonly string[],
  options: ReadOptions = {},
): AsyncGenerator<BarBatch, void, undefined> {
  const inputs = await inspect(paths, options);
  const bySymbol = [...Map.groupBy(inputs, input => input.symbol).values()];
  const failures: WindrowError[] = [];
  const onReport = (report: FileReport): void => {
    if (report.error) failures.push(report.error);
    options.onFile?.(report);
  };
  yield* sideBySide(
    bySymbol.map(files => () => readInTurn(files, options, onReport)),
    Math.max(1, options.parallel ?? 4),
  );
  const [first] = failures;
  if (!first) return;
  if (failures.length === 1) throw first;
  throw new WindrowError(
    'WR_FILES_BROKEN',
    { broken: failures.length, files: inputs.length, first: first.message },
    { cause: new AggregateError(failures) },
  );
}

const inspect = async (paths: readonly string[], options: ReadOptions): Promise<Input[]> => {
  checkOptions(options);
  const given = options.symbol === undefined ? undefined : normaliseSymbol(options.symbol);
  const names = new Map<string, number>();
  const inputs: Input[] = [];
  for (const file of paths) {
    if (file.endsWith(rejectsSuffix)) continue;
    const what = await stat(file).then(
      found => (found.isFile() ? undefined : 'is not a file'),
      (error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${error.message}`,
    );
    if (what) throw new WindrowError('WR_FILE_MISSING', { file, what });
    // Files of one name from different folders must not share a rejects file in one folder.
    const name = basename(file);
    const times = (names.get(name) ?? 0) + 1;
    names.set(name, times);
    const rejectsName = times === 1 ? name : `${name}.${times}`;
    inputs.push({ file, symbol: given ?? symbolOfFile(file, options.symbolPattern), rejectsName });
  }
  return inputs;
};

const checkOptions = ({ zone, delimiter, symbolPattern }: ReadOptions): void => {
  const refuse = (setting: string, expects: string, found: string, cause?: unknown): never => {
    throw new WindrowError('WR_SETTING_INVALID', { setting, expects, found: `"${found}"` }, { cause });
  };
  if (zone !== undefined) openZone(zone);
  if (delimiter !== undefined && (delimiter.length !== 1 || delimiter > '~')) {
    refuse('--delimiter', 'one ASCII character', delimiter);
  }
  try {
    if (symbolPattern !== undefined) new RegExp(symbolPattern);
  } catch (cause) {
    refuse('--symbol-pattern', 'a regular expression', String(symbolPattern), cause);
  }
};

async function* readInTurn(
  inputs: readonly Input[],
  options: ReadOptions,
  onReport: (report: FileReport) => void,
): AsyncGenerator<BarBatch, void, undefined> {
  for (const { file, symbol, rejectsName } of inputs) {
    onReport(yield* readFile(file, symbol, options, rejectsName) as FileReader);
  }
}

/** Runs at most `limit` of the sequences at once; each is one item ahead of the consumer. */
async function* sideBySide<T>(
  sources: readonly (() => AsyncGenerator<T, void, undefined>)[],
  limit: number,
): AsyncGenerator<T, void, undefined> {
  type Step = {
    readonly source: AsyncGenerator<T, void, undefined>;
    readonly result: IteratorResult<T, void>;
  };
  const waiting = [...sources];
  const active = new Map<AsyncGenerator<T, void, undefined>, Promise<Step>>();
  const advance = (source: AsyncGenerator<T, void, undefined>): void => {
    const step = source.next().then(result => ({ source, result }));
    step.catch(() => {}); // it is awaited below, or given up together with another that failed
    active.set(source, step);
  };
  const start = (): void => {
    const next = waiting.shift();
    if (next) advance(next());
  };
  try {
    for (let i = 0; i < limit; i++) start();
    while (active.size > 0) {
      const { source, result } = await Promise.race(active.values());
      if (result.done) {
        active.delete(source);
        start();
        continue;
      }
      advance(source);
      yield result.value;
    }
  } finally {
    await Promise.allSettled([...active.keys()].map(source => source.return()));
  }
}
