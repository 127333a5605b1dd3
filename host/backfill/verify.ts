import { besideOf } from '../catalog/roles.ts';
import { Arena } from '../engine/module.ts';
import { drawn, type Sample } from '../sample.ts';
import type { Database } from '../store/database.ts';
import { type LedgerRow, readLedger } from '../store/ledger.ts';
import { isMigrated } from '../store/migrate.ts';
import type { StructureFinding } from '../store/structure.ts';
import { BarCache } from './barCache.ts';
import { laneOver } from './lane.ts';
import { plannedFamily, type TaskOrder } from './order.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import type { Task } from './types.ts';
import { type Verdict, verifyPartition, verifyStored } from './verifyPartition.ts';
import { verifyStructure } from './verifyStructure.ts';

export type { StructureFinding, Verdict };

export type VerifyReport = {
  /** What is wrong with tables, whatever their rows. */
  readonly structure: readonly StructureFinding[];
  readonly verdicts: readonly Verdict[];
  readonly cells: number;
  readonly tookMs: number;
};

export type VerifyOptions = PrepareOptions & {
  readonly database: Database;
  /** Some of the published partitions, drawn by `seed`, in the place of all. */
  readonly sample?: Sample | undefined;
  readonly seed?: number | undefined;
  /** Compares what is stored with the ledger's checksums alone, without computing. */
  readonly stored?: boolean | undefined;
  readonly onStructure?: ((finding: StructureFinding) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onVerdict?: ((verdict: Verdict) => void) | undefined;
};

/** The orders with those of their families that are drawn; one that has none left is left out. */
function sampled(
  orders: readonly TaskOrder[],
  published: readonly LedgerRow[],
  { sample, seed = 1 }: Pick<VerifyOptions, 'sample' | 'seed'>,
): readonly TaskOrder[] {
  if (sample === undefined) return orders;
  const keyOf = ({ family, symbol, month }: Pick<LedgerRow, 'family' | 'symbol' | 'month'>): string =>
    `${family} ${symbol} ${month}`;
  const there = new Set(published.map(keyOf));
  const all = orders.flatMap(({ task: { symbol, month, families } }) =>
    families.map(family => ({ family, symbol, month })).filter(one => there.has(keyOf(one))),
  );
  const chosen = new Set(drawn(all, sample, seed, keyOf).map(keyOf));
  return orders.flatMap(order => {
    const { symbol, month } = order.task;
    const families = order.task.families.filter(family => chosen.has(keyOf({ family, symbol, month })));
    return families.length === 0 ? [] : [{ ...order, task: { ...order.task, families } }];
  });
}

/**
 * Holds tables against the ledger, and then recomputes published partitions, or a sample of them, from their bars and compares
 * them with what is stored, bit for bit.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const start = performance.now();
  const client = await options.database.connect();
  const verdicts: Verdict[] = [];
  const structure: StructureFinding[] = [];
  try {
    const arena = await Arena.create();
    const prepared = await prepare(client, { ...options, force: true }, { write: false });
    const { set, schema, type, source } = prepared;
    const lane = laneOver(client, arena, new BarCache(source));
    const ledger = (await isMigrated(client)) ? await readLedger(client, { set: set.name, schema }) : [];
    const published = ledger.filter(row => row.checksum !== '');
    for (const finding of await verifyStructure(client, prepared, published)) {
      structure.push(finding);
      options.onStructure?.(finding);
    }
    const byPlace = Map.groupBy(published, ({ symbol, month }) => `${symbol} ${month}`);
    const all = prepared.plan.tasks.map(prepared.orderOf(options.database.connection, ''));
    for (const order of sampled(all, published, options)) {
      const { symbol, month } = order.task;
      lane.bars.renew();
      for (const family of order.task.families) {
        options.signal?.throwIfAborted();
        const planned = plannedFamily(set, family, { schema, type });
        const noted = byPlace.get(`${symbol} ${month}`)?.find(row => row.family === family);
        const redefined =
          noted !== undefined &&
          noted.version !== order.versions[family] &&
          hasSameMembers(noted, order.task);
        const verdict = options.stored
          ? await verifyStored(lane, order, planned, noted)
          : toldStale(
              await verifyPartition(lane, order, planned, own => besideOf(set, own), noted),
              redefined,
            );
        verdicts.push(verdict);
        options.onVerdict?.(verdict);
      }
    }
  } finally {
    await client.end();
  }
  const cells = verdicts.reduce((sum, verdict) => sum + verdict.cells, 0);
  return { structure, verdicts, cells, tookMs: performance.now() - start };
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
