import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ReadOptions, readBars } from '../../host/bars/index.ts';
import { ohlcv, readAll, rowsOf, scratchFolder, writeInput } from './support.ts';

const folder = scratchFolder();
const header = 'ts_utc,open,high,low,close,volume';
const good = ['2024-07-01 00:00:00,1.1,1.2,1.0,1.15,5', '2024-07-01 00:01:00,1.15,1.2,1.1,1.12,6'] as const;

const csv = (lines: readonly string[], head = header): string => `${[head, ...lines].join('\n')}\n`;

describe('a file that cannot be read', () => {
  const cases: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['EURUSD.zip', 'PK\u0003\u0004\u0000\u0000', 'is not CSV: it is a ZIP archive or a spreadsheet'],
    ['EURUSD.csv', '<!DOCTYPE html><html>', 'is not CSV: it is a web page'],
    ['EURUSD.parquet', 'PAR1\u0015\u0004', 'is not CSV: it is a Parquet file'],
    ['EURUSD.csv', new Uint8Array([49, 50, 0, 51]), 'is not CSV: byte 3 is zero, so it is no text'],
    ['EURUSD.csv', csv(good) + 'x'.repeat(1_200_000), 'is not CSV: line 4 is longer than 1048576 bytes'],
    [
      'EURUSD.csv',
      'Dear customer,\nplease log in\n',
      'has no known form; its first line is "Dear customer,"',
    ],
    ['EURUSD.csv', '{"open": 1}', 'has no known form; its first line is "{"open": 1}"'],
    ['EURUSD.csv', '', 'has no bars'],
    ['EURUSD.csv', `${header}\n`, 'has no bars'],
  ];
  for (const [name, content, what] of cases) {
    it(`is named: ${what.slice(0, 60)}`, async () => {
      const path = writeInput(folder, name, content);
      const { error, reports, batches } = await readAll([path]);
      expect(error?.message).toBe(`file "${path}" ${what}`);
      expect(rowsOf(batches, ohlcv)).toHaveLength(what.includes('longer') ? 2 : 0);
      expect(reports[0]!.error).toBe(error);
    });
  }

  it('is named when it is a truncated gzip, after its bars', async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) => `${1_719_792_000 + 60 * i},${1 + ((i * 7919) % 997) / 1e5},3,1,2,${i}`,
    );
    const whole = gzipSync(lines.join('\n'));
    const path = writeInput(folder, 'EURUSD.csv.gz', whole.subarray(0, whole.length >> 1));
    const { batches, reports, error } = await readAll([path]);
    const rows = batches.reduce((sum, batch) => sum + batch.bars.time.length, 0);
    expect(rows).toBeGreaterThan(8000);
    expect([...batches[0]!.bars.columns.volume!]).toEqual(Array.from({ length: rows }, (_, i) => i));
    expect(error?.message).toBe(
      `gzip file "${path}" is cut off after line ${rows}; the ${rows} bars before that were read`,
    );
    expect(reports[0]).toMatchObject({ rows, rejected: {} });
  });

  it('is named when it is a damaged gzip', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${1_719_792_000 + 60 * i},2,3,1,2,${i}`);
    const damaged = gzipSync(lines.join('\n')).fill(0xff, 20_000, 20_100);
    const path = writeInput(folder, 'EURUSD.csv.gz', damaged);
    const { error } = await readAll([path]);
    expect(error?.message).toMatch(
      /^gzip file ".*" is damaged \(.+\) after line \d+; the \d+ bars before that were read$/,
    );
  });

  it('does not stop the others', async () => {
    const [bad, worse] = [
      writeInput(folder, 'USDJPY.csv', ''),
      writeInput(folder, 'AUDUSD.csv', 'PK\u0003\u0004'),
    ];
    const fine = writeInput(folder, 'EURUSD.csv', csv(good));
    const { batches, error } = await readAll([bad, fine, worse], { parallel: 1 });
    expect(batches).toHaveLength(1);
    expect(error?.message).toBe(
      `2 of 3 files could not be read in full; the first: file "${bad}" has no bars`,
    );
  });
});

describe('a request that cannot be met', () => {
  const path = writeInput(folder, 'EURUSD.csv', csv(good.slice(0, 1)));
  const cases: readonly (readonly [string, ReadOptions, string])[] = [
    [path, { zone: 'Mars/Olympus' }, 'unknown time zone "Mars/Olympus"'],
    [path, { symbolPattern: '(' }, '--symbol-pattern expected a regular expression, found "("'],
    [path, { delimiter: '||' }, '--delimiter expected one ASCII character, found "||"'],
    [
      path,
      { symbolPattern: '\\d{6}' },
      `the name of file "${path}" does not say which symbol it holds: the pattern finds nothing in it`,
    ],
    [
      path,
      { symbol: 'a b;' },
      'symbol "a b;" is not made of letters, digits, ".", "_" and "-", at most 40 of them',
    ],
    [
      path,
      { label: 'end' },
      `file "${path}" labels bars by their end, and its first lines do not show how long a bar is`,
    ],
    [path, { quotes: 'bid-ask' }, `file "${path}" has no ask columns, which quotes "bid-ask" need`],
    [
      path,
      { columns: ['time', 'price'] },
      `file "${path}" cannot have a column "price": no bar column has that name`,
    ],
    [
      path,
      { columns: ['time', 'open', 'high', 'low'] },
      `file "${path}" has no column "close" among those given`,
    ],
    [
      path,
      { columns: ['open', 'high', 'low', 'close'] },
      `file "${path}" has no column "time" among those given`,
    ],
    [join(folder, 'EURUSD-*.csv'), {}, `file "${join(folder, 'EURUSD-*.csv')}" does not exist`],
    [dirname(path), {}, `file "${dirname(path)}" is not a file`],
  ];
  for (const [file, options, message] of cases) {
    it(`says why: ${message.replace(folder, '').slice(0, 70)}`, async () => {
      const { error, batches } = await readAll([file], options);
      expect(error?.message).toBe(message);
      expect(batches).toEqual([]);
    });
  }

  it('can be given up by a signal', async () => {
    const signal = AbortSignal.abort(new Error('given up'));
    await expect(readBars([path], { signal }).next()).rejects.toThrow('given up');
  });
});
