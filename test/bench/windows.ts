import { interleave, median } from '../../host/bench/rounds.ts';
import { call, column } from '../../host/catalog/expr.ts';
import { copyBars } from '../../host/engine/compute.ts';
import { CopyEncoder } from '../../host/engine/copy.ts';
import { Arena } from '../../host/engine/module.ts';
import { type Plan, plan } from '../../host/engine/plan.ts';
import { Session } from '../../host/engine/session.ts';
import { twins } from '../support/operatorTwins.ts';
import { type Figure, figureOf, ratios } from './figure.ts';
import { pairBars } from './market.ts';

// What a longer window costs: a window of 2,000 bars against one of 30, over a month. The goal is for computing all
// operators in one plan; what a cell costs computed and encoded, and each operator alone, stand beside it. The number of
// merges is 15 for 2,000 bars and 7 for 30.

const operators = ['mean', 'std', 'skew', 'kurt', 'min', 'max', 'slope', 'corr', 'ema'] as const;
type Operator = (typeof operators)[number];
const [short, long] = [30, 2_000];
const rounds = 9;
/** Rows compared with each operator's plain form. */
const samples = 25;

/** Nanoseconds a row. */
type Cost = { readonly compute: number; readonly encode: number };

export async function benchWindows(): Promise<Figure[]> {
  const { time, columns } = pairBars('eurusd', '2024-06', '2024-08');
  const inputs = { close: columns.close!, open: columns.open! };
  const argsOf = (name: Operator): ('close' | 'open')[] => (name === 'corr' ? ['close', 'open'] : ['close']);
  const planOf = (names: readonly Operator[], window: number): Plan =>
    plan(names.map(name => ({ name, expr: call(name, argsOf(name).map(column), [window]) })));

  const rows = time.length;
  const arena = await Arena.create();
  const kept = operators.map(() => arena.allocate(rows * 8));
  const addresses = copyBars(arena, { time, columns: inputs }, ['time', 'close', 'open']);
  const mark = arena.top;

  const check = (name: Operator, window: number, first: number): void => {
    const { value, tolerance = 0, magnitude } = twins[name]!;
    const series = argsOf(name).map(arg => inputs[arg]);
    const results = arena.f64(kept[operators.indexOf(name)]!, rows - first);
    const step = Math.floor(results.length / samples);
    for (let row = first + step - 1; row < rows; row += step) {
      const expected = value(series, [window], row);
      const allowed = tolerance * (magnitude?.(series, [window], row) ?? Math.abs(expected));
      const found = results[row - first]!;
      if (!(Math.abs(found - expected) <= allowed))
        throw new Error(`${name}(${window}), row ${row}: found ${found}, expected ${expected}`);
    }
  };

  const measure = (names: readonly Operator[], window: number) => {
    const planned = planOf(names, window);
    return (round: number): Cost => {
      arena.release(mark);
      const session = new Session(arena, planned, {});
      session.load(addresses);
      // the first full window is history, as a backfill reads it
      const first = planned.lookback;
      session.firstOutput = first;
      if (round === 0) session.keep(names.map(name => kept[operators.indexOf(name)]!));
      const encoder = new CopyEncoder(arena, { time: addresses.time!, columns: session.outputAddresses() });
      session.run(0, first);
      let [compute, encode] = [0, 0];
      let at = performance.now();
      for (let row = first; row < rows; ) {
        const count = Math.min(session.room, rows - row);
        session.run(row, count);
        const computed = performance.now();
        compute += computed - at;
        encoder.point(addresses.time! + row * 8, session.outputAddresses());
        encoder.encode(0, count);
        at = performance.now();
        encode += at - computed;
        row += count;
      }
      if (round === 0) for (const name of names) check(name, window, first);
      const perRow = 1e6 / (rows - first);
      return { compute: compute * perRow, encode: encode * perRow };
    };
  };

  const groups = [operators, ...operators.map(name => [name])];
  const label = (names: readonly string[]): string => (names.length > 1 ? 'all nine' : names[0]!);
  const cases = groups.flatMap(names =>
    [short, long].map(window => [`${label(names)} ${window}`, measure(names, window)] as const),
  );
  const results = await interleave(Object.fromEntries(cases), rounds);
  const figure = (names: readonly string[], what: string, of: (cost: Cost) => number): Figure => {
    const [few, many] = [short, long].map(window => results[`${label(names)} ${window}`]!.map(of));
    const ns = `${median(many!).toFixed(1)} over ${median(few!).toFixed(1)} ns a row`;
    const text = `${label(names)} of ${long} bars over ${short}, ${what} (${ns})`;
    return figureOf({ bench: 'windows', figure: text, unit: 'x' }, ratios(many!, few!));
  };
  const computed = groups.map(names => figure(names, 'computed', ({ compute }) => compute));
  const goal = { atMost: 2 };
  return [
    ...computed.map((row, i) => (groups[i]!.length > 1 ? { ...row, goal } : row)),
    figure(operators, 'computed and encoded', ({ compute, encode }) => compute + encode),
  ];
}
