import { expect, test } from 'vitest';
import { computeFeatures } from '../../host/index.ts';

const july = Date.UTC(2024, 6, 1) * 1000;
const minute = 60_000_000;
const none = Number.NaN;

/** The first value of the mean of five rows at a constant price tells the baseline. */
const baselineOf = async (start: number, close: readonly number[]): Promise<number> => {
  const time = Float64Array.from(close, (_, row) => start + row * minute);
  const bars = { time, columns: { close: Float64Array.from(close) } };
  const { columns } = await computeFeatures(bars, ['moving_averages.w5_sma_idx']);
  return 200 / columns['moving_averages.w5_sma_idx']!.at(-1)!;
};

const tail = [2, 2, 2, 2, 2];

test('the baseline is the first close at or after July 2024 that is a price', async () => {
  expect(await baselineOf(july - minute, [8, 4, ...tail])).toBe(4);
  expect(await baselineOf(july - minute, [8, none, 0, Number.POSITIVE_INFINITY, 4, ...tail])).toBe(4);
});

test('without such a close it is the first one', async () => {
  expect(await baselineOf(july - 60 * minute, [8, 4, ...tail])).toBe(8);
  expect(await baselineOf(july - 60 * minute, [none, 0, 4, ...tail])).toBe(4);
});
