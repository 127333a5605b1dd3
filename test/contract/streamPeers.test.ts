import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BarColumn, type Bars, barColumns } from '../../host/catalog/bars.ts';
import { column, peer } from '../../host/catalog/expr.ts';
import { ema, lag, mean, ratio, sub } from '../../host/catalog/vocabulary.ts';
import { compute } from '../../host/engine/compute.ts';
import { Arena } from '../../host/engine/module.ts';
import { peerPrograms } from '../../host/engine/peers.ts';
import { plan } from '../../host/engine/plan.ts';
import { FeatureStream } from '../../host/engine/stream.ts';
import { Engine, type Features } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import { barsBetween } from '../support/contract.ts';
import { draws } from '../support/draws.ts';
import { dailyShapes, stockBars } from '../support/naive/stocksShapes.ts';

// What features read of other symbols has the same bits in a stream, whichever of the two lacks bars, and however far
// the other one's bars are ahead.

type Market = { readonly bars: Bars; readonly peers: Readonly<Record<string, Bars>> };

/** The bars of which `keep` says so: single rows and stretches are missing. */
function withGaps(bars: Bars, seed: number): Bars {
  const draw = draws(seed);
  let skip = 0;
  const kept = [...bars.time.keys()].filter(() => {
    if (skip === 0 && draw.uniform() < 0.03) skip = Math.ceil(30 * draw.uniform() ** 3);
    return skip === 0 || skip-- === 0;
  });
  const pick = (values: Float64Array) => Float64Array.from(kept, row => values[row]!);
  return {
    time: pick(bars.time),
    columns: Object.fromEntries(Object.entries(bars.columns).map(([name, values]) => [name, pick(values)])),
  };
}

const rows = 700;
const market = fc
  .record({
    shapes: fc.array(fc.constantFrom(...dailyShapes), { minLength: 3, maxLength: 3 }),
    seed: fc.nat(10_000),
    gaps: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  })
  .map(({ shapes, seed, gaps }) => {
    const [bars, gspc, dax] = shapes.map((shape, i) => {
      const whole = stockBars(shape, seed + i, rows);
      return gaps[i] ? withGaps(whole, seed + i) : whole;
    });
    return {
      bars: bars!,
      peers: { gspc: gspc!, dax: dax! },
      toString: () => `${shapes.map(({ name }) => name)}, seed ${seed}, gaps ${gaps}`,
    };
  });

const barAt = (
  { time, columns }: Bars,
  row: number,
): { time: number } & Partial<Record<BarColumn, number>> => ({
  time: time[row]!,
  ...Object.fromEntries(barColumns.flatMap(name => (columns[name] ? [[name, columns[name][row]!]] : []))),
});

/** Pushes all bars; those of a peer are up to `ahead` bars further than they must be. */
function streamed(stream: FeatureStream, { bars, peers }: Market, ahead: number): Features {
  const count = bars.time.length;
  const columns = Object.fromEntries(stream.names.map(name => [name, new Float64Array(count)]));
  const outputs = Object.values(columns);
  const next = new Map([...stream.peers.keys()].map(symbol => [symbol, 0]));
  for (let row = 0; row < count; row++) {
    const until = bars.time[Math.min(row + ahead, count - 1)]!;
    for (const [symbol, first] of next) {
      let at = first;
      const own = peers[symbol]!;
      for (; at < own.time.length && own.time[at]! <= until; at++) stream.pushPeer(symbol, barAt(own, at));
      next.set(symbol, at);
    }
    for (const [feature, value] of stream.push(barAt(bars, row)).entries()) outputs[feature]![row] = value;
  }
  return { time: bars.time, columns };
}

const ahead = fc.constantFrom(0, 0, 1, 40, rows);

describe('a stream beside other symbols', () => {
  test('has the bits of the same bars in memory: the set stocks-daily', async () => {
    const engine = await Engine.create({ set: 'stocks-daily' });
    const property = fc.asyncProperty(market, ahead, async ({ bars, peers }, ahead) => {
      const whole = await engine.compute(bars, 'all', { peers });
      const stream = await engine.open('all', { history: 'complete' });
      expect([...stream.peers]).toEqual([['gspc', 253]]);
      expect(differences(whole, streamed(stream, { bars, peers }, ahead))).toEqual([]);
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('has the bits of the same bars in memory: two others, far back and beside each other', async () => {
    const close = column('close');
    const [gspc, dax] = [peer('gspc', close), peer('dax', ema(close, 5))];
    const planned = plan([
      { name: 'spread', expr: sub(gspc, dax) },
      { name: 'before', expr: lag(gspc, 3) },
      { name: 'mean', expr: mean(ratio(close, dax), 20) },
      { name: 'own', expr: sub(peer('gspc', mean(close, 20)), mean(gspc, 20)) },
    ]);
    const property = fc.asyncProperty(market, ahead, async ({ bars, peers }, ahead) => {
      const whole = await compute(planned, bars, {}, { peers });
      const programs = peerPrograms(planned, symbol => ({ symbol, side: 1 }));
      const besides = programs.map(program => ({ ...program, own: false, parameters: {} }));
      const settings = { peers: besides, history: 'complete' } as const;
      const stream = new FeatureStream(await Arena.create(), planned, {}, settings);
      expect(differences(whole, streamed(stream, { bars, peers }, ahead))).toEqual([]);
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('needs the lookback of both, and nothing before', async () => {
    const engine = await Engine.create({ set: 'stocks-daily' });
    const [shape, other] = [dailyShapes[0]!, dailyShapes[2]!];
    const bars = stockBars(shape, 1, 1_000);
    const gspc = stockBars(other, 2, 1_000);
    const whole = await engine.compute(bars, 'all', { peers: { gspc } });
    const stream = await engine.open('all');
    const [from, to] = [900, bars.time.length];
    const first = from - stream.lookback + 1;
    // the index's series look back from where the symbol's first bar is
    const beside = gspc.time.findIndex(time => time >= bars.time[first]!) - stream.peers.get('gspc')! + 1;
    const late = streamed(
      stream,
      {
        bars: barsBetween(bars, first, to),
        peers: { gspc: barsBetween(gspc, beside, gspc.time.length) },
      },
      0,
    );
    expect(first > 0 && beside > 0).toBe(true);
    expect(differences(whole, late, { from, to }, from - first)).toEqual([]);
  });

  test('without them has NULL', async () => {
    const engine = await Engine.create({ set: 'stocks-daily' });
    const bars = stockBars(dailyShapes[0]!, 1, 400);
    const whole = await engine.compute(bars, 'all');
    const alone = streamed(
      await engine.open('all', { history: 'complete' }),
      { bars, peers: { gspc: barsBetween(bars, 0, 0) } },
      0,
    );
    expect(differences(whole, alone)).toEqual([]);
  });

  test('refuses bars of a symbol that nothing reads, and bars that come too late', async () => {
    const engine = await Engine.create({ set: 'stocks-daily' });
    const names = ['market.market_return', 'returns_volatility.return_1d'];
    const stream = await engine.open(names, { history: 'complete' });
    const codeOf = (push: () => unknown): unknown => {
      try {
        push();
      } catch (error) {
        return (error as { code: unknown }).code;
      }
      return 'none';
    };
    expect(codeOf(() => stream.pushPeer('dax', { time: 1, close: 1 }))).toBe('WR_STREAM_PEER');
    stream.pushPeer('gspc', { time: 1, close: 100 });
    stream.pushPeer('gspc', { time: 3, close: 110 });
    expect(codeOf(() => stream.pushPeer('gspc', { time: 3, close: 110 }))).toBe('WR_STREAM_ORDER');
    stream.push({ time: 2, close: 10 });
    expect(codeOf(() => stream.pushPeer('gspc', { time: 2, close: 1 }))).toBe('WR_STREAM_PEER_LATE');
    // what was refused has left no trace
    expect([...stream.push({ time: 3, close: 20 })]).toEqual([110 / 100 - 1, 1]);
  });
});
