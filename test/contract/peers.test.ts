import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bars } from '../../host/catalog/bars.ts';
import { sets } from '../../host/catalog/catalog.ts';
import {
  basePeers,
  besideOf,
  crossPeers,
  faultOfPeer,
  panel,
  peersOf,
  quotePeers,
  rivals,
} from '../../host/catalog/roles.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { Arena } from '../../host/engine/module.ts';
import { computeFeatures, Engine, type Features } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import { barsBetween } from '../support/contract.ts';
import { draws } from '../support/draws.ts';

// Series of other symbols in the set fx: who plays a role, and which of the other's bars a row sees.

const minute = 60_000_000;
const start = Date.UTC(2024, 6, 1) * 1000;

/** Bars at these minutes; the close says which. */
const barsAt = (minutes: readonly number[], close = (at: number): number => at): Bars => ({
  time: Float64Array.from(minutes, at => start + at * minute),
  columns: { close: Float64Array.from(minutes, close) },
});

const setWith = (features: Readonly<Record<string, string>>) => ({ custom: { mine: { features } } });

const valuesOf = async (
  formula: string,
  bars: Bars,
  options: Parameters<typeof computeFeatures>[2],
): Promise<number[]> => {
  const { columns } = await computeFeatures(bars, ['mine.a'], {
    ...options,
    setConfig: setWith({ a: formula }),
  });
  return [...columns['mine.a']!];
};

describe('roles', () => {
  const who = (symbol: string, names: readonly string[]) =>
    names.map(name => besideOf(fx, symbol)(name)?.symbol ?? '-').join(' ');

  test('of a pair that is in the panel', () => {
    expect(who('eurusd', basePeers)).toBe('euraud eurcad eurchf eurgbp eurjpy eurnzd');
    expect(who('eurusd', quotePeers)).toBe('audusd gbpusd nzdusd usdcad usdchf usdjpy');
    expect(who('eurusd', crossPeers)).toBe(
      'audcad audchf audjpy audnzd cadchf cadjpy chfjpy gbpaud gbpcad gbpchf gbpjpy gbpnzd nzdcad nzdchf nzdjpy',
    );
    expect(who('eurusd', panel)).toBe('eurusd gbpusd usdjpy usdchf audusd usdcad nzdusd eurjpy');
    expect(who('eurusd', rivals)).toBe('- gbpusd usdjpy usdchf audusd usdcad nzdusd eurjpy');
  });

  test('of every pair: six, six and fifteen others, each once', () => {
    for (const symbol of fx.symbols) {
      const all = [...basePeers, ...quotePeers, ...crossPeers].map(
        name => besideOf(fx, symbol)(name)!.symbol,
      );
      expect(new Set([...all, symbol])).toEqual(new Set(fx.symbols));
      expect(all).toHaveLength(27);
    }
  });

  test('have a side where a currency is shared', () => {
    const sides = (symbol: string, names: readonly string[]) =>
      names.map(name => besideOf(fx, symbol)(name)!.side);
    expect(sides('usdcad', basePeers)).toEqual([-1, -1, -1, -1, 1, 1]); // audusd eurusd gbpusd nzdusd usdchf usdjpy
    expect(sides('usdcad', quotePeers)).toEqual([1, -1, -1, 1, 1, 1]); // audcad cadchf cadjpy eurcad gbpcad nzdcad
    expect(sides('usdcad', [...crossPeers, ...panel])).toEqual(Array.from({ length: 23 }, () => 1));
  });

  test('and symbols that families name are there', () => {
    for (const set of sets)
      for (const family of set.families)
        for (const name of peersOf(family).keys()) expect(faultOfPeer(set, name)).toBeUndefined();
  });

  test('are nobody’s for a symbol that is none of the pairs', () => {
    expect(besideOf(fx, 'xauusd')('base1')).toBeUndefined();
    expect(besideOf(fx, 'xauusd')('eurusd')).toEqual({ symbol: 'eurusd', side: 1 });
  });
});

describe('a series of another symbol', () => {
  const bars = barsAt([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const nothing = Number.NaN;

  test('has the value of the newest bar that is at most five minutes old, never of a later one', async () => {
    const peers = { gbpusd: barsAt([1, 2, 9]) };
    const found = await valuesOf('peer("gbpusd", close)', bars, { peers });
    expect(found).toEqual([nothing, 1, 2, 2, 2, 2, 2, 2, nothing, 9, 9, 9]);
  });

  test('counts the other’s own bars, and is NULL where its newest is', async () => {
    const peers = { gbpusd: barsAt([0, 3, 4, 10], at => (at === 4 ? Number.NaN : at)) };
    const found = await valuesOf('peer("gbpusd", close - close[1])', bars, { peers });
    expect(found).toEqual([nothing, nothing, nothing, 3, ...Array.from({ length: 8 }, () => nothing)]);
  });

  test('has the other’s parameters: given, or from its bars', async () => {
    const peers = { eurusd: barsAt([0, 1, 2], () => 2), eurjpy: barsAt([0, 1, 2], () => 150) };
    const options = { symbol: 'eurgbp', peers };
    const at = async (formula: string, more = {}) =>
      (await valuesOf(formula, barsAt([0, 1, 2]), { ...options, ...more })).at(-1);
    expect(await at('peer("eurusd", rate_index)')).toBe(100);
    expect(await at('peer("eurusd", rate_index)', { peerParameters: { eurusd: { baseline: 4 } } })).toBe(50);
    expect(await at('peer("base4", $pip) + $pip')).toBe(0.01 + 0.0001); // eurjpy
    expect(await at('peer("base6", $side * close)')).toBe(2);
    // eurusd of usdjpy: the dollar is on the other side
    expect(await at('peer("base2", $side * close)', { symbol: 'usdcad' })).toBe(-2);
  });

  test('is NULL where the other has no bars, or nobody plays the role', async () => {
    const short = barsAt([0, 1]);
    const peers = { eurusd: barsAt([0, 1]) };
    for (const [formula, symbol] of [
      ['peer("base1", close)', 'eurusd'],
      ['peer("rival1", close)', 'eurusd'],
      ['peer("base1", close)', 'xauusd'],
      ['peer("base1", close)', undefined],
    ] as const)
      expect(await valuesOf(formula, short, { ...(symbol && { symbol }), peers })).toEqual([
        nothing,
        nothing,
      ]);
  });

  test('of the symbol itself is that of its own bars', async () => {
    for (const name of ['eurusd', 'panel1'])
      expect(await valuesOf(`peer("${name}", mean(close, 3))`, bars, { symbol: 'eurusd' })).toEqual(
        await valuesOf('mean(close, 3)', bars, { symbol: 'eurusd' }),
      );
  });
});

test('rows are laid beside each other by age, to the microsecond', async () => {
  const arena = await Arena.create();
  // few times in common, or most
  const times = fc
    .oneof(
      fc.uniqueArray(fc.nat(300), { minLength: 1, maxLength: 60 }),
      fc.uniqueArray(fc.nat(70), { minLength: 50, maxLength: 70 }),
    )
    .map(all => Float64Array.from(all).sort());
  const put = (values: Float64Array): number => {
    const address = arena.allocate(values.length * 8);
    arena.f64(address, values.length).set(values);
    return address;
  };
  const property = fc.property(times, times, fc.constantFrom(0, 1, 5, 1_000), (own, others, limit) => {
    const mark = arena.top;
    const [time, otherTime] = [put(own), put(others)];
    // some values are NULL: an older one does not stand in
    const values = others.map(at => (at % 7 === 3 ? Number.NaN : at + 0.5));
    const out = arena.allocate(own.length * 8);
    arena.exports.alignRows(time, own.length, otherTime, put(values), others.length, limit, out);
    const expected = own.map(at => {
      const newest = others.findLastIndex(other => other <= at);
      return newest >= 0 && at - others[newest]! <= limit ? values[newest]! : Number.NaN;
    });
    expect(arena.f64(out, own.length)).toEqual(expected);
    arena.release(mark);
  });
  fc.assert(property, { numRuns: 300 });
});

const formulas = {
  a: 'std(peer("base1", rate_index), 7) + peer("quote2", $side * mean(rate_index, 9))',
  b: 'peer("panel1", ema(close, 4)) - peer("rival2", ema(close, 4))',
  c: 'corr(peer("eurusd", close), rate_index, 12)',
  d: 'peer("cross3", rate_index)[3]',
};
const names = Object.keys(formulas).map(name => `mine.${name}`);
const rows = 250;

/** Bars of which single ones and stretches are missing. */
function ragged(seed: number, lack: number): Bars {
  const draw = draws(seed);
  let left = 0;
  const minutes = Array.from({ length: rows }, (_, at) => at).filter(() => {
    if (left === 0 && draw.uniform() < lack) left = Math.ceil(12 * draw.uniform() ** 2);
    return left === 0 || left-- === 0;
  });
  let price = 1 + draw.uniform();
  return barsAt(minutes, () => {
    price *= 1 + 0.01 * (draw.uniform() - 0.5);
    return price;
  });
}

const market = fc
  .record({
    symbol: fc.constantFrom('eurusd', 'usdcad', 'gbpjpy'),
    seed: fc.nat(10_000),
    lack: fc.constantFrom(0, 0.05, 0.3),
    ahead: fc.constantFrom(0, 3, rows),
  })
  .map(({ symbol, seed, lack, ahead }) => {
    const peers = Object.fromEntries(fx.symbols.map((name, i) => [name, ragged(seed + i, lack)]));
    const parametersOf = (name: string) => ({ baseline: 1 + name.charCodeAt(0) / 100, pip: 0.0001 });
    return {
      symbol,
      bars: peers[symbol]!,
      peers,
      parameters: parametersOf(symbol),
      peerParameters: Object.fromEntries(fx.symbols.map(name => [name, parametersOf(name)])),
      ahead,
      toString: () => `${symbol}, seed ${seed}, ${lack} missing, ${ahead} ahead`,
    };
  });
type Market = typeof market extends fc.Arbitrary<infer T> ? T : never;

const setConfig = setWith(formulas);
const engine = await Engine.create({ setConfig });

async function streamed({
  symbol,
  bars,
  peers,
  parameters,
  peerParameters,
  ahead,
}: Market): Promise<Features> {
  const options = { symbol, parameters, peerParameters, history: 'complete' } as const;
  const stream = await engine.open(names, options);
  expect(stream.peers.has(symbol)).toBe(false);
  const columns = Object.fromEntries(names.map(name => [name, new Float64Array(bars.time.length)]));
  const next = new Map([...stream.peers.keys()].map(name => [name, 0]));
  bars.time.forEach((time, row) => {
    for (const [name, first] of next) {
      const own = peers[name]!;
      let at = first;
      for (; own.time[at]! <= time + ahead * minute; at++)
        stream.pushPeer(name, { time: own.time[at]!, close: own.columns.close![at]! });
      next.set(name, at);
    }
    const values = stream.push({ time, close: bars.columns.close![row]! });
    names.forEach((name, i) => {
      columns[name]![row] = values[i]!;
    });
  });
  return { time: bars.time, columns };
}

describe('features of several symbols', () => {
  test('have the same bits in a stream, whoever lacks bars', async () => {
    const property = fc.asyncProperty(market, async one => {
      const { bars, ...options } = one;
      expect(differences(await engine.compute(bars, names, options), await streamed(one))).toEqual([]);
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('have the same bits from any cut, and nothing of the future', async () => {
    const property = fc.asyncProperty(market, fc.integer({ min: 1, max: rows }), async (one, cut) => {
      const { bars, peers, ...options } = one;
      const whole = await engine.compute(bars, names, { ...options, peers });
      const until = bars.time[Math.min(cut, bars.time.length) - 1]!;
      const pastOf = (all: Bars): Bars => barsBetween(all, 0, all.time.filter(time => time <= until).length);
      const past = await engine.compute(pastOf(bars), names, {
        ...options,
        peers: Object.fromEntries(Object.entries(peers).map(([name, all]) => [name, pastOf(all)])),
      });
      expect(differences(whole, past, { from: 0, to: past.time.length })).toEqual([]);
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('wait in a stream for a pair whose parameters are not known', async () => {
    const stream = await engine.open(['mine.d'], { symbol: 'eurusd', parameters: { baseline: 1, pip: 1 } });
    expect([...stream.push({ time: start, close: 1 })]).toEqual([Number.NaN]);
    expect(() => stream.pushPeer('audjpy', { time: start + minute, close: 1 })).toThrow(
      'the features need the parameter "baseline" of audjpy, which has no value',
    );
  });
});
