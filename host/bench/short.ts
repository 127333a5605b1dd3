import { availableParallelism } from 'node:os';
import { backfill } from '../backfill/backfill.ts';
import type { PrepareOptions } from '../backfill/prepare.ts';
import type { FeatureSet, SetConfig } from '../catalog/set.ts';
import type { CellType } from '../engine/copy.ts';
import { WindrowError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { type CellCosts, cellCosts, type Planned, plainFamilies } from './computing.ts';
import { encodePartitions } from './encoded.ts';
import { floorByThreads, makeParents } from './floor.ts';
import { BenchPlace, months, removeLeftovers } from './place.ts';
import { interleave, median } from './rounds.ts';

// The short form of the benchmarks, for a machine and a database of the user's: what computing and encoding cost, what a
// small backfill takes, and what the same bytes take that are sent without it.

export type ShortOptions = {
  readonly set: FeatureSet;
  readonly setConfig?: SetConfig | undefined;
  readonly horizonBits?: number | undefined;
  readonly type?: CellType | undefined;
  /** Connections of the backfill and of the floor; default: one per core, at most four. */
  readonly workers?: number | undefined;
  readonly rounds?: number;
  /** How many features at least. */
  readonly features?: number;
  readonly signal: AbortSignal;
  /** Hears what is being done. */
  readonly onStep?: (text: string) => void;
};

export type Spread = { readonly median: number; readonly low: number; readonly high: number };

/** What of a backfill takes most of its time. */
export type Bound = 'copy' | 'compute' | 'rest';

export type StoredCosts = {
  readonly server: string;
  readonly symbols: number;
  readonly partitions: number;
  readonly rows: number;
  readonly cells: number;
  readonly bytes: number;
  readonly workers: number;
  /** Milliseconds. */
  readonly floor: Spread;
  readonly backfill: Spread;
  /** The backfill's time over that of copying the same bytes, round by round. */
  readonly copyFloorRatio: Spread;
  /** Shares of the backfill's time that copying, and computing with encoding, would take alone. */
  readonly copyShare: number;
  readonly computeShare: number;
  readonly bound: Bound;
};

export type ShortReport = {
  readonly set: string;
  readonly families: number;
  readonly features: number;
  readonly rounds: number;
  /** Nanoseconds a cell on one core. */
  readonly cost: CellCosts;
  /** Absent of sets that a backfill does not compute. */
  readonly stored?: StoredCosts;
};

/** At most so many symbols of a month: their bytes are kept in memory. */
const mostWorkers = 4;

const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  low: Math.min(...values),
  high: Math.max(...values),
});

/** Below half of the time, neither bounds it: threads that start, bars that are read, the ledger. */
const boundOf = (copy: number, compute: number): Bound => {
  if (Math.max(copy, compute) < 0.5) return 'rest';
  return copy >= compute ? 'copy' : 'compute';
};

/** Memory that threads share for the bytes of a partition. */
class SharedBytes {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(mostBytes: number) {
    this.#bytes = new Uint8Array(new SharedArrayBuffer(mostBytes));
  }

  write(chunk: Uint8Array): void {
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

async function serverVersion(database: Database): Promise<string> {
  const client = await database.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  return rows[0]!.server_version;
}

async function storedCosts(
  database: Database,
  place: BenchPlace,
  planned: Planned,
  { cost, rounds, ...options }: ShortOptions & { readonly cost: CellCosts; readonly rounds: number },
): Promise<StoredCosts> {
  const { set, setConfig, horizonBits, type, signal, onStep = () => {} } = options;
  const workers = place.symbols.length;
  onStep(`making bars and loading them into the schema ${place.schema}`);
  await place.fill(set, signal);
  const selection: PrepareOptions = {
    ...{ set: set.name, setConfig, horizonBits, type, symbols: place.symbols },
    ...{ families: planned.map(({ family }) => family.name), from: months.to, to: months.to },
    source: { schema: place.schema },
  };
  onStep('encoding the bytes that the backfill will send');
  const encoded = await encodePartitions(
    database,
    { ...selection, schema: place.runSchema },
    (_, mostBytes) => new SharedBytes(mostBytes),
  );
  const bytes = encoded.map(({ sink }) => sink.bytes);
  const cells = encoded.reduce((sum, { rows, table }) => sum + rows * table.columns.length, 0);
  const runs = {
    floor: () =>
      place.inRun(async schema => {
        signal.throwIfAborted();
        await makeParents(database, encoded, schema);
        return floorByThreads(database, encoded, bytes, { schema, connections: workers });
      }),
    backfill: (round: number) =>
      place.inRun(async schema => {
        onStep(round === 0 ? 'warming up' : `round ${round} of ${rounds}: backfill and floor`);
        const start = performance.now();
        const report = await backfill({ database, ...selection, schema, workers, signal });
        const tookMs = performance.now() - start;
        signal.throwIfAborted();
        const [failure] = report.failed;
        if (failure) throw new WindrowError('WR_BENCH_FAILED', { cause: failure.cause });
        if (report.cells !== cells) {
          const cause = `it stored ${report.cells} cells, and ${cells} were expected`;
          throw new WindrowError('WR_BENCH_FAILED', { cause });
        }
        return tookMs;
      }),
  };
  const { floor, backfill: own } = (await interleave(runs, rounds)) as Record<keyof typeof runs, number[]>;
  const [least, took] = [spread(floor), spread(own)];
  const copyFloorRatio = spread(own.map((ms, round) => ms / floor[round]!));
  const copyShare = 1 / copyFloorRatio.median;
  const computeShare = ((cost.compute + cost.encode) * cells) / workers / 1e6 / took.median;
  return {
    ...{ server: await serverVersion(database), symbols: workers, partitions: encoded.length },
    rows: encoded.reduce((sum, { rows }) => sum + rows, 0),
    bytes: bytes.reduce((sum, { length }) => sum + length, 0),
    ...{ cells, workers, floor: least, backfill: took },
    ...{ copyFloorRatio, copyShare, computeShare, bound: boundOf(copyShare, computeShare) },
  };
}

/** Measures here and now. The database is left as it was found; without one, nothing is stored. */
export async function shortBench(
  database: Database | undefined,
  options: ShortOptions,
): Promise<ShortReport> {
  const { set, rounds = 3, features = 200, signal, onStep = () => {} } = options;
  const planned = plainFamilies(set, features);
  onStep('computing and encoding a month of one symbol, on one core');
  const cost = await cellCosts(set, planned, { rounds, signal });
  const report = {
    ...{ set: set.name, families: planned.length, rounds, cost },
    features: planned.reduce((sum, { plan }) => sum + plan.features.length, 0),
  };
  if (database === undefined) return report;
  const workers = Math.min(options.workers ?? availableParallelism(), mostWorkers);
  const gone = await removeLeftovers(database, set);
  if (gone.length > 0) onStep(`removed what a measurement that was killed has left: ${gone.join(', ')}`);
  const place = new BenchPlace(database, set, workers);
  const stored = await storedCosts(database, place, planned, { ...options, cost, rounds }).catch(
    async error => {
      // what went wrong first is what the user has to know
      await place.clear().catch(() => {});
      throw error;
    },
  );
  await place.clear();
  return { ...report, stored };
}
