import type pg from 'pg';
import { microsSql, sqlTime } from '../store/month.ts';
import type { BarSource } from '../store/sources.ts';
import type { SymbolBars } from '../store/sourceTables.ts';

/** From the first to the last instant, both included, in microseconds since 1970. */
export type Span = { readonly first: number; readonly last: number };

/** `from` and `where` of a query of a symbol's bars; an infinite time is no bar's. */
export function barsSql({ from, filter, mayBeInfinite, time }: SymbolBars, condition = ''): string {
  const conditions = [filter, mayBeInfinite ? `isfinite(${time})` : '', condition].filter(
    part => part !== '',
  );
  return `from ${from}${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''}`;
}

/** The time of the bar that is `rows` bars after a time; undefined where there are fewer. */
export async function timeAfter(
  client: pg.Client,
  source: BarSource,
  { symbol, after }: { readonly symbol: string; readonly after: number },
  rows: number,
): Promise<number | undefined> {
  const bars = source.bars(symbol);
  if (rows === 0 || !bars) return after;
  const { rows: found } = await client.query<{ time: number }>(
    `select ${microsSql(bars.utc)} as time ${barsSql(bars, `${bars.time} > ${bars.at(sqlTime(after))}`)}
     order by ${bars.time} offset ${rows - 1} limit 1`,
  );
  return found[0]?.time;
}
