import type pg from 'pg';
import { CopyDecoder } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import type { PeerBars } from '../engine/peers.ts';
import type { Plan } from '../engine/plan.ts';
import { receiveCopy } from '../store/receiveCopy.ts';
import type { BarSource } from '../store/sources.ts';

/**
 * Reads the bars of other symbols between two instants, both included, and before them what their series look back on.
 * A symbol of which there are none is left out.
 */
export async function readPeers(
  client: pg.Client,
  arena: Arena,
  source: BarSource,
  {
    plans,
    from,
    to,
  }: { readonly plans: ReadonlyMap<string, Plan>; readonly from: number; readonly to: number },
): Promise<Map<string, PeerBars>> {
  const peers = new Map<string, PeerBars>();
  for (const [symbol, plan] of plans) {
    if (!source.symbols.includes(symbol)) continue;
    const columns = plan.columns.filter(name => name !== 'time');
    // the first column is the place of the request
    const decoder = new CopyDecoder(arena, { columns: columns.length + 1 });
    const request = { symbol, from, to, history: plan.lookback - 1 };
    await receiveCopy(client, source.copyManySql([request], columns), decoder);
    const { rows } = decoder.finish();
    const addresses = columns.map((name, i) => [name, decoder.columnAddresses[i + 1]!] as const);
    peers.set(symbol, { columns: { time: decoder.timeAddress, ...Object.fromEntries(addresses) }, rows });
  }
  return peers;
}
