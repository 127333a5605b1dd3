import type { Bars } from '../../host/catalog/bars.ts';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { Engine } from '../../host/engine/engine.ts';
import type { FeatureStream } from '../../host/engine/stream.ts';
import { threadMs } from './cpu.ts';
import { between, OneBar } from './feed.ts';
import { type Figure, figureOf, mustEqual } from './figure.ts';
import { barTimes, stockBars, symbolName } from './stockBars.ts';

// 5,000 symbols with one bar each, one after the other on one core: what a close of a market asks for. Each symbol has a
// stream of its own in the memory of all; the planes of one are not in the cache when its bar comes. Times are those of the thread
// on its core.

const bench = 'stream';
const symbols = 5_000;
/** Bars that come one by one to every symbol; the first warm up. */
const bars = 8;
const warmUp = 3;
/** Symbols that have bars of their own; the others share them, and not their streams. */
const made = 50;

type Case = {
  readonly what: string;
  readonly set: string;
  readonly names: readonly string[];
  /** Whose bars come to every symbol beside its own. */
  readonly index?: string;
};

const joined = (months: readonly { readonly bars: Bars }[]): Bars => {
  const join = (parts: readonly Float64Array[]) => Float64Array.from(parts.flatMap(part => [...part]));
  const names = Object.keys(months[0]!.bars.columns) as (keyof Bars['columns'])[];
  return {
    time: join(months.map(({ bars }) => bars.time)),
    columns: Object.fromEntries(
      names.map(name => [name, join(months.map(({ bars }) => bars.columns[name]!))]),
    ),
  };
};

async function benchCase({ what, set, names, index }: Case): Promise<Figure[]> {
  const engine = await Engine.create({ set });
  const { lookback } = engine.plan(names);
  const rows = lookback + bars;
  const times = barTimes('daily', rows);
  const months = [...stockBars([...Array.from({ length: made }, (_, i) => symbolName(i)), 'index'], times)];
  const bySymbol = [...Map.groupBy(months, ({ symbol }) => symbol).values()].map(joined);
  const theirs = bySymbol[made]!;
  const options = { parameters: { baseline: 100, pip: 0.01 } };
  const streams: FeatureStream[] = await engine.openAll(
    names,
    Array.from({ length: symbols }, () => ({ ...options, history: 'complete' as const })),
  );
  const history = between(theirs, 0, lookback);
  const began = threadMs();
  for (const [i, stream] of streams.entries())
    stream.load(between(bySymbol[i % made]!, 0, lookback), index === undefined ? {} : { [index]: history });
  const loaded = threadMs() - began;
  const megabytes = streams[0]!.memoryBytes / 2 ** 20;
  const one = new OneBar();
  const row = new Float64Array(names.length);
  const took: number[] = [];
  for (let at = lookback; at < rows; at++) {
    const start = threadMs();
    for (let i = 0; i < symbols; i++) {
      if (index !== undefined) streams[i]!.pushPeer(index, one.of(theirs, at));
      streams[i]!.push(one.of(bySymbol[i % made]!, at), row);
    }
    took.push(threadMs() - start);
  }
  const last = bySymbol[(symbols - 1) % made]!;
  const peers = index === undefined ? {} : { peers: { [index]: theirs } };
  const batch = await engine.compute(last, names, { ...options, ...peers, firstRow: rows - 1 });
  names.forEach((name, i) => {
    mustEqual(`${name} of the last bar`, Object.is(row[i], batch.columns[name]![0]), true);
  });
  const figure = (text: string, unit: string, values: readonly number[]) => ({
    ...figureOf({ bench, figure: `${symbols.toLocaleString('en')} symbols, ${what}: ${text}`, unit }, values),
  });
  return [
    { ...figure('one bar each', 'ms', took.slice(warmUp)), goal: { atMost: 150 } },
    figure(`${lookback} bars each at once`, 'ms', [loaded]),
    figure('memory of all', 'MB', [megabytes]),
  ];
}

export async function benchSymbols(): Promise<Figure[]> {
  const bollinger = featuresOf(setByName('fx')).filter(({ family }) => /^bollinger_/.test(family));
  const daily = featuresOf(setByName('stocks-daily'));
  return [
    ...(await benchCase({
      what: '20 features of bands',
      set: 'fx',
      names: bollinger.map(({ qualifiedName }) => qualifiedName),
    })),
    ...(await benchCase({
      what: '20 daily features beside an index',
      set: 'stocks-daily',
      names: daily.map(({ qualifiedName }) => qualifiedName),
      index: 'gspc',
    })),
  ];
}
