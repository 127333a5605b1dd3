import { call, column } from '../../host/catalog/expr.ts';
import { copyBars } from '../../host/engine/compute.ts';
import { Arena } from '../../host/engine/module.ts';
import { blockRows, plan } from '../../host/engine/plan.ts';
import { Session } from '../../host/engine/session.ts';
import { twins } from '../support/operatorTwins.ts';
import { type Figure, figureOf, interleave, median, ratios } from './figure.ts';
import { pairBars } from './market.ts';

// What a longer window costs: one operator alone over a month, with a window of 30 bars and with one of 2,000.

const operators = ['mean', 'std', 'skew', 'kurt', 'min', 'max', 'slope', 'corr', 'ema'];
const [short, long] = [30, 2_000];
const rounds = 15;
/** Rows compared with the operator's plain form. */
const samples = 25;

export async function benchWindows(): Promise<Figure[]> {
  const { time, columns: all } = pairBars('eurusd', '2024-06', '2024-08');
  const inputs = { close: all.close!, open: all.open! };
  const rows = time.length;
  const arena = await Arena.create();
  const result = arena.allocate(rows * 8);
  const addresses = copyBars(arena, { time, columns: inputs }, ['close', 'open']);
  const mark = arena.top;
  const measure = (name: string, window: number) => {
    const args = name === 'corr' ? ['close', 'open'] : ['close'];
    const expr = call(
      name,
      args.map(arg => column(arg as 'close')),
      [window],
    );
    const planned = plan([{ name, expr }]);
    return (round: number): number => {
      arena.release(mark);
      const session = new Session(arena, planned, {});
      session.load(addresses);
      // the first full window is history, as a backfill reads it
      const first = planned.lookback;
      session.firstOutput = first;
      if (round === 0) session.keep([result]);
      session.run(0, first);
      const start = performance.now();
      for (let row = first; row < rows; ) {
        const count = Math.min(session.room, blockRows, rows - row);
        session.run(row, count);
        row += count;
      }
      const ns = ((performance.now() - start) * 1e6) / (rows - first);
      if (round === 0)
        check(
          name,
          window,
          args.map(arg => inputs[arg as 'close']),
          first,
        );
      return ns;
    };
  };
  const check = (name: string, window: number, series: Float64Array[], first: number): void => {
    const twin = twins[name]!;
    const kept = arena.f64(result, rows - first);
    const step = Math.floor(kept.length / samples);
    for (let row = first + step - 1; row < rows; row += step) {
      const expected = twin.value(series, [window], row);
      const allowed = (twin.tolerance ?? 0) * (twin.magnitude?.(series, [window], row) ?? Math.abs(expected));
      const found = kept[row - first]!;
      if (!(Math.abs(found - expected) <= allowed))
        throw new Error(`${name}(${window}), row ${row}: found ${found}, expected ${expected}`);
    }
  };
  const cases = operators.flatMap(name =>
    [short, long].map(window => [`${name} ${window}`, measure(name, window)] as const),
  );
  const results = await interleave(Object.fromEntries(cases), rounds);
  const text = (ns: readonly number[]): string => median(ns).toFixed(1);
  return operators.map(name => {
    const [few, many] = [results[`${name} ${short}`]!, results[`${name} ${long}`]!];
    const figure = `${name} of ${long} bars over ${name} of ${short} (${text(many)} and ${text(few)} ns a row)`;
    return figureOf({ bench: 'windows', figure, unit: 'x', goal: { atMost: 2 } }, ratios(many, few));
  });
}
