import { generateBars } from '../../host/bars/index.ts';
import { median } from '../../host/bench/rounds.ts';
import type { Bars } from '../../host/catalog/bars.ts';
import { featuresOf } from '../../host/catalog/catalog.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { Engine, type StreamOptions } from '../../host/engine/engine.ts';
import type { Bar } from '../../host/engine/liveSession.ts';
import type { FeatureStream } from '../../host/engine/stream.ts';
import { between, OneBar } from './feed.ts';
import { type Figure, figureOf, type Goal, mustEqual } from './figure.ts';
import { isTransform, pairBars, parametersOf } from './market.ts';
import { benchSymbols } from './symbols.ts';

// What a bar costs in a live stream: one bar pushed, one row of features read, as if each bar came alone. The same bars come to
// one stream after the other: the median and the 99th percentile of each, which holds the bars that cost more than others,
// because an hour begins or history moves. What V8 has compiled in haste counts in `start`, not here.

const symbol = 'eurusd';
const rounds = 5;
const timedBars = 1_000;
const bench = 'stream';

const rowsBefore = ({ time }: Bars, at: number): number => time.findLastIndex(other => other < at) + 1;

/** Microseconds of each bar, and of the bars of others that came before it; how long the history took that came at once. */
type Round = { readonly push: Float64Array; readonly peers: Float64Array; readonly loadMs: number };

/** Pushing for so long, V8 compiles what runs, also where other work keeps its threads waiting. */
const warmUpMs = 150;

class Live {
  readonly #engine: Engine;
  readonly #names: readonly string[];
  readonly #market: ReadonlyMap<string, Bars>;
  readonly #options: StreamOptions;
  readonly #bars: Bars;
  readonly #first: number;

  constructor(engine: Engine, names: readonly string[], market: ReadonlyMap<string, Bars>) {
    this.#engine = engine;
    this.#names = names;
    this.#market = market;
    this.#bars = market.get(symbol)!;
    this.#first = this.#bars.time.length - timedBars;
    const others = [...market].filter(([name]) => name !== symbol);
    this.#options = {
      symbol,
      parameters: parametersOf(symbol, this.#bars),
      peerParameters: Object.fromEntries(others.map(([name, bars]) => [name, parametersOf(name, bars)])),
      history: 'complete',
    };
  }

  /** A stream that has its history, and where the bars of others go on. */
  async open(): Promise<{ stream: FeatureStream; next: Map<string, number>; loadMs: number }> {
    const stream = await this.#engine.open(this.#names, this.#options);
    const next = new Map(
      [...stream.peers.keys()].map(name => [
        name,
        rowsBefore(this.#market.get(name)!, this.#bars.time[this.#first]!),
      ]),
    );
    const history = [...next].map(([name, end]) => [name, between(this.#market.get(name)!, 0, end)]);
    const start = performance.now();
    stream.load(between(this.#bars, 0, this.#first), Object.fromEntries(history));
    return { stream, next, loadMs: performance.now() - start };
  }

  async #round(row: Float64Array): Promise<Round> {
    const [push, peers] = [new Float64Array(timedBars), new Float64Array(timedBars)];
    const one = new OneBar();
    const { stream, next, loadMs } = await this.open();
    for (let i = 0; i < timedBars; i++) {
      const at = this.#first + i;
      const begun = performance.now();
      for (const [name, from] of next) {
        const bars = this.#market.get(name)!;
        let to = from;
        for (; bars.time[to]! <= this.#bars.time[at]!; to++) stream.pushPeer(name, one.of(bars, to));
        next.set(name, to);
      }
      const bar = one.of(this.#bars, at);
      const fed = performance.now();
      stream.push(bar, row);
      const done = performance.now();
      push[i] = (done - fed) * 1000;
      peers[i] = (fed - begun) * 1000;
    }
    return { push, peers, loadMs };
  }

  /** The rounds once everything is compiled. */
  async time(): Promise<readonly Round[]> {
    const row = new Float64Array(this.#names.length);
    for (let spent = 0; spent < warmUpMs; ) {
      const { push } = await this.#round(row);
      spent += push.reduce((sum, us) => sum + us, 0) / 1000;
    }
    const found: Round[] = [];
    for (let round = 0; round < rounds; round++) found.push(await this.#round(row));
    await this.#check(row);
    return found;
  }

  /** The last row, against a batch. */
  async #check(row: Float64Array): Promise<void> {
    const others = [...this.#market].filter(([name]) => name !== symbol);
    const { history: _, ...options } = this.#options;
    const peers = Object.fromEntries(others);
    const firstRow = this.#bars.time.length - 1;
    const batch = await this.#engine.compute(this.#bars, this.#names, { ...options, peers, firstRow });
    this.#names.forEach((name, i) => {
      mustEqual(`${name} of the last bar`, Object.is(row[i], batch.columns[name]![0]), true);
    });
  }

  /** Bytes of the heap that a bar takes: the least of several runs, as V8 may still compile beside some. */
  async allocated(): Promise<number> {
    const { stream } = await this.open();
    const row = new Float64Array(this.#names.length);
    const { bar } = new OneBar();
    bar.time = this.#bars.time.at(-1)!;
    const bars = 500;
    const bytes = (take: (bar: Bar) => unknown): number => {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < bars; i++) {
        bar.time += 60_000_000;
        take(bar);
      }
      return process.memoryUsage().heapUsed - before;
    };
    const push = (bar: Bar): unknown => stream.push(bar, row);
    // the next time of a bar is a number on the heap, too
    const nothing = (bar: Bar): unknown => bar;
    const [idle, pushed] = [nothing, push].map(take => {
      const runs = Array.from({ length: 12 }, () => bytes(take)).slice(3);
      // less than nothing is a run in which garbage was collected
      return Math.min(...runs.filter(run => run >= 0));
    });
    // less than a number a bar is what the measurement itself takes
    return Math.floor(Math.max(0, pushed! - idle!) / bars);
  }
}

function percentile(values: Float64Array, share: number): number {
  return values.toSorted()[Math.floor(share * (values.length - 1))]!;
}

type Size = {
  readonly what: string;
  readonly names: readonly string[];
  readonly goal?: Goal;
};

async function benchSize({ what, names, goal }: Size, engine: Engine, market: ReadonlyMap<string, Bars>) {
  const live = new Live(engine, names, market);
  const rounds = await live.time();
  const figure = (text: string, unit: string, values: readonly number[], wanted?: Goal): Figure =>
    figureOf({ bench, figure: `${what}: ${text}`, unit, ...(wanted && { goal: wanted }) }, values);
  const others = engine.plan(names).peers.length > 0;
  const each = (share: number, of: 'push' | 'peers' = 'push'): number[] =>
    rounds.map(round => percentile(round[of], share));
  const late = each(0.99);
  return [
    figure(`one bar, 99 % of them within ${median(late).toPrecision(3)} us`, 'us', each(0.5), goal),
    figure('one bar, 99th percentile', 'us', late),
    ...(others ? [figure('one bar of each other pair', 'us', each(0.5, 'peers'))] : []),
    figure('heap that a bar takes', 'bytes', [await live.allocated()], { atMost: 0 }),
    figure(
      'two months of history at once',
      'ms',
      rounds.map(({ loadMs }) => loadMs),
    ),
  ];
}

export async function benchStream(): Promise<Figure[]> {
  const engine = await Engine.create();
  const all = featuresOf(fx);
  const of = (chosen: (family: string) => boolean): string[] =>
    all.filter(({ family }) => chosen(family)).map(({ qualifiedName }) => qualifiedName);
  const last = [...generateBars({ seed: 1, pairs: fx.symbols, from: '2024-08', to: '2024-08' })];
  const market = new Map(last.map(({ symbol, bars }) => [symbol, bars]));
  market.set(symbol, pairBars(symbol, '2024-06', '2024-08'));
  const sizes: Size[] = [
    {
      what: '20 features',
      names: of(family => /^bollinger_/.test(family)),
      goal: { atMost: 15 },
    },
    { what: '760 features of one pair', names: of(family => !isTransform(family)), goal: { atMost: 400 } },
    { what: 'all 1,060 features', names: of(() => true) },
  ];
  const figures: Figure[] = [];
  for (const size of sizes) figures.push(...(await benchSize(size, engine, market)));
  return [...figures, ...(await benchSymbols())];
}
