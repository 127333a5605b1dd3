import { besideOf } from '../catalog/roles.ts';
import { Arena } from '../engine/module.ts';
import { asOfMicros } from '../engine/peers.ts';
import type { Database } from '../store/database.ts';
import { monthMicros } from '../store/month.ts';
import { type SymbolMonth, symbolMonths } from './audit.ts';
import { BarCache } from './barCache.ts';
import { type Lane, laneOver } from './lane.ts';
import { barNeeds, planOf } from './order.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';
import {
  type LookbackFinding,
  type LookbackOfFeature,
  type Probed,
  peerProgramsByLookback,
  probeLookback,
} from './probeLookback.ts';
import { type LoadedBars, readBars } from './readBars.ts';
import { loadPeers } from './readPeers.ts';

export type { LookbackFinding, LookbackOfFeature } from './probeLookback.ts';

export type LookbackReport = {
  readonly features: readonly LookbackOfFeature[];
  /** Rows at which it was tried. */
  readonly rows: number;
  readonly cells: number;
  readonly findings: readonly LookbackFinding[];
};

export type LookbackOptions = PrepareOptions & {
  readonly database: Database;
  /** Rows in every month; default 3, spread evenly over its bars. */
  readonly cuts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onFamily?:
    | ((done: { symbol: string; month: string; family: string; features: number; findings: number }) => void)
    | undefined;
};

const defaultCuts = 3;
/** All bars that there are. */
const everything = 2 ** 31 - 1;
const beforeAnyBar = monthMicros('1000-01');

/** Tries the families of a month of a symbol, for which all its bars are read. */
async function auditMonth(
  lane: Lane,
  { set }: Prepared,
  task: SymbolMonth,
  { cuts = defaultCuts, signal, onFamily }: LookbackOptions,
): Promise<Probed & { rows: number }> {
  const { arena } = lane;
  const { symbol, month, families, parameters, peerParameters } = task;
  const needs = barNeeds(families.map(family => planOf(set, family)));
  const all = new Map([...needs.keys()].map(column => [column, everything] as const));
  const bars: LoadedBars = await readBars(lane, symbol, month, all);
  const { rows, firstRow } = bars;
  const count = Math.min(cuts, rows - firstRow);
  const tried = Array.from(
    { length: count },
    (_, i) => firstRow + Math.floor(((i + 1) * (rows - firstRow)) / count) - 1,
  );
  const total = { features: [] as LookbackOfFeature[], findings: [] as LookbackFinding[], cells: 0 };
  for (const family of families) {
    signal?.throwIfAborted();
    const mark = arena.top;
    const plan = planOf(set, family);
    const programs = peerProgramsByLookback(plan, besideOf(set, symbol));
    const peers = {
      ...{ programs, parameters: peerParameters, limit: asOfMicros(plan) },
      bars: await loadPeers(lane, programs, { from: beforeAnyBar, month }),
    };
    const market = { parameters, columns: bars.columns, rows, peers };
    const found = probeLookback(arena, plan, market, tried, { family, symbol, month });
    arena.release(mark);
    total.features.push(...found.features);
    total.findings.push(...found.findings);
    total.cells += found.cells;
    const { features, findings } = found;
    onFamily?.({ symbol, month, family, features: features.length, findings: findings.length });
  }
  return { ...total, rows: count };
}

/**
 * Shows on the user's own bars that a feature depends on no more bars than it says: computes rows from the very first bar on,
 * and again from the last bars alone, as many as the lookback and fewer. From the lookback on the bits must be the same; with
 * how few they already are is measured. Other symbols are cut as the rows are: their bars begin with the one that the first row
 * sees, and before it there are as many as each series of theirs looks back.
 */
export async function auditLookback(options: LookbackOptions): Promise<LookbackReport> {
  const client = await options.database.connect();
  try {
    const arena = await Arena.create();
    const prepared = await prepare(client, { ...options, force: true }, { write: false });
    const lane = laneOver(client, arena, new BarCache(prepared.source));
    const report = {
      features: [] as LookbackOfFeature[],
      findings: [] as LookbackFinding[],
      rows: 0,
      cells: 0,
    };
    const orders = prepared.plan.tasks.map(prepared.orderOf(options.database.connection, ''));
    for (const task of symbolMonths(orders, options)) {
      lane.bars.renew();
      const mark = arena.top;
      const found = await auditMonth(lane, prepared, task, options);
      arena.release(mark);
      report.features.push(...found.features);
      report.findings.push(...found.findings);
      report.rows += found.rows;
      report.cells += found.cells;
    }
    return report;
  } finally {
    await client.end();
  }
}
