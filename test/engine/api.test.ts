import { describe, expect, test } from 'vitest';
import { call, column } from '../../host/catalog/expr.ts';
import { type Bars, computeFeatures, Engine, WindrowError } from '../../host/index.ts';

const bars = (rows: number): Bars => ({
  time: Float64Array.from({ length: rows }, (_, row) => row * 60_000_000),
  columns: { close: Float64Array.from({ length: rows }, (_, row) => 1 + row / 64) },
});
const upper = 'bollinger_rate.w20_bb_upper';

/** The code of the error that a call ends with. */
const codeOf = async (run: () => unknown): Promise<string> => {
  try {
    await run();
  } catch (error) {
    return error instanceof WindrowError ? error.code : String(error);
  }
  return 'none';
};

describe('computeFeatures', () => {
  test('gives a column per feature, in the order asked for, and a row per bar', async () => {
    const names = ['statistics_rate.w20_mean', upper, 'time_features.dow'];
    const { time, columns } = await computeFeatures(bars(30), names);
    expect(Object.keys(columns)).toEqual(names);
    expect(time).toEqual(bars(30).time);
    expect(Object.values(columns).map(({ length }) => length)).toEqual([30, 30, 30]);
  });

  test('gives nothing for no bars, and NULL for too few', async () => {
    expect((await computeFeatures(bars(0), [upper])).columns[upper]).toHaveLength(0);
    const { columns } = await computeFeatures(bars(19), [upper]);
    expect([...columns[upper]!]).toEqual(new Array(19).fill(Number.NaN));
  });

  test('takes earlier rows as history', async () => {
    const whole = (await computeFeatures(bars(40), [upper])).columns[upper]!;
    const part = await computeFeatures(bars(40), [upper], { firstRow: 25 });
    expect(part.time).toEqual(bars(40).time.slice(25));
    expect(part.columns[upper]).toEqual(whole.slice(25));
  });

  test('takes the baseline from the bars where none is given, and the pip from the symbol', async () => {
    const close = { 'statistics_rate.w20_max': 'x' };
    const names = Object.keys(close);
    const own = (await computeFeatures(bars(30), names)).columns[names[0]!]!;
    // all bars are before the baseline's date, so the first of them is 100
    expect(own[29]).toBe((100 * (1 + 29 / 64)) / 1);
    const given = await computeFeatures(bars(30), names, { parameters: { baseline: 2 } });
    expect(given.columns[names[0]!]![29]).toBe((100 * (1 + 29 / 64)) / 2);
  });

  test('is NULL where the bars lack a column', async () => {
    const name = 'spread_features.quoted_spread';
    expect((await computeFeatures(bars(3), [name])).columns[name]).toEqual(
      new Float64Array(3).fill(Number.NaN),
    );
  });

  test('says what is wrong with the bars or the names', async () => {
    const ragged = { time: bars(3).time, columns: { close: new Float64Array(2) } };
    expect(await codeOf(() => computeFeatures(ragged, [upper]))).toBe('WR_COLUMN_MISSING');
    for (const time of [
      [1, 1],
      [2, 1],
    ]) {
      const unsorted = { time: Float64Array.from(time), columns: {} };
      expect(await codeOf(() => computeFeatures(unsorted, [upper]))).toBe('WR_TIME_ORDER');
    }
    const timeless = { time: Float64Array.of(1, Number.NaN), columns: {} };
    expect(await codeOf(() => computeFeatures(timeless, [upper]))).toBe('WR_COPY_TIME');
    expect(await codeOf(() => computeFeatures(bars(3), ['bollinger_rate.w20']))).toBe('WR_FEATURE_UNKNOWN');
    expect(await codeOf(() => computeFeatures(bars(3), 'all', { set: 'fy' }))).toBe('WR_SET_UNKNOWN');
    const close = computeFeatures(bars(3), ['bollinger_rate.w20_bb_uper']);
    await expect(close).rejects.toMatchObject({ hint: expect.stringContaining(upper) });
  });

  test.each([
    ['bollinger_rate', /^it is a family: "windrow features bollinger_rate --set fx" lists its features; /],
    ['hmm_regime_rate.hmm_state', /^"windrow features hmm_regime_rate --set fx" lists those of the family; /],
    ['bollinger_rate.w20_bb_uper', /^did you mean "bollinger_rate.w20_bb_upper"\? /],
  ])('helps where there is no feature %s', async (name, hint) => {
    const asked = computeFeatures(bars(3), [name]);
    await expect(asked).rejects.toMatchObject({ hint: expect.stringMatching(hint) });
  });
});

describe('an engine', () => {
  // windows, means of long memory, what a kernel keeps in scratch, bars by the clock
  const names = [
    ...[
      upper,
      'technical_rate.w14_atr',
      'volume_features.w60_vwap_idx',
      'ssa_features_rate.w60_ssa_trend_component',
    ],
    ...['realized_volatility_rate.w20_jump_test_stat', 'multi_scale_30m_rate.rate_idx_30m_sma_10'],
  ];

  test('gives the same bits again, after others, side by side and behind an error', async () => {
    const engine = await Engine.create();
    const alone = async (rows: number, of: readonly string[]) => computeFeatures(bars(rows), of);
    const [long, short] = [await alone(1_100, names), await alone(40, [upper])];
    expect(await engine.compute(bars(1_100), names)).toEqual(long);
    expect(await engine.compute(bars(40), [upper])).toEqual(short);
    expect(await engine.compute(bars(1_100), names)).toEqual(long);
    const unsorted = { time: Float64Array.of(2, 1), columns: {} };
    expect(await codeOf(() => engine.compute(unsorted, names))).toBe('WR_TIME_ORDER');
    const both = [engine.compute(bars(1_100), names), engine.compute(bars(40), [upper])];
    expect(await Promise.all(both)).toEqual([long, short]);
  });
});

describe('a stream', () => {
  test('names its features and says how many bars it needs', async () => {
    const engine = await Engine.create();
    const stream = await engine.open([upper, 'time_features.dow'], { parameters: { baseline: 1 } });
    expect(stream.names).toEqual([upper, 'time_features.dow']);
    expect(stream.lookback).toBe(20);
  });

  test('refuses a bar that is not later, and goes on with the next', async () => {
    const engine = await Engine.create();
    const stream = await engine.open(['moving_averages.w5_sma_idx'], { parameters: { baseline: 100 } });
    for (let time = 1; time <= 4; time++) stream.push({ time, close: time });
    for (const time of [4, 3])
      expect(await codeOf(() => stream.push({ time, close: 1 }))).toBe('WR_STREAM_ORDER');
    expect([...stream.push({ time: 5, close: 5 })]).toEqual([3]);
  });

  test('cannot guess a parameter', async () => {
    const engine = await Engine.create();
    expect(await codeOf(() => engine.open([upper]))).toBe('WR_PARAMETER_MISSING');
    expect(await codeOf(() => engine.open(['time_features.dow']))).toBe('none');
  });

  test('runs beside others of the same engine', async () => {
    const engine = await Engine.create();
    const options = { parameters: { baseline: 100 } };
    const name = 'moving_averages.w5_sma_idx';
    const [one, two] = [await engine.open([name], options), await engine.open([name], options)];
    let last: number[] = [];
    for (let time = 1; time <= 9; time++)
      last = [one.push({ time, close: time })[0]!, two.push({ time, close: -time })[0]!];
    expect(last).toEqual([7, -7]);
  });
});

describe('an expression', () => {
  test('checks its operator, series and parameters when it is made', async () => {
    const x = column('close');
    const wrong: [string, () => unknown][] = [
      ['no such operator', () => call('meen', [x], [3])],
      ['too few series', () => call('corr', [x], [3])],
      ['a parameter missing', () => call('mean', [x])],
      ['a window of nothing', () => call('mean', [x], [0])],
      ['half a row', () => call('mean', [x], [2.5])],
      ['a window without end', () => call('mean', [x], [Number.POSITIVE_INFINITY])],
      ['no number', () => call('mean', [x], [Number.NaN])],
      ['one row for a deviation', () => call('std', [x], [1])],
      ['a look ahead', () => call('lag', [x], [-1])],
      ['an unknown word', () => call('clock', [], ['second'])],
    ];
    for (const [what, make] of wrong) expect(await codeOf(make), what).toBe('WR_EXPRESSION');
  });
});
