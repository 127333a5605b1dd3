import type { Arena } from './module.ts';
import { type Plan, plan as planExprs } from './plan.ts';
import { type ColumnAddresses, Session } from './session.ts';

/** Plans of the series of other symbols that a plan reads, by symbol. */
export function peerPlans({ peers, horizonBits, intervalMinutes }: Plan): Map<string, Plan> {
  const bySymbol = Map.groupBy(peers, ({ symbol }) => symbol);
  return new Map(
    [...bySymbol].map(([symbol, series]) => [
      symbol,
      planExprs(
        series.map(({ name, body }) => ({ name, expr: body })),
        { horizonBits, intervalMinutes },
      ),
    ]),
  );
}

/** Bars of another symbol in an arena: where their columns begin, the time among them. */
export type PeerBars = { readonly columns: ColumnAddresses; readonly rows: number };

/** Computes the series of another symbol and lays them beside rows of these times. Returns where each begins, by name. */
export function layBeside(
  arena: Arena,
  own: Plan,
  { columns, rows }: PeerBars,
  time: { readonly address: number; readonly rows: number },
): Record<string, number> {
  const results = own.features.map(() => arena.allocate(rows * 8));
  const session = new Session(arena, own, {});
  session.load(columns);
  session.keep(results);
  session.run(0, rows);
  const series = own.features.map(({ name }, i) => {
    const beside = arena.allocate(time.rows * 8);
    arena.exports.alignRows(time.address, time.rows, columns.time!, results[i]!, rows, beside);
    return [name, beside] as const;
  });
  return Object.fromEntries(series);
}
