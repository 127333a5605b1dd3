import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReadOptions } from '../../host/bars/index.ts';
import { ohlcv, readAll, rowsOf, scratchFolder, writeInput } from './support.ts';

const folder = scratchFolder();
const header = 'ts_utc,open,high,low,close,volume';
const good = ['2024-07-01 00:00:00,1.1,1.2,1.0,1.15,5', '2024-07-01 00:01:00,1.15,1.2,1.1,1.12,6'] as const;
const quoteHeader = 'ts_utc,open,high,low,close,volume,bid,ask,ask_open,ask_high,ask_low,ask_close';

const csv = (lines: readonly string[], head = header): string => `${[head, ...lines].join('\n')}\n`;

type BadLine = {
  readonly cause: string;
  readonly line: string;
  readonly detail: string;
  readonly head?: string;
  readonly options?: ReadOptions;
};

const badLines: readonly BadLine[] = [
  { cause: 'too few fields', line: '2024-07-01 00:00:30,1.1,1.2,1.0', detail: '4 fields, expected 6' },
  { cause: 'too many fields', line: '2024-07-01 00:00:30,1,1,1,1,5,6', detail: '7 fields, expected 6' },
  {
    cause: 'not a number',
    line: '2024-07-01 00:00:30,1.1,high,1.0,1.1,5',
    detail: 'high "high" is not a number',
  },
  {
    cause: 'not a number',
    line: '2024-07-01 00:00:30,1.1,1e999,1.0,1.1,5',
    detail: 'high "1e999" is not a number',
  },
  { cause: 'not a number', line: '2024-07-01 00:00:30,1.1,1.2,,1.1,5', detail: 'low is empty' },
  { cause: 'not a number', line: '2024-07-01 00:00:30,null,null,null,null,null', detail: 'open is empty' },
  {
    cause: 'high below low',
    line: '2024-07-01 00:00:30,1.1,1.0,1.2,1.1,5',
    detail: 'high 1 is below low 1.2',
  },
  {
    cause: 'price not positive',
    line: '2024-07-01 00:00:30,1.1,1.2,-1.0,1.1,5',
    detail: 'low -1 is not positive',
  },
  {
    cause: 'price not positive',
    line: '2024-07-01 00:00:30,0,1.2,1.0,1.1,5',
    detail: 'open 0 is not positive',
  },
  {
    cause: 'negative volume',
    line: '2024-07-01 00:00:30,1.1,1.2,1.0,1.1,-5',
    detail: 'volume -5 is negative',
  },
  {
    cause: 'not a time',
    line: '3024-07-01 00:00:30,1.1,1.2,1.0,1.1,5',
    detail: '"3024-07-01 00:00:30" is not between 1684-07 and 2255-05',
  },
  {
    cause: 'not a time',
    line: '2024-02-30 00:00:30,1.1,1.2,1.0,1.1,5',
    detail: '"2024-02-30 00:00:30" is not a time',
  },
  {
    cause: 'not a time',
    line: '2024-07-01 24:00:00,1.1,1.2,1.0,1.1,5',
    detail: '"2024-07-01 24:00:00" is not a time',
  },
  { cause: 'not a time', line: ',1.1,1.2,1.0,1.1,5', detail: '"" is not a time' },
  {
    cause: 'time outside zone',
    line: '2024-03-31 01:30:00,1.1,1.2,1.0,1.1,5',
    detail: 'time "2024-03-31 01:30:00" does not exist in Europe/London',
    options: { zone: 'Europe/London' },
  },
  {
    cause: 'crossed quote',
    line: '2024-07-01 00:00:30,1.1,1.2,1.0,1.1,5,1.1,1.09,1.11,1.21,1.01,1.09',
    detail: 'ask_close 1.09 is below bid close 1.1',
    head: quoteHeader,
  },
  {
    cause: 'other symbol',
    line: '2024-07-01 00:00:30,1.1,1.2,1.0,1.1,5,EUR/GBP',
    detail: 'symbol "EUR/GBP" in a file of "12"',
    head: `${header},symbol`,
  },
  {
    cause: 'crossed quote',
    line: '2024-07-01 00:00:30,1.1,1.2,1.0,1.1,5,-3',
    detail: 'spread -3 is negative',
    head: `${header},spread`,
  },
];

describe('a bad line', () => {
  for (const { cause, line, detail, head = header, options } of badLines) {
    it(`goes to the rejects file: ${cause}, ${detail}`, async () => {
      const pad = (head === quoteHeader ? ',1.2' : ',12').repeat(head.split(',').length - 6);
      const shift = (text: string) => (options?.zone ? text.replace('2024-07-01', '2024-12-02') : text);
      const lines = [shift(good[0]) + pad, line, shift(good[1]) + pad];
      const path = writeInput(folder, 'EURUSD.csv', csv(lines, head));
      const { reports, error } = await readAll([path], options);
      expect(error).toBeUndefined();
      expect(reports[0]).toMatchObject({
        rows: 2,
        lines: 4,
        rejected: { [cause]: 1 },
        rejectsFile: `${path}.rejects.csv`,
      });
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      expect(readFileSync(`${path}.rejects.csv`, 'utf8')).toBe(
        `line,cause,detail,text\n3,${cause},${quoted(detail)},${quoted(line)}\n`,
      );
      const strict = await readAll([path], { ...options, strict: true });
      expect(strict.error?.message).toBe(`file "${path}", line 3: ${detail}`);
      expect(strict.error).toMatchObject({ code: 'WR_BAR_LINE', exitCode: 2 });
    });
  }

  it('is counted by cause, and its file may lie elsewhere or not be written', async () => {
    const path = writeInput(folder, 'EURUSD.csv', csv(['x', 'y,1,1,1,1,1', 'z', good[0]]));
    const rejectsDir = join(folder, 'rejects');
    const { reports } = await readAll([path, path], { rejectsDir });
    expect(reports.map(report => report.rejectsFile)).toEqual([
      join(rejectsDir, 'EURUSD.csv.rejects.csv'),
      join(rejectsDir, 'EURUSD.csv.2.rejects.csv'),
    ]);
    expect(reports[0]!.rejected).toEqual({ 'too few fields': 2, 'not a time': 1 });
    const { reports: dry } = await readAll([path], { rejectsDir: false });
    expect(dry[0]).not.toHaveProperty('rejectsFile');
    expect(existsSync(`${path}.rejects.csv`)).toBe(false);
    const { error } = await readAll([path], { rejectsDir: path });
    expect(error?.message).toMatch(/^rejects file "[^"]+" cannot be written: EEXIST: /);
  });

  it('of an earlier rejects file is not read as bars', async () => {
    const path = writeInput(folder, 'EURUSD.csv', csv([good[0], 'x']));
    await readAll([path]);
    const { reports, error } = await readAll([path, `${path}.rejects.csv`]);
    expect(error).toBeUndefined();
    expect(reports.map(report => report.file)).toEqual([path]);
  });
});

describe('a time that occurs twice', () => {
  it('is taken once when its lines are equal', async () => {
    const path = writeInput(folder, 'EURUSD.csv', csv([good[0], good[0], good[1]]));
    const { reports, batches } = await readAll([path], { strict: true });
    expect(rowsOf(batches, ohlcv)).toHaveLength(2);
    expect(reports[0]).toMatchObject({ rows: 2, equalDuplicates: 1, rejected: {} });
  });

  it('has the values of the later line when they differ, and the earlier one is rejected', async () => {
    const path = writeInput(folder, 'EURUSD.csv', csv([good[0], good[1], good[0].replace(/5$/, '9')]));
    const { reports, batches } = await readAll([path]);
    expect(rowsOf(batches, ['volume'])).toEqual(['2024-07-01 00:00:00,9', '2024-07-01 00:01:00,6']);
    expect(reports[0]).toMatchObject({ rows: 2, unsorted: 1, rejected: { 'different duplicate': 1 } });
    expect(readFileSync(`${path}.rejects.csv`, 'utf8').split('\n')[1]).toBe(
      '2,different duplicate,"line 4 has other values for 2024-07-01 00:00:00","2024-07-01 00:00:00,1.1,1.2,1,1.15,5"',
    );
    const strict = await readAll([path], { strict: true });
    expect(strict.error?.message).toBe(
      `file "${path}", line 4: line 2 has other values for 2024-07-01 00:00:00`,
    );
  });
});

describe('unsorted lines', () => {
  it('are sorted and counted', async () => {
    const lines = Array.from(
      { length: 50 },
      (_, i) => `2024-07-01 00:${String((i * 7) % 50).padStart(2, '0')}:00,1,1,1,1,${(i * 7) % 50}`,
    );
    const { batches, reports } = await readAll([writeInput(folder, 'EURUSD.csv', csv(lines))]);
    expect([...batches[0]!.bars.columns.volume!]).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(reports[0]!.unsorted).toBe(6);
  });
});

it('a bar is not taken to last a thousand years', async () => {
  const lines = ['2024-07-01 00:05:00,1.1,1.2,1.0,1.15,5', '3024-07-01 00:05:00,1.1,1.2,1.0,1.15,5'];
  const { batches, reports } = await readAll([writeInput(folder, 'EURUSD.csv', csv(lines))], {
    label: 'end',
  });
  expect(batches).toEqual([]);
  expect(reports[0]!.rejected).toEqual({ 'not a time': 2 });
});

it('a zone that the file names and nobody knows is told with the file', async () => {
  const dukascopy =
    '"Time (ET)","Open","High","Low","Close","Volume "\n2024.07.01 03:00:00,1.26,1.27,1.25,1.265,12\n';
  const { error } = await readAll([writeInput(folder, 'GBPUSD.csv', dukascopy)]);
  expect(error).toMatchObject({ code: 'WR_ZONE_UNKNOWN' });
  expect(error!.message).toMatch(/^file ".*GBPUSD\.csv": unknown time zone "ET"$/);
});
