import { type BarsRead, hex, type LedgerRow, type NotedPeer, type PeerRead } from '../store/ledger.ts';
import { describeHolder, type LockHolder } from '../store/locks.ts';
import type { PublishOptions } from '../store/publish.ts';
import { isLater } from '../store/runId.ts';
import type { TaskOrder } from './order.ts';
import type { BackfillEvent, PartitionDone } from './types.ts';

/** Rolls the transaction back when another backfill has published the partition since this one was planned. */
export class PublishedMeanwhile extends Error {}

/** Leaves a partition to the backfill that has it, as long as there is something else to do. */
export class PartitionBusy extends Error {}

/** What is said of a partition that another has published. */
export const nothingDone = {
  ...{ rows: 0, cells: 0, nulls: 0, bytes: 0, tookMs: 0, copyMs: 0 },
  ...({ replaced: false, skipped: true, nullRows: 0 } as const),
};

export type Place = Pick<PartitionDone, 'family' | 'symbol' | 'month'>;

/** What to do about backfills elsewhere that work on the same partition. */
export function amongOthers(
  order: TaskOrder,
  place: Place,
  {
    patient,
    emit,
    isPublished,
    isOlder,
  }: {
    /** Whether to wait for who has the partition. */
    readonly patient: boolean;
    readonly emit: (event: BackfillEvent) => void;
    /** Whether what the ledger has is what would be published. */
    readonly isPublished: (noted: LedgerRow) => boolean | Promise<boolean>;
    /** Whether it is of the same definition and of bars no newer. */
    readonly isOlder: (noted: LedgerRow) => boolean;
  },
): Pick<PublishOptions, 'onWait' | 'onBusy' | 'onLocked'> {
  let waited = false;
  // another thread of this run, between its attachment and its commit, or one that has died there
  const isOwn = ({ application }: LockHolder): boolean =>
    application === order.connection.config.application_name;
  const onWait = (holder: LockHolder): void => {
    if (isOwn(holder)) return;
    waited = true;
    emit({ kind: 'waiting', ...place, holder: describeHolder(holder) });
  };
  return {
    onWait,
    onBusy: holder => {
      if (!patient && !isOwn(holder)) throw new PartitionBusy();
      onWait(holder);
    },
    onLocked: async (exists, noted) => {
      if (noted?.status !== 'done') return false;
      // what is up to date is computed again by order, but not what was published behind that order
      const byOrder = order.force && !waited && isLater(order.runId, noted.runId);
      if (exists && noted.error === null && !byOrder && (await isPublished(noted)))
        throw new PublishedMeanwhile();
      return isOlder(noted);
    },
  };
}

function isAsNew(noted: NotedPeer | undefined, { revision, print }: PeerRead): boolean {
  if (noted === undefined) return false;
  if ('revision' in noted) return revision !== null && BigInt(noted.revision) >= revision;
  return noted.rows === print.rows && noted.first === print.first && noted.last === print.last;
}

/** Whether a partition of one symbol was published by that version from bars at least as new as those that were read. */
export function isSameOrNewer(noted: LedgerRow, version: string, read: BarsRead): boolean {
  if (noted.version !== version || noted.source !== read.source) return false;
  const own =
    read.revision === null
      ? noted.barsChecksum === hex(read.checksum!)
      : BigInt(noted.barsRevision ?? 0) >= read.revision;
  return (
    own && Object.entries(read.peers ?? {}).every(([symbol, peer]) => isAsNew(noted.peers?.[symbol], peer))
  );
}

/** Whether it was published by that version from bars that are no newer. What is not known is taken to be newer. */
export function isSameOrOlder(noted: LedgerRow, version: string, read: BarsRead): boolean {
  if (noted.version !== version || noted.source !== read.source) return false;
  const isOlder = (revision: string | null, than: bigint | null): boolean =>
    than !== null && revision !== null && BigInt(revision) <= than;
  return (
    isOlder(noted.barsRevision, read.revision) &&
    Object.entries(noted.peers ?? {}).every(
      ([symbol, peer]) =>
        'revision' in peer && isOlder(peer.revision, read.peers?.[symbol]?.revision ?? null),
    )
  );
}
