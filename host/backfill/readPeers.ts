import type { BarColumn } from '../catalog/bars.ts';
import {
  asOfMicros,
  type BesideOf,
  layBeside,
  type PeerBars,
  type PeerProgram,
  peerPrograms,
} from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';
import type { Parameters } from '../engine/session.ts';
import type { PeerRead } from '../store/ledger.ts';
import { type Month, monthMicros, monthOf } from '../store/month.ts';
import type { BarsOfMonth } from './barCache.ts';
import type { Lane } from './lane.ts';
import { type LoadedBars, lowerBound, placesOf } from './readBars.ts';

/** Where bars of other symbols come from, and where they are laid. */
export type PeerLane = Pick<Lane, 'arena' | 'source' | 'cache'>;

/** What is needed of a symbol's bars: columns, and how many bars before the range. */
type Need = { readonly columns: readonly BarColumn[]; readonly history: number };

/** From the first instant, included, to the end of a month. */
type Range = { readonly from: number; readonly month: Month };

export type LoadedPeer = PeerBars & { readonly read: PeerRead };

/** The bars of a symbol in a range and those before them that are needed, copied into the arena. */
async function loadPeer(
  { arena, source, cache }: PeerLane,
  symbol: string,
  { columns, history }: Need,
  { from, month }: Range,
): Promise<LoadedPeer> {
  const none = { rows: 0, first: null, last: null };
  // one that appears while a run goes on has bars that the run does not see
  if (!source.symbols.includes(symbol)) {
    const revision = source.tracksChanges ? 0n : null;
    return { columns: {}, rows: 0, read: { revision, first: null, print: { ...none, from: null } } };
  }
  const loaded: BarsOfMonth[] = [];
  const months = cache.months(symbol).filter(one => one <= month);
  let firstMonth = monthOf(from);
  let place = months.findIndex(one => one >= firstMonth);
  if (place < 0) place = months.length;
  for (const one of months.slice(place)) loaded.push(await cache.month(symbol, one, columns));
  const since = loaded.reduce((sum, { time }) => sum + time.length - lowerBound(time, from), 0);
  const all = (): number => loaded.reduce((sum, { time }) => sum + time.length, 0);
  // what is before the range matters to what is in it alone
  const wanted = since === 0 ? 0 : since + history;
  while (all() < wanted && place > 0) {
    firstMonth = months[--place]!;
    loaded.unshift(await cache.month(symbol, firstMonth, columns));
  }
  const short = all() < wanted;
  const first = loaded.find(bars => bars.time.length > 0)?.time[0] ?? null;
  const last = loaded.findLast(bars => bars.time.length > 0)?.time.at(-1) ?? null;
  const print = { rows: all(), first, last, from: short ? null : monthMicros(firstMonth) };
  const revision = cache.revision(symbol);
  if (wanted === 0) return { columns: {}, rows: 0, read: { revision, first: from, print } };
  const skipped = Math.max(0, all() - wanted);
  const rows = all() - skipped;
  const copy = (values: (bars: BarsOfMonth) => Float64Array): number => {
    const address = arena.allocate(rows * 8);
    let at = -skipped;
    for (const bars of loaded) {
      const own = values(bars);
      const hidden = Math.min(own.length, Math.max(0, -at));
      arena.f64(address + (at + hidden) * 8, own.length - hidden).set(own.subarray(hidden));
      at += own.length;
    }
    return address;
  };
  const time = copy(bars => bars.time);
  return {
    columns: {
      time,
      ...Object.fromEntries(columns.map(name => [name, copy(bars => bars.columns.get(name)!)])),
    },
    rows,
    // a bar that comes in between the instant that was looked from and the first that was found would have been read
    read: { revision, first: short ? null : Math.min(arena.f64(time, 1)[0]!, from), print },
  };
}

/**
 * The bars of a month with the history that is needed, as `readBars` reads them, from those that the lane keeps, and what
 * was read: for a task that goes through all symbols, whose bars it needs as those of others anyway.
 */
export async function keptBars(
  lane: PeerLane,
  symbol: string,
  month: Month,
  need: Need,
): Promise<{ readonly bars: LoadedBars; readonly read: PeerRead }> {
  const { arena } = lane;
  await lane.cache.look([symbol]);
  const { columns, rows, read } = await loadPeer(lane, symbol, need, { from: monthMicros(month), month });
  const time = columns.time ?? arena.allocate(0);
  const values = (name: BarColumn): Float64Array => arena.f64(columns[name] ?? time, rows);
  const bars: LoadedBars = {
    ...placesOf(arena, { ...columns, time }, rows, month),
    missing: need.columns.filter(name => rows > 0 && values(name).every(Number.isNaN)),
    zeroVolume: rows > 0 && need.columns.includes('volume') && values('volume').every(value => value === 0),
    revision: read.revision,
  };
  return { bars, read };
}

/** The bars of other symbols that programs read, by symbol; of a symbol that has none there are none. */
export async function loadPeers(
  lane: PeerLane,
  programs: readonly PeerProgram[],
  range: Range,
): Promise<Map<string, LoadedPeer>> {
  const bySymbol = Map.groupBy(programs, ({ symbol }) => symbol);
  const { symbols } = lane.source;
  await lane.cache.look([...bySymbol.keys()].filter(symbol => symbols.includes(symbol)));
  const loaded = new Map<string, LoadedPeer>();
  for (const [symbol, own] of bySymbol) {
    const columns = [...new Set(own.flatMap(({ plan }) => plan.columns.filter(name => name !== 'time')))];
    const history = Math.max(...own.map(({ plan }) => plan.lookback - 1));
    loaded.set(symbol, await loadPeer(lane, symbol, { columns, history }, range));
  }
  return loaded;
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
  lane: PeerLane,
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
