import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { generateBars } from '../../host/bars/index.ts';
import type { Bars } from '../../host/catalog/bars.ts';
import { column, peer } from '../../host/catalog/expr.ts';
import { mean, orElse, partialMean, sub } from '../../host/catalog/vocabulary.ts';
import { Arena } from '../../host/engine/module.ts';
import { peerPrograms } from '../../host/engine/peers.ts';
import { plan } from '../../host/engine/plan.ts';
import { FeatureStream, type History } from '../../host/engine/stream.ts';
import { Engine, type Features } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import { barAt, barsBetween } from '../support/contract.ts';

// Streams that are given their history at once, that share a memory, and that are told whether bars came before their first.

type Others = Readonly<Record<string, Bars>>;

const rowsUntil = ({ time }: Bars, at: number): number => time.findLastIndex(other => other <= at) + 1;

const columnsOf = (stream: FeatureStream, rows: number): Record<string, Float64Array> =>
  Object.fromEntries(stream.names.map(name => [name, new Float64Array(rows).fill(Number.NaN)]));

/** Pushes rows [from, to); others come up to `ahead` bars before they are needed, from where `next` says. */
function pushRows(
  stream: FeatureStream,
  { bars, others, next }: { bars: Bars; others: Others; next: Map<string, number> },
  [from, to]: readonly [number, number],
  columns: Record<string, Float64Array>,
  ahead = 0,
): void {
  const row = new Float64Array(stream.names.length);
  for (let at = from; at < to; at++) {
    const until = bars.time[Math.min(at + ahead, bars.time.length - 1)]!;
    for (const symbol of stream.peers.keys()) {
      const theirs = others[symbol];
      if (!theirs) continue;
      const end = rowsUntil(theirs, until);
      for (let i = next.get(symbol) ?? 0; i < end; i++) stream.pushPeer(symbol, barAt(theirs, i));
      next.set(symbol, Math.max(end, next.get(symbol) ?? 0));
    }
    expect(stream.push(barAt(bars, at), row)).toBe(row);
    stream.names.forEach((name, i) => {
      columns[name]![at] = row[i]!;
    });
  }
}

describe('history at once', () => {
  const symbol = 'eurusd';
  const families =
    /^(bollinger_bqx|multi_scale_30m_rate|spread_features|cross_sectional_panel|market_regime_bqx)$/;
  const parameters = { baseline: 1.0843 };
  const rows = 1_900;
  let engine: Engine;
  let names: string[];
  let market: Others;
  let whole: Features;

  beforeAll(async () => {
    engine = await Engine.create();
    names = engine.set.families
      .filter(({ name }) => families.test(name))
      .flatMap(({ name, features }) => features.map(feature => `${name}.${feature.name}`));
    const [opened] = await engine.openAll(names, [{ symbol, parameters }]);
    // of the others there is nothing
    const pairs = [symbol, ...[...opened!.peers.keys()].slice(0, 9)];
    const months = [...generateBars({ seed: 3, pairs, from: '2024-07', to: '2024-07' })];
    // each pair lacks minutes of its own, and one begins late
    market = Object.fromEntries(
      months.map(({ symbol, bars }, i) => {
        const kept = [...bars.time.keys()].slice(i === 2 ? 700 : 0, rows + 80).filter(row => row % (41 + i));
        const pick = (values: Float64Array) => Float64Array.from(kept, row => values[row]!);
        const columns = Object.entries(bars.columns).map(([name, values]) => [name, pick(values)]);
        return [symbol, { time: pick(bars.time), columns: Object.fromEntries(columns) }];
      }),
    );
    whole = await engine.compute(market[symbol]!, names, { symbol, parameters, ...besides() });
  }, 60_000);

  /** Half of the others have a baseline; without one a stream refuses bars. */
  const besides = () => {
    const others = Object.entries(market).filter(([name]) => name !== symbol);
    return {
      peers: Object.fromEntries(others),
      peerParameters: Object.fromEntries(others.map(([name], i) => [name, { baseline: 1 + i / 10 }])),
    };
  };

  test('is the same as bar after bar, whatever part of it comes at once', async () => {
    const bars = market[symbol]!;
    const count = bars.time.length;
    const cut = fc.integer({ min: 0, max: count - 1 });
    const property = fc.asyncProperty(
      fc.array(cut, { minLength: 3, maxLength: 3 }),
      fc.constantFrom(0, 0, 30),
      async (cuts, ahead) => {
        const { peers: others, peerParameters } = besides();
        const stream = await engine.open(names, { symbol, parameters, peerParameters, history: 'complete' });
        const [first, second, third] = cuts.sort((a, b) => a - b) as [number, number, number];
        const columns = columnsOf(stream, count);
        const next = new Map<string, number>();
        const load = (from: number, to: number): void => {
          const until = bars.time[Math.min(to + ahead, count - 1)]!;
          const theirs = Object.entries(others).map(([name, all]): [string, Bars] => {
            const begin = next.get(name) ?? 0;
            next.set(name, Math.max(begin, rowsUntil(all, until)));
            return [name, barsBetween(all, begin, next.get(name)!)];
          });
          stream.load(barsBetween(bars, from, to), Object.fromEntries(theirs));
        };
        load(0, first);
        pushRows(stream, { bars, others, next }, [first, second], columns, ahead);
        load(second, third);
        const end = Math.min(count, third + 150);
        pushRows(stream, { bars, others, next }, [third, end], columns, ahead);
        const found = { time: bars.time, columns };
        expect(differences(whole, found, { from: first, to: second })).toEqual([]);
        expect(differences(whole, found, { from: third, to: end })).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: 4 });
  });

  test('of a part of the bars has NULL or the same', async () => {
    const bars = market[symbol]!;
    const { peers: others, peerParameters } = besides();
    const stream = await engine.open(names, { symbol, parameters, peerParameters });
    const [from, first, to] = [400, 900, 1_100];
    const since = bars.time[from]!;
    const cut = Object.fromEntries(
      Object.entries(others).map(([name, all]) => [
        name,
        barsBetween(all, rowsUntil(all, since), all.time.length),
      ]),
    );
    const next = new Map(
      Object.entries(cut).map(([name, all]) => [name, rowsUntil(all, bars.time[first - 1]!)]),
    );
    stream.load(
      barsBetween(bars, from, first),
      Object.fromEntries(
        Object.entries(cut).map(([name, all]) => [name, barsBetween(all, 0, next.get(name)!)]),
      ),
    );
    const columns = columnsOf(stream, bars.time.length);
    pushRows(stream, { bars, others: cut, next }, [first, to], columns);
    const waiting = new Set(stream.waiting);
    const known = names.filter(name => !waiting.has(name));
    const pick = (of: Features): Features => ({
      time: of.time,
      columns: Object.fromEntries(known.map(name => [name, of.columns[name]!.subarray(0, to)])),
    });
    // what looks back a day waits, what looks back an hour does not
    expect(waiting.size).toBeGreaterThan(10);
    expect(known.length).toBeGreaterThan(50);
    for (const name of waiting) expect(columns[name]!.every(Number.isNaN)).toBe(true);
    const found = pick({ time: bars.time, columns });
    for (const name of known)
      found.columns[name]!.forEach((value, row) => {
        if (Number.isNaN(value)) found.columns[name]![row] = whole.columns[name]![row]!;
      });
    expect(differences(pick(whole), found, { from: first, to })).toEqual([]);
  });

  test('must come behind what there is, and from symbols that are read', async () => {
    const stream = await engine.open(['bollinger_rate.w20_bb_upper'], { symbol, parameters });
    const bars = market[symbol]!;
    stream.load(barsBetween(bars, 0, 30));
    expect(() => stream.load(barsBetween(bars, 29, 40))).toThrow(
      expect.objectContaining({ code: 'WR_STREAM_ORDER' }),
    );
    expect(() => stream.load(barsBetween(bars, 30, 40), { usdjpy: bars })).toThrow(
      expect.objectContaining({ code: 'WR_STREAM_PEER' }),
    );
    stream.load(barsBetween(bars, 30, 30));
    expect(stream.time).toBe(bars.time[29]);
    expect(stream.waiting).toEqual([]);
  });

  test('of many symbols goes into one memory, and none disturbs another', async () => {
    const chosen = names.filter(name => name.startsWith('bollinger') || name.startsWith('multi_scale'));
    const symbols = Array.from({ length: 40 }, (_, i) => ({ symbol, parameters: { baseline: 1 + i / 7 } }));
    const streams = await engine.openAll(
      chosen,
      symbols.map(one => ({ ...one, history: 'complete' as const })),
    );
    const bars = market[symbol]!;
    for (const [i, stream] of streams.entries()) stream.load(barsBetween(bars, 0, 1_500 - i));
    const rowsOf = new Map(streams.map(stream => [stream, [...stream.push(barAt(bars, 1_600))]]));
    for (const i of [0, 17, 39]) {
      const alone = await engine.open(chosen, { ...symbols[i]!, history: 'complete' });
      alone.load(barsBetween(bars, 0, 1_500 - i));
      expect(rowsOf.get(streams[i]!)).toEqual([...alone.push(barAt(bars, 1_600))]);
    }
  });
});

describe('a cut stream', () => {
  const close = column('close');
  const features = [
    { name: 'partial', expr: partialMean(close, 5, 1) },
    { name: 'other', expr: mean(orElse(peer('gspc', mean(close, 2)), close), 3) },
    { name: 'both', expr: sub(close, mean(close, 2)) },
  ];
  const planned = plan(features);
  const open = async (history?: History): Promise<FeatureStream> => {
    const peers = peerPrograms(planned, symbol => ({ symbol, side: 1 })).map(program => ({
      ...program,
      own: false,
      parameters: {},
    }));
    return new FeatureStream(await Arena.create(), planned, {}, { peers, ...(history && { history }) });
  };
  const push = (stream: FeatureStream, time: number): number[] => [
    ...stream.push({ time, close: 3 * time ** 2 }),
  ];
  const none = Number.NaN;

  test('gives no partial window that is not one of the symbol', async () => {
    const [complete, cut] = [await open('complete'), await open()];
    expect([1, 2, 3, 4, 5].map(time => push(complete, time)[0])).toEqual([3, 7.5, 14, 22.5, 33]);
    expect([1, 2, 3, 4, 5].map(time => push(cut, time)[0])).toEqual([none, none, none, none, 33]);
    expect(complete.isSettled && cut.isSettled).toBe(true);
  });

  test('waits for another symbol again from its first bar on', async () => {
    const stream = await open();
    expect([1, 2, 3, 4].map(time => push(stream, time)[1])).toEqual([none, none, 14, 29]);
    const found = [5, 6, 7, 8, 9].map(time => {
      stream.pushPeer('gspc', { time, close: 100 });
      return push(stream, time)[1];
    });
    // its mean of two has been whole since 6, and the mean of three rows looks back to 6 at 8
    expect(found).toEqual([none, none, none, 100, 100]);
    expect(stream.waiting).toEqual([]);
  });

  test('says who waits, and lets the others go on', async () => {
    const stream = await open();
    expect(stream.waiting).toEqual(['partial', 'other', 'both']);
    expect(push(stream, 1)).toEqual([none, none, none]);
    expect(push(stream, 2)).toEqual([none, none, 4.5]);
    expect(stream.waiting).toEqual(['partial', 'other']);
  });
});
