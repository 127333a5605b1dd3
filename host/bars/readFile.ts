import { type BarColumn, barColumns } from '../catalog/bars.ts';
import { WindrowError } from '../errors.ts';
import { formatTime } from './calendar.ts';
import { type Collected, createCollector } from './collect.ts';
import { BrokenGzip, openFile } from './fileBytes.ts';
import { type Form, recognise, splitFields } from './form.ts';
import { type Layout, planLayout } from './layout.ts';
import { createTimeParser } from './parseTime.ts';
import { createRejectsFile, type RejectsFile } from './rejects.ts';
import { createScanner, type Scanner } from './scan.ts';
import { pointSize } from './symbol.ts';
import type { BarBatch, FileCounts, FileReport, ReadOptions, RejectCause } from './types.ts';
import { openZone } from './zone.ts';

const lineLimitBytes = 1 << 20;
const sampleLines = 64;
const sampleBytes = 1 << 16;

const encoder = new TextEncoder();

/**
 * The bars of one file, in batches; then its report. A file that cannot be read to its end delivers what comes before
 * the break and names the error in the report; with `strict`, the first bad line is thrown.
 */
export async function* readFile(
  file: string,
  symbol: string,
  options: ReadOptions,
  rejectsName?: string,
): AsyncGenerator<BarBatch, FileReport, undefined> {
  const started = performance.now();
  const rejects = createRejectsFile(file, options.rejectsDir, rejectsName);
  const state: State = {
    rejected: {},
    rows: 0,
    equalDuplicates: 0,
    first: Number.NaN,
    last: Number.NaN,
    columns: new Set(),
  };
  const { pieces, progress } = openFile(file);
  let reading: Reading | undefined;
  let error: WindrowError | undefined;

  const counts = (): FileCounts => ({
    lines: reading?.scanner.seen.lines ?? 0,
    rows: state.rows,
    rejected: { ...state.rejected },
    equalDuplicates: state.equalDuplicates,
    unsorted: reading?.scanner.seen.unsorted ?? 0,
    bytes: progress.bytes,
  });
  const soFar = () => ({ line: reading?.scanner.seen.lines ?? 0, rows: state.rows });
  const batch = (made: Collected): BarBatch => {
    settle(made, state, reading as Reading, options.strict ?? false);
    return { symbol, month: made.month, bars: made.bars, file, counts: counts() };
  };

  try {
    let carry: Uint8Array = new Uint8Array(0);
    try {
      for await (const piece of pieces) {
        options.signal?.throwIfAborted();
        carry = carry.length === 0 ? piece : Buffer.concat([carry, piece]);
        if (!reading) {
          if (carry.length < sampleBytes) continue;
          reading = begin(file, symbol, carry, options, state, rejects);
        }
        carry = carry.subarray(reading.scanner.scan(carry));
        if (carry.length > lineLimitBytes) throw lineTooLong(file, reading.scanner.seen.lines + 1);
        while (reading.collector.ready.length > 0) yield batch(reading.collector.ready.shift() as Collected);
        await rejects.flush();
      }
    } catch (cause) {
      error = asBreak(file, cause);
      if (!error) throw cause;
      // The last line may be cut anywhere: only whole lines count.
      carry = carry.subarray(0, carry.lastIndexOf(0x0a) + 1);
    }
    if (carry.length > 0 && carry.at(-1) !== 0x0a) carry = Buffer.concat([carry, encoder.encode('\n')]);
    if (carry.length > 0 || (!reading && !error)) {
      reading ??= begin(file, symbol, carry, options, state, rejects);
      reading.scanner.scan(carry);
    }
    if (reading) {
      reading.collector.finish();
      while (reading.collector.ready.length > 0) yield batch(reading.collector.ready.shift() as Collected);
    }
    await rejects.flush();
    if (error) error = new WindrowError(error.code, { ...error.values, ...soFar() }, { cause: error.cause });
    else if (state.rows === 0 && Object.keys(state.rejected).length === 0) {
      error = new WindrowError('WR_FILE_EMPTY', { file });
    }
  } catch (cause) {
    if (!(cause instanceof WindrowError) || cause.code === 'WR_BAR_LINE') throw cause;
    error = cause;
    await rejects.flush();
  } finally {
    await pieces.return();
    await rejects.close();
  }
  return {
    ...counts(),
    file,
    symbol,
    format: reading?.form.name ?? '',
    zone: reading?.zone ?? '',
    columns: barColumns.filter(name => state.columns.has(name)),
    first: state.first,
    last: state.last,
    ...(rejects.path ? { rejectsFile: rejects.path } : {}),
    notes: reading?.notes ?? [],
    ...(error ? { error } : {}),
    tookMs: performance.now() - started,
  };
}

/** The error of a file that cannot be read on; undefined where something else went wrong. */
const asBreak = (file: string, cause: unknown): WindrowError | undefined => {
  if (cause instanceof BrokenGzip)
    return new WindrowError('WR_GZIP_BROKEN', { file, what: cause.what }, { cause });
  if (cause instanceof WindrowError) return cause.code === 'WR_FILE_NOT_CSV' ? cause : undefined;
  // No right to open it, a folder that went away, a bad disk.
  if (!(cause instanceof Error) || !('syscall' in cause)) return undefined;
  return new WindrowError('WR_FILE_MISSING', { file, what: `cannot be read: ${cause.message}` }, { cause });
};

const lineTooLong = (file: string, line: number): WindrowError => {
  const what = `line ${line} is longer than ${lineLimitBytes} bytes`;
  return new WindrowError('WR_FILE_NOT_CSV', { file, what, hint: 'CSV and gzipped CSV can be imported' });
};

type State = {
  rejected: Partial<Record<RejectCause, number>>;
  rows: number;
  equalDuplicates: number;
  first: number;
  last: number;
  readonly columns: Set<BarColumn>;
};

type Reading = {
  readonly form: Form;
  readonly zone: string;
  readonly notes: readonly string[];
  readonly scanner: Scanner;
  readonly collector: ReturnType<typeof createCollector>;
  readonly reject: (cause: RejectCause, detail: string, line: number, text: string) => void;
};

/** Recognises the form by the first lines and prepares to read all of them by it. */
const begin = (
  file: string,
  symbol: string,
  head: Uint8Array,
  options: ReadOptions,
  state: State,
  rejects: RejectsFile,
): Reading => {
  const text = new TextDecoder().decode(head.subarray(0, sampleBytes));
  const whole = head.length > sampleBytes ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
  const lines = whole
    .split(/\r?\n/)
    .filter(line => line.trim() !== '')
    .slice(0, sampleLines);
  const form = recognise(file, lines, options);
  const data = lines.slice(form.header ? 1 : 0).map(line => splitFields(line, form.delimiter));
  const layout = planLayout(file, form.roles, spreadIsPoints(form, data), options.quotes);
  const notes: string[] = [];

  const times = createTimeParser(options.dateOrder);
  const local = data.map(fields => sampleTime(fields, layout, times)).filter(time => !Number.isNaN(time.at));
  const needsZone = local.some(time => !time.isStated);
  // one that was given is checked before
  const zone = openZone(options.zone ?? form.zone ?? 'UTC', `file "${file}": `);
  if (needsZone && !options.zone && !form.zone) notes.push('no time zone is given: times are taken as UTC');
  if (layout.bidFromBar && !options.quotes)
    notes.push('open to close are taken as the bid bar, as there are ask columns only');
  const point = options.pointSize ?? pointSize(symbol);
  if (form.roles.includes('spread') && !point && options.quotes !== 'none' && spreadIsPoints(form, data)) {
    notes.push('the spread in points is left out: the size of a point is not known for this symbol');
  }

  const reject = (cause: RejectCause, detail: string, line: number, lineText: string): void => {
    if (options.strict) throw new WindrowError('WR_BAR_LINE', { file, line, detail });
    state.rejected[cause] = (state.rejected[cause] ?? 0) + 1;
    rejects.add(cause, detail, line, lineText);
  };
  const collector = createCollector(layout, point);
  const scanner = createScanner({
    layout,
    delimiter: form.delimiter.charCodeAt(0),
    header: form.header,
    times,
    zone,
    labelShift:
      options.label === 'end'
        ? barLength(
            file,
            local.map(time => time.at),
            options,
          )
        : 0,
    target: { bar: collector.add, reject },
  });
  return { form, zone: needsZone ? zone.name : '', notes, scanner, collector, reject };
};

/** Whole numbers are points, as MetaTrader writes them; fractions are a price. */
const spreadIsPoints = (form: Form, data: readonly (readonly string[])[]): boolean => {
  const field = form.roles.indexOf('spread');
  return !data.some(
    fields => Number.isFinite(Number(fields[field])) && !Number.isInteger(Number(fields[field])),
  );
};

const sampleTime = (
  fields: readonly string[],
  layout: Layout,
  times: ReturnType<typeof createTimeParser>,
) => {
  const clock = layout.clock < 0 ? '' : ` ${fields[layout.clock]?.trim()}`;
  const bytes = encoder.encode(`${fields[layout.time]?.trim()}${clock}`);
  const at = times.parse(bytes, 0, bytes.length);
  return { at, isStated: times.dateOnly || !Number.isNaN(times.offsetMinutes) };
};

/** Microseconds of a bar: what is given, else the smallest step of the first lines. */
const barLength = (file: string, times: readonly number[], options: ReadOptions): number => {
  if (options.intervalMinutes) return options.intervalMinutes * 60_000_000;
  const steps = times.slice(1).map((time, i) => Math.abs(time - (times[i] as number)));
  const smallest = Math.min(...steps.filter(step => step > 0));
  if (!Number.isFinite(smallest)) throw new WindrowError('WR_LABEL_INTERVAL', { file });
  return smallest;
};

/** Counts a finished batch, and rejects the lines that lost against a later one. */
const settle = (made: Collected, state: State, reading: Reading, strict: boolean): void => {
  for (const { line, by, time, values } of made.superseded) {
    const at = formatTime(time);
    // The line to correct is the later one where reading stops, the earlier one where that is put aside.
    const [culprit, other] = strict ? [by, line] : [line, by];
    const text = [at, ...values.map(value => (Number.isNaN(value) ? '' : String(value)))].join(',');
    reading.reject('different duplicate', `line ${other} has other values for ${at}`, culprit, text);
  }
  const { time, columns } = made.bars;
  state.rows += time.length;
  state.equalDuplicates += made.equalDuplicates;
  for (const name of Object.keys(columns)) state.columns.add(name as BarColumn);
  const [first, last] = [time[0] as number, time[time.length - 1] as number];
  if (!(first >= state.first)) state.first = first;
  if (!(last <= state.last)) state.last = last;
};
