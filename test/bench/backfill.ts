import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncodedPartition } from '../../host/bench/encoded.ts';
import { floorByThreads, makeParents } from '../../host/bench/floor.ts';
import { interleave } from '../../host/bench/rounds.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { built } from './built.ts';
import { endedChildrenMs } from './cpu.ts';
import { encodeFiles, loadBytes } from './encodedFiles.ts';
import { type Figure, figureOf, mustEqual, ratios } from './figure.ts';
import { isPlain, isTransform } from './market.ts';
import { floorByPsql, psqlVersion } from './psql.ts';
import { type BenchServer, benchServer, loadMarket } from './server.ts';
import { partitionsIn, storedChecksum } from './stored.ts';

// A backfill against its floor: the same bytes, encoded beforehand, into tables of the same definition, by the same
// number of connections. The backfill's time is all of it, from the call to the report: finding out what is to be done,
// starting threads, reading bars, making the parent tables. There are two floors: `psql \copy` from files, a process a
// connection, which is what anybody would run, and threads that are connected already and send larger pieces from memory.

const pair = 'eurusd';
/** Two pairs with some months, and all others with those that the last one of these looks back on. */
const markets = [
  { pairs: [pair, 'usdjpy'], from: '2023-10', to: '2024-02' },
  {
    pairs: fx.symbols.filter(symbol => symbol !== pair && symbol !== 'usdjpy'),
    ...{ from: '2024-01', to: '2024-02' },
  },
];
const source = { schema: 'public' };
const rounds = 3;

/** What is backfilled, by how many connections. */
type Case = {
  readonly name: string;
  readonly selection: {
    readonly symbols: readonly string[];
    readonly families: readonly string[];
    readonly from: string;
    readonly to: string;
    readonly source: typeof source;
  };
  readonly connections: number;
  readonly atMost: number;
};

/** Those with partitions by symbol, which the floor's are. */
const all = fx.families.filter(({ partition }) => partition === undefined).map(({ name }) => name);
/** Those of one pair's bars in closed form. */
const closed = all.filter(name => !isTransform(name));
const first = closed.filter(isPlain);
const month = { symbols: [pair], from: '2024-02', to: '2024-02', source };

const cases: readonly Case[] = [
  {
    name: 'nine families, two pairs, four months',
    selection: { families: first, symbols: markets[0]!.pairs, from: '2023-11', to: '2024-02', source },
    ...{ connections: 2, atMost: 1.25 },
  },
  {
    name: 'closed formulas, one pair, one month',
    selection: { ...month, families: closed },
    ...{ connections: 1, atMost: 1.25 },
  },
  {
    name: 'all families, one pair, one month',
    selection: { ...month, families: all },
    ...{ connections: 2, atMost: 1.75 },
  },
];

type Run = { readonly wallMs: number; readonly cpuMs: number };

/** Runs in a schema of its own, dropped afterwards. In the round that warms up, every row is read back. */
class Runs {
  readonly #server: BenchServer;
  readonly #partitions: readonly EncodedPartition[];
  #definitions: Awaited<ReturnType<typeof partitionsIn>> | undefined;
  #count = 0;

  constructor(server: BenchServer, partitions: readonly EncodedPartition[]) {
    this.#server = server;
    this.#partitions = partitions;
  }

  async measure(round: number, run: (schema: string) => Promise<number>): Promise<Run> {
    const { database, cpuMs } = this.#server;
    const schema = `run${this.#count++}`;
    const client = await database.connect();
    // what earlier runs have left to be written is not this one's work
    await client.query(`create schema ${schema}; checkpoint`);
    const allMs = async (): Promise<number> => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000 + (await endedChildrenMs()) + (await cpuMs());
    };
    const before = await allMs();
    const wallMs = await run(schema);
    // a backend's time counts once it is gone
    await new Promise(resolve => setTimeout(resolve, 200));
    const result = { wallMs, cpuMs: (await allMs()) - before };
    await this.#check(client, schema, round === 0);
    await client.query(`drop schema ${schema} cascade`);
    await client.end();
    return result;
  }

  async #check(
    client: Awaited<ReturnType<BenchServer['database']['connect']>>,
    schema: string,
    all: boolean,
  ) {
    const found = await partitionsIn(client, schema);
    mustEqual(`partitions in ${schema}`, found.size, this.#partitions.length);
    for (const partition of this.#partitions) {
      const { table, symbol, month } = partition;
      const name = `${table.name}_${symbol}_${month.replace('-', '_')}`;
      mustEqual(`rows of ${name}`, found.get(name)?.rows, partition.rows);
      if (all)
        mustEqual(`checksum of ${name}`, await storedChecksum(client, schema, partition), partition.checksum);
    }
    this.#definitions ??= found;
    for (const [name, { definition }] of found)
      mustEqual(`definition of ${name}`, definition, this.#definitions.get(name)?.definition);
  }
}

export async function benchBackfill(): Promise<Figure[]> {
  const server = await benchServer();
  try {
    for (const market of markets) await loadMarket(server.database, market);
    const figures: Figure[] = [];
    for (const one of cases) figures.push(...(await benchCase(server, one)));
    return figures;
  } finally {
    await server.close();
  }
}

async function benchCase(
  server: BenchServer,
  { name, selection, connections, atMost }: Case,
): Promise<Figure[]> {
  const { database, folder } = server;
  const { backfill } = await built<typeof import('../../host/index.ts')>('index.js');
  const encoded = join(folder, 'encoded');
  const partitions = await encodeFiles(database, selection, encoded);
  const bytes = await loadBytes(partitions);
  const cells = partitions.reduce((sum, { rows, table }) => sum + rows * table.columns.length, 0);
  const runs = new Runs(server, partitions);
  const floor = (send: (schema: string) => Promise<number>) => (round: number) =>
    runs.measure(round, async schema => {
      await makeParents(database, partitions, schema);
      return send(schema);
    });
  const results = await interleave(
    {
      backfill: (round: number) =>
        runs.measure(round, async schema => {
          const start = performance.now();
          const report = await backfill({ database, ...selection, schema, workers: connections });
          mustEqual('partitions done', report.done, partitions.length);
          return performance.now() - start;
        }),
      threads: floor(schema => floorByThreads(database, partitions, bytes, { schema, connections })),
      ...(psqlVersion() === undefined
        ? {}
        : { psql: floor(schema => floorByPsql(database, partitions, folder, { schema, connections })) }),
    },
    rounds,
  );
  await rm(encoded, { recursive: true });
  return figures(name, results, cells, atMost);
}

function figures(of: string, results: Record<string, Run[]>, cells: number, atMost: number): Figure[] {
  const bench = 'backfill';
  const wall = (name: string): number[] => results[name]!.map(({ wallMs }) => wallMs);
  const cpu = (name: string): number[] => results[name]!.map(({ cpuMs }) => cpuMs);
  const floors = Object.keys(results).filter(name => name !== 'backfill');
  // what anybody can run has the goal; where it is not installed, the leaner client has
  const judged = floors.at(-1)!;
  const perCell = (values: number[]): number[] => values.map(ms => (ms * 1e6) / cells);
  return [
    ...floors.toReversed().flatMap(name => [
      figureOf(
        {
          bench,
          figure: `${of}: wall time over that of pre-encoded COPY (${name})`,
          unit: 'x',
          ...(name === judged ? { goal: { atMost } } : {}),
        },
        ratios(wall('backfill'), wall(name)),
      ),
      figureOf(
        { bench, figure: `${of}: CPU time, server and client, over that of COPY (${name})`, unit: 'x' },
        ratios(cpu('backfill'), cpu(name)),
      ),
    ]),
    figureOf(
      { bench, figure: `${of}: cells per second`, unit: 'M/s' },
      wall('backfill').map(ms => cells / ms / 1000),
    ),
    ...['backfill', ...floors].flatMap(name => [
      figureOf({ bench, figure: `${of}: ${name}, wall time per cell`, unit: 'ns' }, perCell(wall(name))),
      figureOf({ bench, figure: `${of}: ${name}, CPU time per cell`, unit: 'ns' }, perCell(cpu(name))),
    ]),
  ];
}
