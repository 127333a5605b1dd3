import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ReadOptions, readBars } from '../../../host/bars/index.ts';
import type { Bars } from '../../../host/catalog/bars.ts';
import { WindrowError } from '../../../host/errors.ts';
import type { Target } from '../target.ts';

// Files of bars. The first byte says how the rest is read: as it stands, packed, or packed and cut off; and with which
// options. What comes is bars in order, or an error that names the file.

const words = [
  ...[
    '"',
    '""',
    "'",
    ',',
    ';',
    '\t',
    '|',
    '\r',
    '\r\n',
    '\n\n',
    ' ',
    '-',
    '+',
    '.',
    '..',
    'e',
    '1e999',
    '-0',
    '0x10',
  ],
  ...[
    'NaN',
    'inf',
    'null',
    '∞',
    '\ufeff',
    '\0',
    '1970',
    '9999-12-31',
    '2024-02-30',
    '2024-07-01 24:00:00',
    '1719792000',
  ],
  ...[
    '17197920000000',
    '-1',
    '99999999999999999999',
    '1,1,1,1',
    '<DATE>',
    '<TIME>',
    'time',
    'symbol',
    'spread',
    'volume',
  ],
  ...[
    'bid_open',
    'ask_close',
    '#',
    '+02:00',
    'Z',
    'T',
    '.2024',
    'x'.repeat(300),
    Buffer.from('\xff\xfe', 'latin1'),
  ],
  ...[Buffer.from('\x1f\x8b\x08', 'latin1'), '20240331 013000', '2024-03-31 01:30', '2024-10-27 01:30'],
];

const ways: readonly ReadOptions[] = [
  {},
  { symbol: 'EURUSD', zone: 'America/New_York' },
  { symbol: 'EURUSD', zone: 'Europe/Athens', label: 'end' },
  { symbol: 'EURUSD', label: 'end', intervalMinutes: 1, dateOrder: 'dmy' },
  { symbol: 'EURUSD', dateOrder: 'mdy', strict: true },
  { symbol: 'EURUSD', quotes: 'none' },
  { symbol: 'EURUSD', quotes: 'bid-ask', pointSize: 0.001 },
];
const packed: readonly ((bytes: Buffer) => Buffer)[] = [
  bytes => bytes,
  bytes => bytes,
  bytes => gzipSync(bytes, { level: 1 }),
  bytes => gzipSync(bytes, { level: 1 }).subarray(0, -9),
];

function checkBars({ time, columns }: Bars): void {
  for (let row = 0; row < time.length; row++) {
    assert(Number.isSafeInteger(time[row]), `time ${time[row]}`);
    assert(row === 0 || time[row]! > time[row - 1]!, `row ${row} is not later than the one before`);
    for (const name of ['open', 'high', 'low', 'close'] as const) {
      const price = columns[name]![row]!;
      assert(price > 0 && price < Number.POSITIVE_INFINITY, `${name} ${price}`);
    }
    assert(columns.high![row]! >= columns.low![row]!, `row ${row} has its low above its high`);
  }
}

async function read(input: Buffer): Promise<string> {
  const [first = 0] = input;
  const folder = mkdtempSync(join(tmpdir(), 'windrow-fuzz-'));
  const path = join(folder, 'EURUSD.csv');
  writeFileSync(path, packed[first % packed.length]!(input.subarray(1)));
  let outcome = 'nothing';
  const check = (error: unknown): void => {
    if (!(error instanceof WindrowError)) throw error;
    assert(error.message.includes(basename(path)), `"${error.message}" does not name the file`);
    outcome = error.code;
  };
  let rows = 0;
  const options: ReadOptions = {
    ...ways[(first >> 2) % ways.length],
    rejectsDir: false,
    onFile: ({ error }) => error && check(error),
  };
  try {
    for await (const { bars, counts } of readBars([path], options)) {
      checkBars(bars);
      rows += bars.time.length;
      assert.equal(counts.rows, rows, 'rows counted');
      outcome = 'bars';
    }
  } catch (error) {
    check(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return outcome;
}

export default {
  words,
  read,
  outcomes: [
    'bars',
    'nothing',
    'WR_BAR_LINE',
    'WR_FILE_EMPTY',
    'WR_FILE_FORM',
    'WR_FILE_NOT_CSV',
    'WR_GZIP_BROKEN',
    'WR_LABEL_INTERVAL',
  ],
} satisfies Target;
