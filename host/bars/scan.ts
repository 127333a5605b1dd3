import { barColumns } from '../catalog/bars.ts';
import { microsPerDay } from './calendar.ts';
import { type Layout, pointsSlot, slotCount } from './layout.ts';
import { parseNumber } from './parseNumber.ts';
import type { TimeParser } from './parseTime.ts';
import type { RejectCause } from './types.ts';
import type { ZoneClock } from './zone.ts';

/** Microseconds that a double tells apart, less a week for zones and labels. */
const farthestMicros = 2 ** 53 - 7 * microsPerDay;

export type ScanTarget = {
  bar(time: number, row: Float64Array, line: number): void;
  reject(cause: RejectCause, detail: string, line: number, text: string): void;
};

export type ScanOptions = {
  readonly layout: Layout;
  readonly delimiter: number;
  readonly header: boolean;
  readonly times: TimeParser;
  readonly zone: ZoneClock;
  /** What to take from a time that labels a bar's end, in microseconds. */
  readonly labelShift: number;
  readonly target: ScanTarget;
};

export type Scanner = {
  /** Reads the whole lines of a piece and returns how many bytes they were; what is left begins the next piece. */
  scan(bytes: Uint8Array): number;
  /** Lines so far; lines earlier than the one before them. */
  readonly seen: { lines: number; unsorted: number };
};

const newline = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;
const space = 0x20;

const decoder = new TextDecoder('utf-8');

const slotName = (slot: number): string => (slot === pointsSlot ? 'spread' : (barColumns[slot] as string));
const volumeSlot = barColumns.indexOf('volume');
const firstSpreadSlot = barColumns.indexOf('spread_open');

/**
 * Splits lines into fields, and fields into a row of numbers, without making a string: 0.45 us a line with all checks,
 * where CSV libraries took 1.0 to 2.7 to hand out the same fields as strings and convert them, without any check
 * (docs/performance.md, "Import").
 */
export const createScanner = (options: ScanOptions): Scanner => {
  const { layout, delimiter, times, zone, labelShift, target } = options;
  const { fields, slots, filled, quotes } = layout;
  const starts = new Int32Array(fields + 1);
  const ends = new Int32Array(fields + 1);
  const row = new Float64Array(slotCount);
  const seen = { lines: 0, unsorted: 0 };
  // [high, low] of every bar that a line has; a bar without these two is never out of order.
  const ranges = ['', 'bid_', 'ask_', 'spread_']
    .map(prefix => ['high', 'low'].map(part => (barColumns as readonly string[]).indexOf(prefix + part)))
    .filter(pair => pair.every(slot => filled.includes(slot))) as [number, number][];
  // Open to close, or the bid bar that stands in for them, must be there.
  const required = new Set(
    (layout.barFromBid
      ? ['bid_open', 'bid_high', 'bid_low', 'bid_close']
      : barColumns.slice(0, 4)) as string[],
  );
  const isRequired = filled.map(slot => required.has(slotName(slot)));
  let expectsHeader = options.header;
  let previous = Number.NEGATIVE_INFINITY;
  let scratch = new Uint8Array(256);
  let symbol: string | undefined;

  /** Field bounds of a line into `starts` and `ends`; returns how many fields there are, those beyond the layout included. */
  const split = (bytes: Uint8Array, from: number, to: number): number => {
    let field = 0;
    let start = from;
    for (let at = from; at < to; at++) {
      if (bytes[at] !== delimiter) continue;
      if (field < fields) {
        starts[field] = start;
        ends[field] = at;
      }
      field++;
      start = at + 1;
    }
    if (field < fields) {
      starts[field] = start;
      ends[field] = to;
    }
    return field + 1;
  };

  /** Copies a line without its quotes and without the delimiters between them, as in "1,234,567". */
  const unquote = (bytes: Uint8Array, from: number, to: number): number => {
    if (scratch.length < to - from) scratch = new Uint8Array(2 * (to - from));
    let quoted = false;
    let length = 0;
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number;
      if (byte === quote) quoted = !quoted;
      else if (!quoted || byte !== delimiter) scratch[length++] = byte;
    }
    return length;
  };

  const fieldText = (bytes: Uint8Array, field: number): string =>
    decoder.decode(bytes.subarray(starts[field], ends[field])).trim();

  /** Clock time as in the file; NaN where it is none. */
  const readTime = (bytes: Uint8Array): number => {
    const { time, clock } = layout;
    let from = starts[time] as number;
    let to = ends[time] as number;
    while (from < to && bytes[from] === space) from++;
    while (to > from && bytes[to - 1] === space) to--;
    if (clock < 0) return times.parse(bytes, from, to);
    if (clock === time + 1) return times.parse(bytes, from, ends[clock] as number);
    const joined = new Uint8Array([
      ...bytes.subarray(from, to),
      space,
      ...bytes.subarray(starts[clock], ends[clock]),
    ]);
    return times.parse(joined, 0, joined.length);
  };

  const timeText = (bytes: Uint8Array): string =>
    fieldText(bytes, layout.time) + (layout.clock < 0 ? '' : ` ${fieldText(bytes, layout.clock)}`);

  const readLine = (
    bytes: Uint8Array,
    from: number,
    to: number,
    reject: (cause: RejectCause, detail: string) => void,
  ) => {
    const count = split(bytes, from, to);
    if (count < fields) return reject('too few fields', `${count} fields, expected ${fields}`);
    if (count > fields) {
      for (let at = (ends[fields - 1] as number) + 1; at < to; at++) {
        const byte = bytes[at] as number;
        if (byte !== delimiter && byte !== space)
          return reject('too many fields', `${count} fields, expected ${fields}`);
      }
    }
    if (layout.symbol >= 0) {
      const found = fieldText(bytes, layout.symbol);
      symbol ??= found;
      if (found !== symbol) return reject('other symbol', `symbol "${found}" in a file of "${symbol}"`);
    }
    const local = readTime(bytes);
    if (Number.isNaN(local)) return reject('not a time', `"${timeText(bytes)}" is not a time`);
    const tooFar = (): void =>
      reject('not a time', `"${timeText(bytes)}" is not between 1684-07 and 2255-05`);
    if (Math.abs(local) > farthestMicros) return tooFar();
    let time = local;
    if (!Number.isNaN(times.offsetMinutes)) time -= times.offsetMinutes * 60_000_000;
    else if (!times.dateOnly) time = zone.toUtc(local, previous);
    if (Number.isNaN(time)) {
      return reject('time outside zone', `time "${timeText(bytes)}" does not exist in ${zone.name}`);
    }
    const start = times.dateOnly ? time : time - labelShift;
    // where two times stand a thousand years apart, so long is what a bar is taken for
    if (Math.abs(start) > farthestMicros) return tooFar();
    for (let field = 0; field < fields; field++) {
      const slot = slots[field] as number;
      if (slot < 0) continue;
      const value = parseNumber(bytes, starts[field] as number, ends[field] as number);
      if (value === Number.POSITIVE_INFINITY) {
        return reject('not a number', `${slotName(slot)} "${fieldText(bytes, field)}" is not a number`);
      }
      row[slot] = value;
    }
    const fault = check();
    if (fault) return reject(fault[0], fault[1]);
    if (time < previous) seen.unsorted++;
    previous = time;
    target.bar(start, row, seen.lines);
  };

  /** What is wrong with the numbers of the row, in a fixed order; undefined where nothing is. */
  const check = (): readonly [RejectCause, string] | undefined => {
    for (let i = 0; i < filled.length; i++) {
      const slot = filled[i] as number;
      const value = row[slot] as number;
      if (Number.isNaN(value)) {
        if (isRequired[i]) return ['not a number', `${slotName(slot)} is empty`];
      } else if (slot === volumeSlot) {
        if (value < 0) return ['negative volume', `volume ${value} is negative`];
      } else if (slot >= firstSpreadSlot) {
        if (value < 0) return ['crossed quote', `${slotName(slot)} ${value} is negative`];
      } else if (value <= 0) return ['price not positive', `${slotName(slot)} ${value} is not positive`];
    }
    for (const [high, low] of ranges) {
      if ((row[high] as number) < (row[low] as number)) {
        return ['high below low', `${slotName(high)} ${row[high]} is below ${slotName(low)} ${row[low]}`];
      }
    }
    for (const [bid, ask] of quotes) {
      if ((row[ask] as number) < (row[bid] as number)) {
        return [
          'crossed quote',
          `${slotName(ask)} ${row[ask]} is below ${layout.bidFromBar ? 'bid ' : ''}${slotName(bid)} ${row[bid]}`,
        ];
      }
    }
    return undefined;
  };

  const scan = (bytes: Uint8Array): number => {
    const hasQuotes = bytes.includes(quote);
    let from = 0;
    const reject = (cause: RejectCause, detail: string): void =>
      target.reject(cause, detail, seen.lines, decoder.decode(bytes.subarray(lineFrom, lineTo)));
    let lineFrom = 0;
    let lineTo = 0;
    for (;;) {
      const end = bytes.indexOf(newline, from);
      if (end < 0) return from;
      lineFrom = from;
      lineTo = end;
      from = end + 1;
      seen.lines++;
      while (lineTo > lineFrom && (bytes[lineTo - 1] === carriageReturn || bytes[lineTo - 1] === space))
        lineTo--;
      if (lineTo === lineFrom) continue;
      if (expectsHeader) {
        expectsHeader = false;
        continue;
      }
      if (hasQuotes && bytes.subarray(lineFrom, lineTo).includes(quote)) {
        const length = unquote(bytes, lineFrom, lineTo);
        readLine(scratch, 0, length, reject);
      } else readLine(bytes, lineFrom, lineTo, reject);
    }
  };
  return { scan, seen };
};
