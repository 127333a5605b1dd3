import { familyByName, featuresOf } from '../catalog/catalog.ts';
import { planFeatures } from '../engine/engine.ts';
import { Arena } from '../engine/module.ts';
import { Session } from '../engine/session.ts';
import type { Database } from '../store/database.ts';
import { barNeeds } from './order.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import { readBars } from './readBars.ts';

/** A value that changed when later bars were taken away. */
export type LookaheadFinding = {
  readonly symbol: string;
  readonly month: string;
  readonly feature: string;
  readonly time: number;
  readonly withFuture: number;
  readonly withoutFuture: number;
};

export type LookaheadReport = {
  readonly features: number;
  /** Places at which the future was cut off. */
  readonly cuts: number;
  readonly cells: number;
  readonly findings: readonly LookaheadFinding[];
};

export type LookaheadOptions = PrepareOptions & {
  readonly database: Database;
  /** Cuts in every month; default 24, spread evenly over its bars. */
  readonly cuts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onMonth?:
    | ((done: { symbol: string; month: string; cells: number; findings: number }) => void)
    | undefined;
};

const defaultCuts = 24;

/**
 * Shows on the user's own bars that no feature sees the future: computes every month as a whole, and again with all
 * bars after each of a number of cuts taken away; the row at the cut must have the same bits.
 */
export async function auditLookahead(options: LookaheadOptions): Promise<LookaheadReport> {
  const client = await options.database.connect();
  const findings: LookaheadFinding[] = [];
  let cells = 0;
  let cuts = 0;
  let features = 0;
  try {
    const arena = await Arena.create();
    const prepared = await prepare(client, { ...options, force: true }, { write: false });
    const { set, source } = prepared;
    for (const { task, parameters } of prepared.orders(options.database.connection, '')) {
      options.signal?.throwIfAborted();
      const { symbol, month } = task;
      const mark = arena.top;
      const plan = planFeatures(
        set,
        featuresOf(
          set,
          task.families.map(name => familyByName(set, name)),
        ),
      );
      features = plan.features.length;
      const bars = await readBars(client, arena, source, {
        symbol,
        month,
        needs: barNeeds([{ plan }]),
        expectedRows: task.rows,
      });
      const { rows, firstRow } = bars;
      const count = Math.min(options.cuts ?? defaultCuts, rows - firstRow);
      const cutRows = Array.from(
        { length: count },
        (_, i) => firstRow + Math.floor(((i + 1) * (rows - firstRow)) / count) - 1,
      );
      const results = plan.features.map(() => arena.allocate((rows - firstRow) * 8));
      const session = new Session(arena, plan, parameters);
      session.load(bars.columns);
      session.firstOutput = firstRow;
      session.keep(results);
      session.run(0, rows);
      const whole = cutRows.map(row =>
        results.map(address => arena.f64(address + (row - firstRow) * 8, 1)[0]!),
      );
      const before = findings.length;
      cutRows.forEach((row, cut) => {
        session.reset();
        session.load(bars.columns);
        session.firstOutput = row;
        session.keep(results);
        // only the bars up to the cut, and of these only what the lookback reaches
        const from = Math.max(0, row - plan.lookback + 1);
        session.run(from, row - from + 1);
        plan.features.forEach(({ name }, i) => {
          const withoutFuture = arena.f64(results[i]!, 1)[0]!;
          const withFuture = whole[cut]![i]!;
          if (
            Object.is(withFuture, withoutFuture) ||
            (Number.isNaN(withFuture) && Number.isNaN(withoutFuture))
          )
            return;
          findings.push({ symbol, month, feature: name, time: bars.time(row), withFuture, withoutFuture });
        });
      });
      cuts += count;
      cells += count * plan.features.length;
      options.onMonth?.({
        symbol,
        month,
        cells: count * plan.features.length,
        findings: findings.length - before,
      });
      arena.release(mark);
    }
  } finally {
    await client.end();
  }
  return { features, cuts, cells, findings };
}
