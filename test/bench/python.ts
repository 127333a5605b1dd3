import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { tableOf } from '../../host/backfill/order.ts';
import { interleave, median } from '../../host/bench/rounds.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import type { Database } from '../../host/store/database.ts';
import { ensureTable } from '../../host/store/ddl.ts';
import { monthEnd, monthStart } from '../../host/store/month.ts';
import { readParameters } from '../../host/store/parameters.ts';
import { built } from './built.ts';
import { type Figure, figureOf, type Measured, mustEqual, ratios } from './figure.ts';
import { pythonWith } from './libraries/install.ts';
import { checkAgreement } from './python/agreement.ts';
import { benchServer, loadMarket } from './server.ts';

// A backfill of three families against what is mostly used for it: pandas in a pool of as many processes, bars by SQL,
// rows by psycopg2, into tables of the same definition on the same server. What both store is compared before a time counts.

const bench = 'python';
const families = ['bollinger_rate', 'statistics_rate', 'volume_features'];
const symbols = ['eurusd', 'usdjpy'];
const months = ['2024-01', '2024-02'];
const workers = 2;
const rounds = 2;
const source = { schema: 'public' };

/** How the script writes, and how much faster Windrow has to be where there is a goal. */
const ways = {
  csv: { name: 'COPY of CSV', goal: { atLeast: 20 } },
  values: { name: 'execute_values', goal: { atLeast: 20 } },
  binary: { name: 'binary COPY of a numpy record array' },
} as const;

type Way = keyof typeof ways;

type Told = { readonly seconds: number; readonly rows: number; readonly versions: string };

async function runPython(python: string, order: object): Promise<Told> {
  const script = fileURLToPath(new URL('./python/worker.py', import.meta.url));
  // one thread a process: the pool has the others
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'], env });
  child.stdin.end(JSON.stringify(order));
  const [out, said, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${said.trimEnd().split('\n').at(-1)}`);
  return JSON.parse(out) as Told;
}

async function makeTables(database: Database, schema: string): Promise<void> {
  const client = await database.connect();
  await client.query(`create schema ${schema}; checkpoint`);
  for (const family of families)
    await ensureTable(client, tableOf(fx, family, { schema, type: 'double' }), symbols);
  await client.end();
}

async function dropSchema(database: Database, schema: string): Promise<void> {
  const client = await database.connect();
  await client.query(`drop schema ${schema} cascade`);
  await client.end();
}

const tables = families.map(family => tableOf(fx, family, { schema: '', type: 'double' }));

export async function benchPython(): Promise<Measured> {
  const python = pythonWith('pandas, psycopg2');
  if (python === undefined) {
    const missing = 'python: no python3 with pandas and psycopg2 (Debian: python3-pandas, python3-psycopg2)';
    return { figures: [], missing: [missing] };
  }
  const server = await benchServer();
  try {
    const { database } = server;
    const { backfill } = await built<typeof import('../../host/index.ts')>('index.js');
    await loadMarket(database, { pairs: symbols, from: '2023-12', to: months.at(-1)! });
    const selection = { symbols, families, from: months[0]!, to: months.at(-1)!, source };
    let count = 0;
    let versions = '';
    let rows = 0;
    let expected: string | undefined;
    /** Runs in tables of its own; the first of each is compared with the first of ours. */
    const inSchema = (run: (schema: string) => Promise<number>) => async (round: number) => {
      const schema = `run${count++}`;
      await makeTables(database, schema);
      const seconds = await run(schema);
      if (expected === undefined) expected = schema;
      else {
        const client = await database.connect();
        if (round === 0) rows = await checkAgreement(client, tables, expected, schema);
        await client.end();
        await dropSchema(database, schema);
      }
      return seconds;
    };
    const ours = inSchema(async schema => {
      const start = performance.now();
      const report = await backfill({ database, ...selection, schema, workers });
      mustEqual('partitions done', report.done, families.length * symbols.length * months.length);
      return (performance.now() - start) / 1000;
    });
    const theirs = (write: Way) =>
      inSchema(async schema => {
        const client = await database.connect();
        const stored = await readParameters(client, fx.name, symbols);
        await client.end();
        const baselines = stored.filter(({ parameter }) => parameter === 'baseline');
        const told = await runPython(python, {
          dsn: database.secretUrl,
          ...{ bars: 'public.market_data', schema, write, processes: workers },
          baselines: Object.fromEntries(baselines.map(({ symbol, value }) => [symbol, value])),
          tasks: symbols.flatMap(symbol => months.map(month => [symbol, monthStart(month), monthEnd(month)])),
        });
        versions = told.versions;
        return told.seconds;
      });
    const repeated = { ours, csv: theirs('csv'), binary: theirs('binary') };
    const results = await interleave(repeated, rounds);
    // takes a third of a minute, which no warming up would change
    const seconds: Seconds = {
      ...(results as typeof results & Seconds),
      values: [await theirs('values')(0)],
    };
    return { figures: figures(seconds, rows), section: section(versions, seconds, rows) };
  } finally {
    await server.close();
  }
}

type Seconds = Readonly<Record<Way | 'ours', number[]>>;

const columns = tables.reduce((sum, table) => sum + table.columns.length, 0);
const wayNames = Object.keys(ways) as Way[];

function figures(seconds: Seconds, rows: number): Figure[] {
  const of = `three families, ${workers} workers`;
  const over = (way: Way): number[] =>
    seconds[way].length === seconds.ours.length
      ? ratios(seconds[way], seconds.ours)
      : seconds[way].map(value => value / median(seconds.ours));
  const perCell = (values: readonly number[]): number[] =>
    values.map(value => (value * 1e9) / (rows * columns));
  return [
    ...wayNames.map(way => {
      const { name, ...goal } = ways[way];
      return figureOf(
        { bench, figure: `${of}: pandas and ${name} over Windrow`, unit: 'x', ...goal },
        over(way),
      );
    }),
    figureOf({ bench, figure: `${of}: Windrow, wall time per cell`, unit: 'ns' }, perCell(seconds.ours)),
    ...wayNames.map(way =>
      figureOf(
        { bench, figure: `${of}: ${ways[way].name}, wall time per cell`, unit: 'ns' },
        perCell(seconds[way]),
      ),
    ),
  ];
}

function section(versions: string, seconds: Seconds, rows: number): string {
  const took = (values: readonly number[]): string => `${median(values).toFixed(1)} s`;
  const names = families.map(name => `\`${name}\``).join(', ');
  const theirs = wayNames.map(way => `${took(seconds[way])} by ${ways[way].name}`).join(', ');
  return [
    `\`test/bench/python/worker.py\` (${versions}) makes the partitions that a backfill makes of ${names}: ${columns} features of ${rows} rows in all, ${symbols.length} pairs and ${months.length} months, in ${workers} processes and by ${workers} workers.`,
    `${took(seconds.ours)} by Windrow, ${theirs}. The script's time begins when its modules are imported; that of a backfill has its threads, plans and ledger in it.`,
    'What both have stored is compared first, all rows of all features; `test/bench/python/agreement.ts` says how far sums that slide may be off.',
  ].join(' ');
}
