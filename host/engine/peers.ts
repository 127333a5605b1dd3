import { type Plan, plan as planExprs } from './plan.ts';

/** Plans of the series of other symbols that a plan reads, by symbol. */
export function peerPlans({ peers, horizonBits }: Plan): Map<string, Plan> {
  const bySymbol = Map.groupBy(peers, ({ symbol }) => symbol);
  return new Map(
    [...bySymbol].map(([symbol, series]) => [
      symbol,
      planExprs(
        series.map(({ name, body }) => ({ name, expr: body })),
        { horizonBits },
      ),
    ]),
  );
}
