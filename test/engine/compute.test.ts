import { describe, expect, test } from 'vitest';
import { computeFeatures, Engine } from '../../host/index.ts';

const features = ['time_features.dow', 'statistics_rate.w20_mean'];
const close = Float64Array.of(1, 1.5, 1.25);
const minute = 60_000_000;
const start = Date.UTC(2024, 6, 1) * 1000;
const time = Float64Array.of(start, start + minute, start + 2 * minute);

describe('bars that cannot be are refused:', () => {
  const unlikely = {
    nanoseconds: 1_719_792_000e9,
    infinity: Number.POSITIVE_INFINITY,
    'no number': Number.NaN,
    'a fraction': start + 0.25,
  };
  for (const [name, value] of Object.entries(unlikely)) {
    test(`a time that is ${name}`, async () => {
      const code = { code: 'WR_COPY_TIME' };
      const bars = { time: Float64Array.of(value), columns: { close: close.slice(0, 1) } };
      await expect(computeFeatures(bars, features)).rejects.toMatchObject(code);
      const engine = await Engine.create();
      const stream = await engine.open(features, { parameters: { baseline: 1 } });
      expect(() => stream.push({ time: value, close: 1 })).toThrow(expect.objectContaining(code));
    });
  }

  test('a time that is not later than the one before', async () => {
    const bars = { time: Float64Array.of(start, start), columns: { close: close.slice(0, 2) } };
    await expect(computeFeatures(bars, features)).rejects.toMatchObject({ code: 'WR_TIME_ORDER' });
  });

  test('a first row that there is not', async () => {
    for (const firstRow of [-1, 0.5, 4, Number.NaN])
      await expect(
        computeFeatures({ time, columns: { close } }, features, { firstRow }),
      ).rejects.toMatchObject({
        code: 'WR_FIRST_ROW',
      });
  });
});

test('an engine rejects where it promises, and does not throw', async () => {
  const engine = await Engine.create();
  const promise = engine.compute({ time, columns: { close } }, ['time_features.dows']);
  await expect(promise).rejects.toMatchObject({ code: 'WR_FEATURE_UNKNOWN' });
});

test('rows begin at the first row asked for, and behind the last one there are none', async () => {
  for (const firstRow of [0, 1, 3]) {
    const found = await computeFeatures({ time, columns: { close } }, features, { firstRow });
    expect(found.time).toEqual(time.slice(firstRow));
    expect(found.columns['time_features.dow']).toEqual(new Float64Array(3 - firstRow).fill(0));
  }
});

test('a value beyond the range of numbers is NULL in memory and live, as it is in a table', async () => {
  const names = ['bqx_base.w15_bqx_endpoint'];
  const closes = Float64Array.from({ length: 17 }, (_, i) => (i < 16 ? 1e306 : 5e-324));
  const times = Float64Array.from(closes, (_, i) => start + i * minute);
  const options = { parameters: { baseline: 1 } };
  const { columns } = await computeFeatures({ time: times, columns: { close: closes } }, names, options);
  expect(columns[names[0]!]!.at(-2)).toBe(0);
  expect(columns[names[0]!]!.at(-1)).toBeNaN();
  const stream = await (await Engine.create()).open(names, options);
  let row: ArrayLike<number> = [];
  for (const [i, close] of closes.entries()) row = stream.push({ time: times[i]!, close });
  expect(row[0]).toBeNaN();
});
