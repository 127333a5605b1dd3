import type pg from 'pg';
import { microsSql, sqlTime } from '../store/month.ts';
import type { BarSource } from '../store/sources.ts';
import type { SymbolBars } from '../store/sourceTables.ts';
import { barsSql, type Span, timeAfter } from './span.ts';

/**
 * What changed of another symbol since rows have seen it: between which times its series are others now, and what is seen
 * by who reads it now. What is seen is a text: the revision of the bars where changes are logged, else what the bars are
 * known again by.
 */
export type PeerChange = { readonly changed: Span | undefined; readonly seen: string | undefined };

const always: Span = { first: Number.NEGATIVE_INFINITY, last: Number.POSITIVE_INFINITY };

/** The least of what several rows have seen; undefined where one has seen nothing, or it cannot be told. */
export function leastSeen(source: BarSource, texts: readonly (string | undefined)[]): string | undefined {
  if (texts.length === 0 || texts.includes(undefined)) return undefined;
  const seen = texts as readonly string[];
  if (source.tracksChanges) return seen.reduce((least, one) => (BigInt(one) < BigInt(least) ? one : least));
  return seen.every(one => one === seen[0]) ? seen[0] : undefined;
}

async function loggedChange(
  client: pg.Client,
  source: BarSource,
  peer: string,
  since: string | undefined,
): Promise<PeerChange> {
  const changes = await source.changesSince(
    client,
    new Map([[peer, since === undefined ? null : BigInt(since)]]),
  );
  const changed = changes?.get(peer);
  return { changed, seen: changed?.revision?.toString() ?? since };
}

type Print = { readonly rows: number; readonly last: number; readonly digest: string };

/** What bars up to a time are known again by. */
async function printOf(
  client: pg.Client,
  bars: SymbolBars,
  columns: readonly string[],
  until?: number,
): Promise<Print> {
  const { time, utc, at } = bars;
  const rowText = `row(${[utc, ...columns].join(', ')})::text`;
  const { rows } = await client.query<Print>(
    `select count(*)::float8 as rows, coalesce(${microsSql(`max(${utc})`)}, 0) as last,
       coalesce(md5(string_agg(${rowText}, '' order by ${time})), '-') as digest
     ${barsSql(bars, until === undefined ? '' : `${time} <= ${at(sqlTime(until))}`)}`,
  );
  return rows[0]!;
}

const textOf = ({ rows, last, digest }: Print): string => `${rows} ${last} ${digest}`;

/** Bars that were added behind those that were seen are told apart from any other change, which may be anywhere. */
async function unloggedChange(
  client: pg.Client,
  source: BarSource,
  peer: string,
  since: string | undefined,
): Promise<PeerChange> {
  const bars = source.bars(peer);
  if (!bars) return { changed: since === undefined ? undefined : always, seen: undefined };
  const columns = Object.values(bars.columns);
  const seen = textOf(await printOf(client, bars, columns));
  if (seen === since) return { changed: undefined, seen };
  const last = Number(since?.split(' ')[1]);
  const added = since !== undefined && textOf(await printOf(client, bars, columns, last)) === since;
  return { changed: added ? { ...always, first: last + 1 } : always, seen };
}

/** Finds what changed of other symbols since a text of what was seen; looks for the same but once. */
export function peerChanges(
  client: pg.Client,
  source: BarSource,
  /** Symbol to the bars that its series look back on. */
  lookbacks: ReadonlyMap<string, number>,
): (peer: string, since: string | undefined) => Promise<PeerChange> {
  const known = new Map<string, Promise<PeerChange>>();
  const find = async (peer: string, since: string | undefined): Promise<PeerChange> => {
    const { changed, seen } = await (source.tracksChanges ? loggedChange : unloggedChange)(
      client,
      source,
      peer,
      since,
    );
    if (changed === undefined || !Number.isFinite(changed.last)) return { changed, seen };
    const reach = await timeAfter(
      client,
      source,
      { symbol: peer, after: changed.last },
      lookbacks.get(peer)! - 1,
    );
    return { changed: { first: changed.first, last: reach ?? Number.POSITIVE_INFINITY }, seen };
  };
  return (peer, since) => {
    const key = `${peer} ${since ?? ''}`;
    const found = known.get(key) ?? find(peer, since);
    known.set(key, found);
    return found;
  };
}
