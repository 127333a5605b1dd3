import { readFileSync } from 'node:fs';
import { interleave, median } from '../../host/bench/rounds.ts';
import { Engine } from '../../host/engine/engine.ts';
import { Arena } from '../../host/engine/module.ts';
import { layOut, nsPerCell } from './computing.ts';
import { threadMs } from './cpu.ts';
import { OneBar } from './feed.ts';
import { type Figure, figureOf } from './figure.ts';
import { monthsOf, parameters, planOf } from './growthCases.ts';

// Whether something has become much slower, in a few seconds on any machine, however busy: ratios of CPU time to that of a
// plain loop over the same bars in the same run, in turn, against those that are stored beside. The bounds are generous.

const bench = 'gate';
const rounds = 5;
const most = 2;

type Baseline = Readonly<Record<'compute' | 'compute and encode' | 'live bar' | 'plan', number>>;

const stored = (): Baseline => JSON.parse(readFileSync(new URL('./gate.json', import.meta.url), 'utf8'));

/** Mean and deviation over the last 20 values, as one would write them down: nanoseconds a row. */
function plainLoop(values: Float64Array, out: Float64Array): number {
  const start = threadMs();
  for (let row = 19; row < values.length; row++) {
    let sum = 0;
    for (let i = row - 19; i <= row; i++) sum += values[i]!;
    const mean = sum / 20;
    let squares = 0;
    for (let i = row - 19; i <= row; i++) squares += (values[i]! - mean) ** 2;
    out[row] = mean + Math.sqrt(squares / 19);
  }
  return ((threadMs() - start) * 1e6) / values.length;
}

export async function benchGate(): Promise<Figure[]> {
  const bars = monthsOf('eurusd', 1);
  const arena = await Arena.create();
  const plan = planOf(['statistics_rate', 'reg_rate']);
  const laid = layOut(arena, bars, plan);
  const engine = await Engine.create();
  const names = plan.features.map(({ name }) => name);
  const one = new OneBar();
  const row = new Float64Array(names.length);
  // long enough for clocks that count by four milliseconds
  const close = Float64Array.from(
    { length: 100 * bars.time.length },
    (_, i) => bars.columns.close![i % 30_000]!,
  );
  const out = new Float64Array(close.length);
  const live = async (): Promise<number> => {
    const stream = await engine.open(names, { symbol: 'eurusd', parameters });
    const start = threadMs();
    for (let at = 0; at < 10_000; at++) stream.push(one.of(bars, at), row);
    return ((threadMs() - start) * 1e6) / 10_000;
  };
  const planning = (): number => {
    const start = threadMs();
    planOf(['statistics_rate', 'reg_rate', 'technical_rate', 'volume_features']);
    return (threadMs() - start) * 1e6;
  };
  const found = await interleave(
    {
      plain: () => plainLoop(close, out),
      compute: () => nsPerCell(arena, plan, [laid, laid, laid, laid], parameters, { encoded: false }),
      'compute and encode': () => nsPerCell(arena, plan, [laid, laid, laid, laid], parameters),
      'live bar': live,
      plan: planning,
    },
    rounds,
  );
  const plain = median(found.plain!);
  const figures = Object.entries(stored()).map(([name, baseline]) => {
    const ratio = found[name]!.map(ns => ns / plain / baseline);
    const now = (median(found[name]!) / plain).toPrecision(3);
    const what = `${name} over a plain loop: ${now}, against ${baseline} stored`;
    return figureOf({ bench, figure: what, unit: 'x', goal: { atMost: most } }, ratio);
  });
  const slower = figures.filter(({ value }) => value > most);
  if (slower.length > 0) throw new Error(slower.map(({ figure }) => figure).join('; '));
  return figures;
}
