import { besideOf } from '../catalog/roles.ts';
import { Arena } from '../engine/module.ts';
import type { Database } from '../store/database.ts';
import { type LedgerRow, readLedger } from '../store/ledger.ts';
import { BarCache } from './barCache.ts';
import { laneOver } from './lane.ts';
import { plannedFamily } from './order.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import type { Task } from './types.ts';
import { type Verdict, verifyPartition } from './verifyPartition.ts';

export type { Verdict };

export type VerifyReport = {
  readonly verdicts: readonly Verdict[];
  readonly cells: number;
  readonly tookMs: number;
};

export type VerifyOptions = PrepareOptions & {
  readonly database: Database;
  readonly signal?: AbortSignal | undefined;
  readonly onVerdict?: ((verdict: Verdict) => void) | undefined;
};

/** Recomputes published partitions from their bars and compares them with what is stored, bit for bit. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const start = performance.now();
  const client = await options.database.connect();
  const verdicts: Verdict[] = [];
  try {
    const arena = await Arena.create();
    const prepared = await prepare(client, { ...options, force: true }, { write: false });
    const { set, schema, type, source } = prepared;
    const lane = laneOver(client, arena, new BarCache(source));
    for (const order of prepared.plan.tasks.map(prepared.orderOf(options.database.connection, ''))) {
      const { symbol, month } = order.task;
      lane.bars.renew();
      const ledger = await readLedger(client, { set: set.name, schema, symbols: [symbol], months: [month] });
      for (const family of order.task.families) {
        options.signal?.throwIfAborted();
        const planned = plannedFamily(set, family, { schema, type });
        const noted = ledger.find(row => row.family === family && row.checksum !== '');
        const verdict = toldStale(
          await verifyPartition(lane, order, planned, own => besideOf(set, own), noted),
          noted !== undefined &&
            noted.version !== order.versions[family] &&
            hasSameMembers(noted, order.task),
        );
        verdicts.push(verdict);
        options.onVerdict?.(verdict);
      }
    }
  } finally {
    await client.end();
  }
  const cells = verdicts.reduce((sum, verdict) => sum + verdict.cells, 0);
  return { verdicts, cells, tookMs: performance.now() - start };
}

/** Whether a partition of all symbols was made for those that have bars now: its version is that of all of them. */
const hasSameMembers = ({ members }: LedgerRow, task: Task): boolean =>
  (task.members ?? []).map(({ symbol }) => symbol).join() ===
  Object.keys(members ?? {})
    .sort()
    .join();

/** What is not equal because it was computed by another definition says so. */
function toldStale(verdict: Verdict, redefined: boolean): Verdict {
  if (!redefined || verdict.verdict === 'equal') return verdict;
  const changed = 'its definition has changed since; windrow backfill computes it again';
  return { ...verdict, why: verdict.why === undefined ? changed : `${verdict.why}; ${changed}` };
}
