import { expect, test } from 'vitest';
import { reportNotes } from '../../host/backfill/notes.ts';

const bars = { missing: [], nullFeatures: 0, zeroVolume: false };

test('what is the same of months and of pairs is said once', () => {
  const missing = ['ask_close', 'bid_close'] as const;
  const notes = ['eurusd', 'gbpusd'].flatMap(symbol =>
    ['2024-07', '2024-08'].map(month => ({ ...bars, symbol, month, missing, nullFeatures: 35 })),
  );
  expect(reportNotes(notes, [])).toEqual([
    'eurusd, gbpusd 2024-07 to 2024-08: the bars have no ask_close, bid_close; the 35 features that read them are NULL',
  ]);
});

test('a month whose families were shared out is told of once', () => {
  const half = { ...bars, symbol: 'eurusd', month: '2024-07', missing: ['ask_close'] as const };
  expect(
    reportNotes(
      [
        { ...half, nullFeatures: 20 },
        { ...half, nullFeatures: 15 },
      ],
      [],
    ),
  ).toEqual(['eurusd 2024-07: the bars have no ask_close; the 35 features that read them are NULL']);
});

test('bars of another interval than the set is made for are named', () => {
  const otherInterval = { found: 86_400e6, expected: 60e6 };
  expect(reportNotes([{ ...bars, symbol: 'eurusd', month: '2020-01', otherInterval }], [])).toEqual([
    'eurusd 2020-01: the bars are 1 day apart; the set is made for bars 1 minute apart, and its windows count bars',
  ]);
});
