import type pg from 'pg';
import { sqlTime } from '../store/month.ts';
import type { BarSource } from '../store/sources.ts';
import { readProgress } from '../update/progress.ts';

/** Up to where the rows of each symbol are complete, in microseconds since 1970: as far as its slowest family has come. */
export async function completeUntil(
  client: pg.Client,
  place: { readonly set: string; readonly schema: string },
): Promise<Map<string, number | null>> {
  const until = new Map<string, number | null>();
  for (const { symbol, last } of await readProgress(client, place)) {
    const known = until.get(symbol);
    until.set(symbol, last === null || known === null ? null : Math.min(known ?? last, last));
  }
  return until;
}

/**
 * How many bars of each symbol are newer than a time (null: all of them). Symbols that share a table are counted in one
 * query; a symbol without bars has none.
 */
export async function newerBars(
  client: pg.Client,
  source: BarSource,
  times: ReadonlyMap<string, number | null>,
): Promise<Map<string, number>> {
  const counts = new Map([...times.keys()].map(symbol => [symbol, 0]));
  const known = [...times].flatMap(([symbol, time]) => {
    const bars = source.bars(symbol);
    return bars === undefined ? [] : [{ symbol, time, bars }];
  });
  for (const group of Map.groupBy(known, ({ bars }) => bars.from).values()) {
    const [{ bars: shared }] = group as [(typeof group)[number]];
    const { from, time, only, withZone } = shared;
    const own = shared.key === undefined ? '' : `${shared.key.column} = r.stored`;
    const where = [own, only, `${time} > ${withZone('r.since')}`].filter(part => part !== '').join(' and ');
    const type = shared.key?.type ?? 'text';
    const { rows } = await client.query<{ symbol: string; count: number }>(
      `select r.symbol, n.count from unnest($1::text[], $2::text[]::${type}[], $3::timestamp[]) as r (symbol, stored, since)
       cross join lateral (select count(*)::float8 as count from ${from} where ${where}) n`,
      [
        group.map(({ symbol }) => symbol),
        group.map(({ bars }) => bars.key?.stored ?? null),
        group.map(({ time }) => (time === null ? '-infinity' : sqlTime(time))),
      ],
    );
    for (const { symbol, count } of rows) counts.set(symbol, count);
  }
  return counts;
}
