import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bidAskColumns, generateBars, readBars, writeCsv } from '../../host/bars/index.ts';
import type { BarColumn } from '../../host/catalog/bars.ts';
import { barColumns } from '../../host/catalog/bars.ts';
import { ohlcv, readAll, rowsOf, scratchFolder, writeInput } from './support.ts';

const folder = scratchFolder();
const header = 'ts_utc,open,high,low,close,volume';

describe('readBars', () => {
  it('reads what writeCsv wrote, to the bit, gzipped or not', async () => {
    const months = [...generateBars({ seed: 3, pairs: ['usdjpy'], from: '2024-01', to: '2024-02' })];
    const forms: readonly (readonly [string, readonly BarColumn[] | undefined])[] = [
      ['usdjpy.csv', undefined],
      ['usdjpy.csv.gz', bidAskColumns],
    ];
    for (const [name, columns] of forms) {
      const path = join(folder, name);
      expect(await writeCsv(path, months, columns ? { columns } : {})).toBe(
        months.reduce((sum, month) => sum + month.bars.time.length, 0),
      );
      const { batches, reports } = await readAll([path]);
      expect(batches.map(batch => batch.month)).toEqual(['2024-01', '2024-02']);
      expect(reports[0]!.columns).toEqual(barColumns);
      for (const [i, { bars }] of batches.entries()) {
        const written = months[i]!.bars;
        expect(bars.time).toEqual(written.time);
        for (const column of barColumns)
          expect(bars.columns[column], column).toEqual(written.columns[column]);
      }
    }
  });

  it('gives the same bars for lines in any order', async () => {
    // Around the turn of a month, with equal duplicates; each batch is of one month, ascending and without duplicates.
    const lines = Array.from({ length: 60 }, (_, i) => `${1_719_791_000 + 60 * i},2,3,1,2,${i}`);
    const sorted = await readAll([writeInput(folder, 'EURUSD.csv', lines.join('\n'))]);
    const expected = rowsOf(sorted.batches, ohlcv);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...lines, ...lines.slice(0, 20)], { minLength: 80 }),
        async shuffled => {
          const { batches, reports } = await readAll([writeInput(folder, 'EURUSD.csv', shuffled.join('\n'))]);
          expect(rowsOf(batches, ohlcv)).toEqual(expected);
          expect(batches.map(batch => batch.month)).toEqual(['2024-06', '2024-07']);
          expect(reports[0]).toMatchObject({ rows: 60, equalDuplicates: 20, rejected: {} });
        },
      ),
      { numRuns: 20 },
    );
  });

  it('keeps the order of files and lines within a symbol, whatever is read beside it', async () => {
    const bar = (volume: number) => `${header}\n2024-07-01 00:00:00,2,3,1,2,${volume}\n`;
    const paths = [1, 2, 3, 4, 5].flatMap(volume =>
      ['EURUSD', 'GBPUSD', 'AAPL'].map(symbol => writeInput(folder, `${symbol}.csv`, bar(volume))),
    );
    const { batches } = await readAll(paths, { parallel: 3 });
    for (const symbol of ['eurusd', 'gbpusd', 'aapl']) {
      const volumes = batches
        .filter(batch => batch.symbol === symbol)
        .map(batch => batch.bars.columns.volume![0]);
      expect(volumes).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it('splits a month of more than 65,536 bars', async () => {
    const lines = Array.from({ length: 70_000 }, (_, i) => `${1_719_792_000 + i},2,3,1,2,${i % 10}`);
    const { batches } = await readAll([writeInput(folder, 'EURUSD.csv', lines.join('\n'))]);
    expect(batches.map(batch => batch.bars.time.length)).toEqual([65_536, 4464]);
    expect(batches.map(batch => batch.counts.rows)).toEqual([65_536, 70_000]);
    expect(batches[1]!.bars.time[0]! - batches[0]!.bars.time.at(-1)!).toBe(1e6);
  });

  it('closes its files when the consumer stops early', async () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => `${1_719_792_000 + 600 * i},2,3,1,2,1`);
    const paths = ['EURUSD', 'GBPUSD'].map(symbol => writeInput(folder, `${symbol}.csv`, lines.join('\n')));
    for await (const batch of readBars(paths)) {
      expect(batch.month).toBe('2024-07');
      break;
    }
    const stillOpen = () =>
      readdirSync('/proc/self/fd').filter(fd => {
        const link = join('/proc/self/fd', fd);
        return existsSync(link) && paths.includes(readlinkSync(link));
      });
    if (existsSync('/proc/self/fd')) await expect.poll(stillOpen).toEqual([]);
  });
});

describe('quotes and spreads', () => {
  const quoteHeader = `${header},bid,ask,ask_open,ask_high,ask_low,ask_close`;
  const line =
    '2024-07-01 00:00:00,1.07,1.0702,1.0699,1.0701,,1.0701,1.07018,1.07012,1.07025,1.06997,1.07018';
  const columns = async (head: string, row: string, options = {}, name = 'EURUSD.csv') => {
    const { batches, reports } = await readAll([writeInput(folder, name, `${head}\n${row}\n`)], options);
    const entries = Object.entries(batches[0]!.bars.columns).map(([column, plane]) => [column, plane[0]]);
    return { ...Object.fromEntries(entries), notes: reports[0]!.notes };
  };

  it('come from ask columns beside the bid bar', async () => {
    const bar = { open: 1.07, high: 1.0702, low: 1.0699, close: 1.0701 };
    const expected = {
      ...bar,
      bid_open: 1.07,
      bid_high: 1.0702,
      bid_low: 1.0699,
      bid_close: 1.0701,
      ask_open: 1.07012,
      ask_high: 1.07025,
      ask_low: 1.06997,
      ask_close: 1.07018,
      spread_open: 0.00012,
      spread_high: 0.00012,
      spread_low: 0.00005,
      spread_close: 0.00008,
    };
    expect(await columns(quoteHeader, line, { quotes: 'bid-ask' })).toEqual({ ...expected, notes: [] });
    const note = 'open to close are taken as the bid bar, as there are ask columns only';
    expect(await columns(quoteHeader, line)).toEqual({ ...expected, notes: [note] });
    expect(await columns(quoteHeader, line, { quotes: 'none' })).toEqual({ ...bar, notes: [] });
  });

  it('come from closing quotes alone', async () => {
    const found = await columns(`${header},bid,ask`, '2024-07-01,2,3,1,2,5,2.01,2.03');
    expect(found).toMatchObject({ bid_close: 2.01, ask_close: 2.03, spread_close: 0.02, volume: 5 });
    expect(found).not.toHaveProperty('spread_high');
    expect(found).not.toHaveProperty('bid_open');
  });

  it('come from a bid bar where there is no other', async () => {
    const head = 'time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close';
    const found = await columns(head, '2024-07-01 00:00:00Z,2,3,1,2.5,2.1,3.2,1.1,2.75');
    expect(found).toMatchObject({ open: 2, high: 3, low: 1, close: 2.5, spread_high: 0.25, spread_low: 0.1 });
  });

  it('come from whole points by the size of the point, or from a price as it is', async () => {
    const head = `${header},spread`;
    const row = '2024-07-01,2,3,1,2,5,13';
    expect(await columns(head, row)).toMatchObject({ spread_close: 0.00013 });
    expect(await columns(head, row, {}, 'USDJPY.csv')).toMatchObject({ spread_close: 0.013 });
    expect(await columns(head, row, { pointSize: 0.25 }, 'ES.csv')).toMatchObject({ spread_close: 3.25 });
    expect(await columns(head, '2024-07-01,2,3,1,2,5,0.02', {}, 'ES.csv')).toMatchObject({
      spread_close: 0.02,
    });
    expect(await columns(head, row, {}, 'ES.csv')).toEqual({
      ...{ open: 2, high: 3, low: 1, close: 2, volume: 5 },
      notes: ['the spread in points is left out: the size of a point is not known for this symbol'],
    });
  });
});
