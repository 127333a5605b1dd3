import { interleave } from '../../host/bench/rounds.ts';
import type { BarColumn } from '../../host/catalog/bars.ts';
import { featuresOf } from '../../host/catalog/catalog.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { Engine } from '../../host/engine/engine.ts';
import type { Bar } from '../../host/engine/stream.ts';
import { type Figure, figureOf, mustEqual } from './figure.ts';
import { pairBars, parametersOf } from './market.ts';

// What a bar costs in a live stream: one bar pushed, one row of features read, as if each bar came alone.

const symbol = 'eurusd';
const rounds = 5;
const timedBars = 5_000;

export async function benchStream(): Promise<Figure[]> {
  const bars = pairBars(symbol, '2024-06', '2024-08');
  const parameters = parametersOf(symbol, bars);
  const engine = await Engine.create();
  const names = featuresOf(fx).map(({ qualifiedName }) => qualifiedName);
  const sizes = { few: names.filter(name => /^bollinger_/.test(name)), all: names };
  const bar = (row: number): Bar => ({
    time: bars.time[row]!,
    ...Object.fromEntries(
      Object.entries(bars.columns).map(([name, values]) => [name as BarColumn, values[row]!]),
    ),
  });
  const lastRow = bars.time.length - 1;
  const timed = Array.from({ length: timedBars }, (_, i) => bar(lastRow - timedBars + 1 + i));
  const run = (features: readonly string[]) => async (): Promise<number> => {
    const stream = await engine.open(features, { symbol, parameters });
    const first = Math.max(0, lastRow - timedBars + 1 - stream.lookback);
    for (let row = first; row <= lastRow - timedBars; row++) stream.push(bar(row));
    const start = performance.now();
    let row: Float64Array = new Float64Array();
    for (const next of timed) row = stream.push(next);
    const took = performance.now() - start;
    // the last row, against a batch
    const batch = await engine.compute(bars, features, { symbol, parameters, firstRow: lastRow });
    features.forEach((name, i) => {
      mustEqual(`${name} of the last bar`, Object.is(row[i], batch.columns[name]![0]), true);
    });
    return (took / timedBars) * 1000;
  };
  const results = await interleave({ few: run(sizes.few), all: run(sizes.all) }, rounds);
  return (['few', 'all'] as const).map(size =>
    figureOf(
      { bench: 'stream', figure: `one bar, ${sizes[size].length} features`, unit: 'us' },
      results[size]!,
    ),
  );
}
