import { asOfMicros, type BesideOf, layBeside, type PeerProgram, peerPrograms } from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';
import type { Parameters } from '../engine/session.ts';
import type { PeerRead } from '../store/ledger.ts';
import type { Month } from '../store/month.ts';
import { barNeeds } from './order.ts';
import { type BarLane, collectRange, layRange, type Range, type RangeBars } from './readBars.ts';

/** The bars of other symbols that programs read, by symbol; of a symbol that has none there are none. */
export async function loadPeers(
  lane: BarLane,
  programs: readonly PeerProgram[],
  range: Range,
): Promise<Map<string, RangeBars>> {
  const bySymbol = Map.groupBy(programs, ({ symbol }) => symbol);
  const { symbols } = lane.bars.source;
  await lane.bars.look([...bySymbol.keys()].filter(symbol => symbols.includes(symbol)));
  const collected = await Promise.all(
    [...bySymbol].map(([symbol, own]) =>
      collectRange(lane, symbol, barNeeds(own.map(({ plan }) => plan)), range),
    ),
  );
  return new Map(collected.map(one => [one.symbol, layRange(lane, one)]));
}

/** Rows of the symbol at hand: their times, from the first that is wanted. */
type Rows = { readonly time: number; readonly rows: number; readonly fromRow: number };

export type Besides = {
  /** Where each series of another symbol begins, by name: its first row beside the first of all rows. */
  readonly series: Readonly<Record<string, number>>;
  readonly read: Readonly<Record<string, PeerRead>>;
};

/** Reads what a plan needs of other symbols and lays it beside rows of the symbol at hand. */
export async function readPeers(
  lane: BarLane,
  plan: Plan,
  { time, rows, fromRow }: Rows,
  {
    month,
    of,
    parameters,
  }: {
    readonly month: Month;
    readonly of: BesideOf;
    readonly parameters: Readonly<Record<string, Parameters>>;
  },
): Promise<Besides | undefined> {
  const programs = peerPrograms(plan, of);
  if (programs.length === 0 || rows === fromRow) return undefined;
  const { arena } = lane;
  const limit = asOfMicros(plan);
  const own = { address: time + fromRow * 8, rows: rows - fromRow };
  const from = arena.f64(own.address, 1)[0]! - limit;
  const peers = await loadPeers(lane, programs, { from, month });
  const series: Record<string, number> = {};
  for (const program of programs) {
    const { columns, rows: others } = peers.get(program.symbol)!;
    if (others === 0) continue;
    const bars = { columns, rows: others, parameters: parameters[program.symbol]! };
    for (const [name, address] of Object.entries(layBeside(arena, program, bars, own, limit)))
      series[name] = address - fromRow * 8;
  }
  return { series, read: Object.fromEntries([...peers].map(([symbol, { read }]) => [symbol, read])) };
}
