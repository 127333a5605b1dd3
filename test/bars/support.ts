import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { formatTime } from '../../host/bars/calendar.ts';
import { type BarBatch, type FileReport, type ReadOptions, readBars } from '../../host/bars/index.ts';
import type { BarColumn } from '../../host/catalog/bars.ts';
import { WindrowError } from '../../host/errors.ts';

/** A folder that is gone after the tests of the file. */
export const scratchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'windrow-bars-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

let files = 0;

/** Writes a file in a folder of its own, so that names may repeat, and returns its path. */
export const writeInput = (folder: string, name: string, content: string | Uint8Array): string => {
  const path = join(mkdtempSync(join(folder, `${files++}-`)), name);
  writeFileSync(path, content);
  return path;
};

export type ReadResult = {
  readonly batches: readonly BarBatch[];
  readonly reports: readonly FileReport[];
  readonly error?: WindrowError;
};

/** Reads to the end and keeps everything, the error at the end included. */
export const readAll = async (paths: readonly string[], options: ReadOptions = {}): Promise<ReadResult> => {
  const batches: BarBatch[] = [];
  const reports: FileReport[] = [];
  try {
    for await (const batch of readBars(paths, { ...options, onFile: report => reports.push(report) })) {
      batches.push(batch);
    }
  } catch (error) {
    if (!(error instanceof WindrowError)) throw error;
    return { batches, reports, error };
  }
  return { batches, reports };
};

/** Bars as lines of text, "time,column...", for comparison with what was written. */
export const rowsOf = (batches: readonly BarBatch[], columns: readonly BarColumn[]): string[] =>
  batches.flatMap(({ bars }) =>
    Array.from(bars.time, (time, row) =>
      [formatTime(time), ...columns.map(name => bars.columns[name]?.[row] ?? '')]
        .join(',')
        .replaceAll('NaN', ''),
    ),
  );

export const ohlcv: readonly BarColumn[] = ['open', 'high', 'low', 'close', 'volume'];
