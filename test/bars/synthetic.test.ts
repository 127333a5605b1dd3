import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isWeekend, microsPerMinute, monthStart, parseMonth } from '../../host/bars/calendar.ts';
import { exp, log } from '../../host/bars/random.ts';
import { type GenerateOptions, generateBars } from '../../host/bars/synthetic.ts';
import type { Bars } from '../../host/catalog/bars.ts';

const july: GenerateOptions = { seed: 7, pairs: ['eurusd'], from: '2024-07', to: '2024-07' };
const first = (options: GenerateOptions): Bars => [...generateBars(options)][0]!.bars;

const bitsOf = (bars: Bars): string => {
  const hash = createHash('sha256').update(new Uint8Array(bars.time.buffer));
  for (const plane of Object.values(bars.columns)) hash.update(new Uint8Array(plane.buffer));
  return hash.digest('hex').slice(0, 16);
};

describe('the synthetic market', () => {
  it('has the same bits on every machine', () => {
    // Made by this generator on x86-64 with Node 24; a change of these values is a change of every example.
    expect(
      [...generateBars({ ...july, pairs: ['eurusd', 'USDJPY', 'spx500'] })].map(m => [
        m.symbol,
        bitsOf(m.bars),
      ]),
    ).toMatchInlineSnapshot(`
      [
        [
          "eurusd",
          "af279848d8951b16",
        ],
        [
          "usdjpy",
          "aacf827b2f414051",
        ],
        [
          "spx500",
          "9ea49d566d320d38",
        ],
      ]
    `);
  });

  it('makes a month that depends on seed, pair and month only', () => {
    const alone = first(july);
    const among = [...generateBars({ ...july, pairs: ['gbpusd', 'eurusd'], from: '2024-06', to: '2024-08' })];
    const same = among.find(m => m.symbol === 'eurusd' && m.month === '2024-07');
    expect(bitsOf(same!.bars)).toBe(bitsOf(alone));
    expect(bitsOf(first({ ...july, seed: 8 }))).not.toBe(bitsOf(alone));
  });

  it('orders months first, then pairs as asked for', () => {
    const made = [...generateBars({ ...july, pairs: ['gbpusd', 'eurusd'], to: '2024-08' })];
    expect(made.map(m => `${m.symbol} ${m.month}`)).toEqual([
      'gbpusd 2024-07',
      'eurusd 2024-07',
      'gbpusd 2024-08',
      'eurusd 2024-08',
    ]);
  });

  it('is closed at weekends and misses a few minutes', () => {
    const { time } = first(july);
    let open = 0;
    const start = monthStart(parseMonth('2024-07'));
    for (let t = start; t < monthStart(parseMonth('2024-08')); t += microsPerMinute)
      if (!isWeekend(t)) open++;
    expect(time.length).toBeLessThan(open);
    expect(time.length).toBeGreaterThan(open * 0.99);
    expect(time.some(isWeekend)).toBe(false);
    for (let i = 1; i < time.length; i++)
      if (!(time[i]! > time[i - 1]!)) throw new Error(`row ${i} does not ascend`);
  });

  it('has bars that hold together', () => {
    for (const { bars } of generateBars({ ...july, pairs: ['eurusd', 'eurjpy', 'xauusd', 'acme'] })) {
      const c = bars.columns as Required<Bars['columns']>;
      for (let i = 0; i < bars.time.length; i++) {
        const holds =
          c.bid_low[i]! > 0 &&
          c.bid_low[i]! <= Math.min(c.bid_open[i]!, c.bid_close[i]!) &&
          c.bid_high[i]! >= Math.max(c.bid_open[i]!, c.bid_close[i]!) &&
          c.ask_low[i]! <= Math.min(c.ask_open[i]!, c.ask_close[i]!) &&
          c.ask_high[i]! >= Math.max(c.ask_open[i]!, c.ask_close[i]!) &&
          c.ask_open[i]! > c.bid_open[i]! &&
          c.ask_close[i]! > c.bid_close[i]! &&
          c.spread_low[i]! > 0 &&
          c.spread_high[i]! >= c.spread_low[i]! &&
          c.volume[i]! >= 1 &&
          c.close[i] === c.bid_close[i];
        if (!holds) throw new Error(`bar ${i} does not hold together`);
      }
    }
  });

  it('continues the last tick of the month before', () => {
    const [a, b] = [...generateBars({ ...july, pairs: ['audusd'], from: '2024-01', to: '2024-02' })];
    const close = a!.bars.columns.close!.at(-1)!;
    expect(Math.abs(b!.bars.columns.open![0]! / close - 1)).toBeLessThan(0.001);
  });

  it('moves most while London and New York overlap and widens its spread at the roll', () => {
    const { time, columns } = first(july);
    const mean = (name: 'volume' | 'spread_close', hour: number) => {
      let [sum, rows] = [0, 0];
      for (let i = 0; i < time.length; i++) {
        if (Math.floor(time[i]! / (60 * microsPerMinute)) % 24 !== hour) continue;
        sum += columns[name]![i]!;
        rows++;
      }
      return sum / rows;
    };
    expect(mean('volume', 14) / mean('volume', 4)).toBeGreaterThan(2);
    expect(mean('spread_close', 21) / mean('spread_close', 14)).toBeGreaterThan(2);
  });

  it('prices a cross near the quotient of its pairs', () => {
    const [a, b, c] = [...generateBars({ ...july, pairs: ['eurusd', 'gbpusd', 'eurgbp'] })].map(m => m.bars);
    expect(a!.columns.close!.at(-1)! / b!.columns.close!.at(-1)!).toBeCloseTo(c!.columns.close!.at(-1)!, 3);
  });

  it('refuses a month that is not one', () => {
    expect(() => [...generateBars({ ...july, from: '2024-13' })]).toThrow(
      'month "2024-13" is not of the form YYYY-MM',
    );
  });
});

describe('elementary functions', () => {
  it('agree with the host to 1e-13', () => {
    for (let x = -2; x <= 2; x += 0.001) expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-13);
    for (let x = 1e-9; x < 1e6; x *= 1.07) expect(Math.abs(log(x) - Math.log(x))).toBeLessThan(1e-12);
  });
});
