import { join } from 'node:path';
import type { EncodedPartition } from '../../host/bench/encoded.ts';
import { floorJobs, makeParents, sendJobs } from '../../host/bench/floor.ts';
import { interleave, median } from '../../host/bench/rounds.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { endedChildrenMs } from './cpu.ts';
import { encodeFiles, loadBytes } from './encodedFiles.ts';
import { type FloorCase, floorGroups } from './floorCases.ts';
import { isPlain, isTransform } from './market.ts';
import { type BenchServer, benchServer, loadMarket } from './server.ts';

// What lowers the floor of a backfill: the same bytes into servers of other settings, by other connections, in pieces of
// other sizes, by other statements. `ROUNDS=5 TIMES=1
// FAMILIES=^reg node test/bench/floor.ts GROUP...`; it is no part of `npm run bench`. The cases of a
// group run in turn, each on a server of its own where its settings are.

const rounds = Number(process.env.ROUNDS ?? 5);
/** How often the same is sent in a run: 250 MB each. What a short one can keep in memory, a long one has to write. */
const times = Number(process.env.TIMES ?? 1);
/** Families that are sent: the nine of plain windows, or those that a pattern matches and that read no other pair. */
const { FAMILIES: pattern } = process.env;
const isLoaded = (family: string): boolean =>
  pattern === undefined ? isPlain(family) : new RegExp(pattern).test(family) && !isTransform(family);
const month = '2024-02';
const source = { schema: 'public' };

/** What is sent in all cases, and the shape of its tables. */
type Load = { readonly partitions: readonly EncodedPartition[]; readonly bytes: readonly Uint8Array[] };

async function encodeLoad(server: BenchServer): Promise<Load> {
  const symbols = ['eurusd', 'usdjpy'];
  await loadMarket(server.database, { pairs: symbols, from: '2024-01', to: month });
  const families = fx.families.map(({ name }) => name).filter(isLoaded);
  const selection = { symbols, families, from: month, to: month, source };
  const partitions = await encodeFiles(server.database, selection, join(server.folder, 'encoded'));
  return { partitions, bytes: await loadBytes(partitions) };
}

type Run = { readonly wallMs: number; readonly cpuMs: number };
let made = 0;

async function runCase(server: BenchServer, load: Load, one: FloorCase): Promise<Run> {
  const { database } = server;
  const partitions = load.partitions.map(part => ({ ...part, table: { ...part.table, ...one.table } }));
  const schemas = Array.from({ length: times }, () => `run${made++}`);
  for (const schema of schemas) await makeParents(database, partitions, schema);
  const client = await database.connect();
  await client.query('checkpoint');
  const jobs = schemas.flatMap(schema => {
    const all = floorJobs(partitions, load.bytes, schema);
    return one.jobs?.(all, partitions) ?? all;
  });
  const allMs = async (): Promise<number> => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000 + (await endedChildrenMs()) + (await server.cpuMs());
  };
  const connection = one.connection?.(database.connection) ?? database.connection;
  const before = await allMs();
  const wallMs = await sendJobs(connection, jobs, {
    connections: one.connections ?? 2,
    ...(one.pieces ? { pieces: one.pieces } : {}),
  });
  // a backend's time counts once it is gone
  await new Promise(resolve => setTimeout(resolve, 150));
  const cpuMs = (await allMs()) - before;
  for (const schema of schemas) await client.query(`drop schema ${schema} cascade`);
  await client.end();
  return { wallMs, cpuMs };
}

function report(group: string, cells: number, results: Readonly<Record<string, Run[]>>): void {
  const [first] = Object.values(results);
  const spread = (values: readonly number[], digits: number): string =>
    `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
  const perCell = (ms: number): number => (ms * 1e6) / (cells * times);
  console.log(`\n${group}\n| case | wall, ns a cell | over the first | CPU, ns a cell | over the first |`);
  for (const [name, runs] of Object.entries(results)) {
    const over = (of: (run: Run) => number): string =>
      spread(
        runs.map((run, round) => of(run) / of(first![round]!)),
        3,
      );
    const ns = (of: (run: Run) => number): string => median(runs.map(run => perCell(of(run)))).toFixed(1);
    const wall = (run: Run): number => run.wallMs;
    const cpu = (run: Run): number => run.cpuMs;
    console.log(`| ${name} | ${ns(wall)} | ${over(wall)} | ${ns(cpu)} | ${over(cpu)} |`);
  }
}

const asked = process.argv.slice(2);
const unknown = asked.find(name => !floorGroups[name]);
if (asked.length === 0 || unknown !== undefined) {
  console.error(`usage: node test/bench/floor.ts ${Object.keys(floorGroups).join(' | ')}`);
  process.exit(2);
}

const servers = new Map<string, Promise<BenchServer>>();
function serverOf(settings: Readonly<Record<string, string>> = {}): Promise<BenchServer> {
  const key = JSON.stringify(settings);
  const server = servers.get(key) ?? benchServer(settings);
  servers.set(key, server);
  return server;
}
async function closeServers(): Promise<void> {
  const all = await Promise.allSettled(servers.values());
  servers.clear();
  for (const one of all) if (one.status === 'fulfilled') await one.value.close();
}

try {
  // not by a server that is measured: it would have more behind it than the others
  const encoder = await benchServer();
  const load = await encodeLoad(encoder);
  await encoder.close();
  const cells = load.partitions.reduce((sum, { rows, table }) => sum + rows * table.columns.length, 0);
  for (const name of asked) {
    const group = floorGroups[name]!;
    const entries = await Promise.all(
      Object.entries(group).map(async ([label, one]) => {
        const server = await serverOf(one.settings);
        const prepared = one.bytes ? { ...load, bytes: load.bytes.map(one.bytes) } : load;
        return [label, () => runCase(server, prepared, one)] as const;
      }),
    );
    report(name, cells, await interleave(Object.fromEntries(entries), rounds));
    await closeServers();
  }
} finally {
  await closeServers();
}
