import { createHash } from 'node:crypto';
import type { CopyStats } from '../engine/copy.ts';
import type { BesideOf } from '../engine/peers.ts';
import { allSymbols } from '../store/allSymbols.ts';
import { type BarsRead, hex, type PeerRead } from '../store/ledger.ts';
import { type Fill, publishFilled } from '../store/publish.ts';
import type { BarSource } from '../store/sources.ts';
import { partitionStates } from '../store/status.ts';
import { amongOthers, nothingDone, PublishedMeanwhile } from './amongOthers.ts';
import type { Lane } from './lane.ts';
import { barNeeds, type PlannedFamily, type TaskOrder } from './order.ts';
import { PartitionBytes } from './partition.ts';
import { type LoadedBars, readBars } from './readBars.ts';
import { symbolRows } from './symbolRows.ts';
import type { BackfillEvent, PartitionDone } from './types.ts';

/** What was written of one symbol. */
export type MemberStats = { readonly symbol: string; readonly stats: CopyStats };

/**
 * The counts of a partition of all symbols. Its checksum is a sum over symbols, each of whose rows' checksum is hashed with
 * its name: it does not depend on the symbols' order, and values that change places between two symbols change it.
 */
export function joinStats(features: number, members: readonly MemberStats[]): CopyStats {
  const nulls = new Array<number>(features).fill(0);
  const infinities = new Array<number>(features).fill(0);
  let rows = 0;
  let checksum = 0n;
  for (const { symbol, stats } of members) {
    if (stats.rows === 0) continue;
    rows += stats.rows;
    for (let column = 0; column < features; column++) {
      nulls[column]! += stats.nulls[column]!;
      infinities[column]! += stats.infinities[column]!;
    }
    const digest = createHash('sha256')
      .update(`${symbol} ${hex(stats.checksum)}`)
      .digest();
    checksum = BigInt.asUintN(64, checksum + digest.readBigUInt64LE(0));
  }
  return { rows, nulls, infinities, checksum };
}

/** What was read of a symbol by two: of what has changed since then for either, and of the range that holds both. */
function widest(a: PeerRead, b: PeerRead): PeerRead {
  const start = ({ print: { from } }: PeerRead): number => from ?? Number.NEGATIVE_INFINITY;
  return {
    revision: a.revision === null || b.revision === null || a.revision < b.revision ? a.revision : b.revision,
    first: a.first === null || b.first === null ? null : Math.min(a.first, b.first),
    print: start(a) <= start(b) ? a.print : b.print,
  };
}

/** What was read of the rows of one symbol: of its own bars, and all that is noted of a partition of them. */
type MemberRead = { readonly own: PeerRead; readonly read: BarsRead };

/** What was read for a partition of all symbols. */
function joinReads(source: BarSource, members: ReadonlyMap<string, MemberRead>): BarsRead {
  const all = [...members.values()].map(({ read }) => read);
  const peers: Record<string, PeerRead> = {};
  const note = (symbol: string, read: PeerRead): void => {
    peers[symbol] = peers[symbol] ? widest(peers[symbol], read) : read;
  };
  for (const [symbol, { own, read }] of members) {
    note(symbol, own);
    for (const [peer, other] of Object.entries(read.peers ?? {})) note(peer, other);
  }
  const known = (times: readonly (number | null)[]) => times.filter(time => time !== null);
  const firsts = known(all.map(({ first }) => first));
  const lasts = known(all.map(({ last }) => last));
  return {
    source: source.id,
    revision: null,
    rows: all.reduce((sum, { rows }) => sum + rows, 0),
    first: firsts.length > 0 ? Math.min(...firsts) : null,
    last: lasts.length > 0 ? Math.max(...lasts) : null,
    lookbackAsked: Math.max(0, ...all.map(({ lookbackAsked }) => lookbackAsked)),
    lookbackFound: all.length > 0 ? Math.min(...all.map(({ lookbackFound }) => lookbackFound)) : 0,
    peers,
    members: [...members.keys()],
  };
}

/** What the publication of a partition of all symbols asks and tells of. */
export type MonthCalls = {
  readonly besideOf: (symbol: string) => BesideOf;
  readonly emit: (event: BackfillEvent) => void;
  /** Whether to wait for who has the partition. */
  readonly patient: boolean;
  readonly onBars: (symbol: string, bars: LoadedBars) => void;
};

/**
 * Computes a family of all symbols that have bars in a month and publishes them as one partition. One symbol after the
 * other is read, computed and copied, so that the memory of one is enough, whatever their number.
 */
export async function publishMonth(
  lane: Lane,
  order: TaskOrder,
  { family, plan, table }: PlannedFamily,
  { besideOf, emit, patient, onBars }: MonthCalls,
): Promise<PartitionDone> {
  const { client, arena } = lane;
  const { source } = lane.bars;
  const { task, schema } = order;
  const { month, members = [] } = task;
  const symbol = allSymbols;
  const features = plan.features.length;
  const key = { set: order.set, family, symbol, month, version: order.versions[family]! };
  let nulls = 0;
  let nullRows = 0;

  const publishMember = async (
    member: string,
    copy: Parameters<Fill>[0],
  ): Promise<{ stats: CopyStats; reads: MemberRead }> => {
    const mark = arena.top;
    try {
      const bars = await readBars(lane, member, month, barNeeds([plan]));
      onBars(member, bars);
      const rows = await symbolRows(lane, order, plan, { symbol: member, bars, of: besideOf(member) });
      nullRows = Math.max(nullRows, rows.nullRows);
      const partition = new PartitionBytes(rows.input);
      const stats = await copy(write =>
        partition.feed(write, count =>
          emit({ kind: 'progress', task, family, rows: count, cells: count * features }),
        ),
      );
      return { stats, reads: { own: bars.read, read: rows.read } };
    } finally {
      arena.release(mark);
    }
  };

  try {
    const published = await publishFilled(
      client,
      { ...key, runId: order.runId, attempt: order.attempt, table },
      async copy => {
        const written: MemberStats[] = [];
        const read = new Map<string, MemberRead>();
        for (const member of members) {
          const { stats, reads } = await publishMember(member.symbol, copy);
          written.push({ symbol: member.symbol, stats });
          read.set(member.symbol, reads);
        }
        const stats = joinStats(features, written);
        nulls = stats.nulls.reduce((sum, count) => sum + count, 0);
        return { stats, bars: joinReads(source, read) };
      },
      {
        ...amongOthers(
          order,
          { family, symbol, month },
          {
            ...{ patient, emit },
            isPublished: async noted => {
              if (noted.version !== key.version) return false;
              const [now] = await partitionStates(client, {
                ...{ set: order.set, schema, source, symbols: [symbol], months: [month] },
                families: [
                  { family, version: key.version, members: () => members.map(member => member.symbol) },
                ],
              });
              return now?.state === 'done';
            },
            // its bars are read behind the lock
            isOlder: noted => noted.version === key.version,
          },
        ),
      },
    );
    const { rows, bytes, tookMs, copyMs, replaced } = published;
    const cost = { rows, cells: rows * features, nulls, bytes, tookMs, copyMs };
    return { family, symbol, month, ...cost, replaced, nullRows };
  } catch (error) {
    if (!(error instanceof PublishedMeanwhile)) throw error;
    return { family, symbol, month, ...nothingDone };
  }
}
