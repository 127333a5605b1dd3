import type { Beside } from '../catalog/roles.ts';
import type { Arena } from './module.ts';
import { type Peer, type Plan, plan as planExprs } from './plan.ts';
import { type ColumnAddresses, type Parameters, Session } from './session.ts';

type Planning = Pick<Plan, 'peers' | 'horizonBits' | 'intervalMinutes'>;

/** Plans of the series of other symbols that a plan reads, by the symbol or role that the plan names. */
export function peerPlans({ peers, horizonBits, intervalMinutes }: Planning): Map<string, Plan> {
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

/** What is computed over the bars of one other symbol: each series once, whatever roles it is read by. */
export type PeerProgram = Beside & {
  readonly plan: Plan;
  /** Names under which the session wants each result. */
  readonly names: readonly (readonly string[])[];
};

/** Plans over other symbols' bars: many symbols have the same series. */
const known = new WeakMap<readonly Peer[], Map<string, Plan>>();

/** Who is meant by a name, for the symbol at hand; nothing where nobody is. */
export type BesideOf = (name: string) => Beside | undefined;

/** What a plan reads of other symbols, for one symbol. */
export function peerPrograms({ peers, horizonBits, intervalMinutes }: Planning, of: BesideOf): PeerProgram[] {
  const plans = known.get(peers) ?? new Map<string, Plan>();
  known.set(peers, plans);
  const meant = peers.flatMap(peer => {
    const beside = of(peer.symbol);
    return beside ? [{ ...peer, beside }] : [];
  });
  const bySymbol = Map.groupBy(meant, ({ beside: { symbol, side } }) => `${symbol} ${side}`);
  return [...bySymbol.values()].map(series => {
    const byKey = Map.groupBy(series, ({ key }) => key);
    const key = JSON.stringify([...byKey.keys()]);
    const features = [...byKey].map(([name, same]) => ({ name, expr: same[0]!.body }));
    const plan = plans.get(key) ?? planExprs(features, { horizonBits, intervalMinutes });
    plans.set(key, plan);
    const names = [...byKey.values()].map(same => same.map(({ name }) => name));
    return { ...series[0]!.beside, plan, names };
  });
}

/** Bars of another symbol in an arena: where their columns begin, the time among them. */
export type PeerBars = { readonly columns: ColumnAddresses; readonly rows: number };

const minute = 60_000_000;

/** How many microseconds old a bar of another symbol may be. */
export const asOfMicros = ({ asOfMinutes }: Pick<Plan, 'asOfMinutes'>): number => asOfMinutes * minute;

/** Computes the series of another symbol and lays them beside rows of these times. Returns where each begins, by name. */
export function layBeside(
  arena: Arena,
  { plan, names, side }: Omit<PeerProgram, 'symbol'>,
  { columns, rows, parameters }: PeerBars & { readonly parameters: Parameters },
  time: { readonly address: number; readonly rows: number },
  limitMicros: number,
): Record<string, number> {
  const besides = plan.features.map(() => arena.allocate(time.rows * 8));
  const mark = arena.top;
  const results = plan.features.map(() => arena.allocate(rows * 8));
  const session = new Session(arena, plan, { ...parameters, side });
  session.load(columns);
  session.keep(results);
  session.run(0, rows);
  results.forEach((result, i) => {
    arena.exports.alignRows(
      ...([time.address, time.rows, columns.time!, result, rows, limitMicros, besides[i]!] as const),
    );
  });
  arena.release(mark);
  return Object.fromEntries(names.flatMap((all, i) => all.map(name => [name, besides[i]!] as const)));
}
