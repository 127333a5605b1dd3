import type { BesideOf } from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';
import type { BarsRead } from '../store/ledger.ts';
import { barColumnsOf, type TaskOrder } from './order.ts';
import type { PartitionInput } from './partition.ts';
import { type BarLane, barsChecksum, type LoadedBars } from './readBars.ts';
import { readPeers } from './readPeers.ts';

/** What rows of a symbol are computed from. */
export type SymbolRows = {
  readonly input: PartitionInput;
  readonly read: BarsRead;
  /** First rows of the month in which some feature is NULL because the bars before it are too few. */
  readonly nullRows: number;
};

/** Lays what a plan reads of other symbols beside the bars of one. It lies in the arena until that is released. */
export async function symbolRows(
  lane: BarLane,
  order: TaskOrder,
  plan: Plan,
  { symbol, bars, of }: { readonly symbol: string; readonly bars: LoadedBars; readonly of: BesideOf },
): Promise<SymbolRows> {
  const { arena } = lane;
  const { source } = lane.bars;
  const { rows, firstRow } = bars;
  const asked = plan.lookback - 1;
  const found = Math.min(asked, firstRow);
  const fromRow = firstRow - found;
  const beside = await readPeers(
    lane,
    plan,
    { time: bars.columns.time!, rows, fromRow },
    { month: order.task.month, of, parameters: order.peerParameters },
  );
  const parameters = order.memberParameters[symbol] ?? order.parameters;
  const columns = { ...bars.columns, ...beside?.series };
  const needed = Math.max(...plan.features.map(({ needs }) => needs)) - 1;
  return {
    input: { arena, plan, parameters, columns, rows, firstRow, type: order.type, symbol },
    nullRows: Math.min(Math.max(needed - firstRow, 0), rows - firstRow),
    read: {
      source: source.id,
      revision: bars.read.revision,
      rows: rows - fromRow,
      first: rows > fromRow ? bars.time(fromRow) : null,
      last: rows > fromRow ? bars.time(rows - 1) : null,
      checksum: barsChecksum(arena, bars, barColumnsOf(plan), fromRow),
      lookbackAsked: asked,
      lookbackFound: found,
      peers: beside?.read,
    },
  };
}
