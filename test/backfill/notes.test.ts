import { expect, test } from 'vitest';
import { reportNotes } from '../../host/backfill/notes.ts';
import type { PartitionDone } from '../../host/backfill/types.ts';

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

test('models without any fit are named once, however many fits there should have been', () => {
  const model = { model: 'johansen_rate', observations: null, tried: false };
  const done = (symbol: string, month: string, unfitted: number, anchors: number) =>
    ({ symbol, month, nullRows: 0, unfitted: [{ ...model, unfitted, anchors }] }) as unknown as PartitionDone;
  const partitions = [
    ...[done('gbpusd', '2024-07', 480, 480), done('eurusd', '2024-07', 479, 479)],
    done('eurusd', '2024-08', 3, 500),
  ];
  const why = 'a series that it reads has no bars, or more rows than it takes; the features that rest on it';
  expect(reportNotes([], partitions)).toEqual([
    `eurusd 2024-08: model johansen_rate was not fitted 3 times of 500: ${why} are NULL`,
    `eurusd, gbpusd 2024-07: model johansen_rate was not fitted: ${why} are NULL`,
  ]);
});
