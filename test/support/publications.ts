import type { CopyStats } from '../../host/store/ledger.ts';
import { monthMicros } from '../../host/store/month.ts';
import type { Publication } from '../../host/store/publish.ts';
import { familyTable } from '../../host/store/tables.ts';
import { type Cell, encodeCopy } from './copyBytes.ts';

export const minute = 60_000_000;

/** A publication of a small family of two columns, with what a test wants different. */
export const publication = (changes: Partial<Publication> = {}): Publication => ({
  set: 'fx',
  family: 'demo_rate',
  symbol: 'eurusd',
  month: '2024-07',
  version: 'v1',
  table: familyTable({ family: 'demo_rate', set: 'fx', columns: ['w5_mean', 'w5_std'] }),
  bars: {
    source: 'market_data',
    revision: 0n,
    rows: 0,
    first: null,
    last: null,
    lookbackAsked: 0,
    lookbackFound: 0,
  },
  ...changes,
});

/** Rows of a publication, one a minute from the month's start: row number, its square root (NULL in row 0), symbol. */
export function demoRows({ symbol, month }: Publication, rows: number, scale = 1): Cell[][] {
  const start = monthMicros(month);
  return Array.from({ length: rows }, (_, row) => [
    { time: start + row * minute },
    row * scale,
    row === 0 ? null : Math.sqrt(row),
    { text: symbol },
  ]);
}

/** A feed of those rows in three parts, as `publishPartition` takes it. */
export const feed =
  (rows: readonly (readonly Cell[])[]) => async (write: (bytes: Uint8Array) => Promise<void>) => {
    const bytes = encodeCopy(rows);
    const cuts = [0, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2), bytes.length];
    for (let part = 1; part < cuts.length; part++) await write(bytes.subarray(cuts[part - 1], cuts[part]));
    const nulls = [1, 2].map(column => rows.filter(row => row[column] === null).length);
    const stats: CopyStats = {
      rows: rows.length,
      nulls,
      infinities: [0, 0],
      checksum: 0xfedc_ba98_7654_3210n,
    };
    return stats;
  };
