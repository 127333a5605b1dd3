import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type BarColumn, type Bars, barColumns } from '../catalog/bars.ts';
import { writeWhole } from '../wholeFile.ts';
import { formatTime, microsPerDay } from './calendar.ts';

/**
 * Columns that say everything about bars whose open..close are the bid bar, as those of `generateBars` are: the
 * importer derives bid_* and spread_* from them again, to the same bits.
 */
export const bidAskColumns: readonly BarColumn[] = [
  'open',
  'high',
  'low',
  'close',
  'volume',
  'ask_open',
  'ask_high',
  'ask_low',
  'ask_close',
];

export type WriteCsvOptions = {
  /** Columns to write; by default those that the first bars have. */
  readonly columns?: readonly BarColumn[];
};

const rowsPerWrite = 4096;

async function* lines(
  parts: Iterable<{ readonly bars: Bars }> | AsyncIterable<{ readonly bars: Bars }>,
  given: readonly BarColumn[] | undefined,
  written: { rows: number },
): AsyncGenerator<string> {
  let columns = given;
  for await (const { bars } of parts) {
    if (!columns) columns = barColumns.filter(name => bars.columns[name]);
    if (written.rows === 0) yield `ts_utc,${columns.join(',')}\n`;
    const planes = columns.map(name => bars.columns[name]);
    let day = Number.NaN;
    let date = '';
    let text = '';
    for (let row = 0; row < bars.time.length; row++) {
      const time = bars.time[row] as number;
      // Formatting a date costs more than the rest of the row together: once a day is enough.
      if (Math.floor(time / microsPerDay) !== day) {
        day = Math.floor(time / microsPerDay);
        date = formatTime(day * microsPerDay).slice(0, 10);
      }
      text += date + clock(time - day * microsPerDay);
      for (const plane of planes) {
        const value = plane ? (plane[row] as number) : Number.NaN;
        text += Number.isNaN(value) ? ',' : `,${value}`;
      }
      text += '\n';
      if ((row + 1) % rowsPerWrite === 0) {
        yield text;
        text = '';
      }
    }
    written.rows += bars.time.length;
    if (text) yield text;
  }
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

const clock = (micros: number): string => {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = micros - seconds * 1_000_000;
  const text = ` ${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(6, '0')}`;
};

/** Writes bars as a CSV file in this project's own form, gzipped where the path ends in ".gz"; returns the row count. */
export const writeCsv = async (
  path: string,
  parts: Iterable<{ readonly bars: Bars }> | AsyncIterable<{ readonly bars: Bars }>,
  options: WriteCsvOptions = {},
): Promise<number> => {
  const written = { rows: 0 };
  const source = Readable.from(lines(parts, options.columns, written));
  await writeWhole(path, draft =>
    path.endsWith('.gz')
      ? pipeline(source, createGzip({ level: 6 }), createWriteStream(draft))
      : pipeline(source, createWriteStream(draft)),
  );
  return written.rows;
};
