import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bars, loadBars, openDatabase } from '../../host/index.ts';
import { monthMicros, monthsFrom } from '../../host/store/month.ts';
import { windrow } from '../bench/command.ts';
import { endedChildrenMs } from '../bench/cpu.ts';
import { draws } from '../support/draws.ts';
import { families } from './stage.ts';

// npm run torture:limits -- [--pairs 28] [--months 25] [--rows 40] [--locks 64] [--bin-dir DIR] [--data-dir DIR]
//
// All the partitions of a full database, 31,525 of them, with a few rows each, on a server that allows each connection as few
// locks as Postgres does by default; and then everything that looks at all of them. With a data folder what is in it is used.

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '28' },
    months: { type: 'string', default: '25' },
    rows: { type: 'string', default: '40' },
    locks: { type: 'string', default: '64' },
    'bin-dir': { type: 'string' },
    'data-dir': { type: 'string' },
  },
});
const currencies = ['eur', 'gbp', 'aud', 'nzd', 'usd', 'cad', 'chf', 'jpy'];
const symbols = currencies
  .flatMap((base, i) => currencies.slice(i + 1).map(quote => `${base}${quote}`))
  .slice(0, Number(values.pairs));
const months = monthsFrom('2023-01', '2026-12').slice(0, Number(values.months));
const rows = Number(values.rows);

function* market(): Generator<{ symbol: string; month: string; bars: Bars }> {
  for (const month of months) {
    for (const [i, symbol] of symbols.entries()) {
      const { uniform } = draws(i * 1000 + months.indexOf(month));
      const time = Float64Array.from({ length: rows }, (_, row) => monthMicros(month) + row * 60_000_000);
      const close = Float64Array.from({ length: rows }, () => 1 + i / 10 + uniform() / 100);
      const high = close.map(price => price + 0.001);
      const low = close.map(price => price - 0.001);
      yield { symbol, month, bars: { time, columns: { open: close, high, low, close } } };
    }
  }
}

const folder = values['data-dir'] ?? mkdtempSync(join(tmpdir(), 'windrow-limits-'));
const database = await openDatabase({
  dataDir: folder,
  binDir: values['bin-dir'],
  settings: {
    max_locks_per_transaction: values.locks,
    ...{ max_connections: '100', shared_buffers: '128MB', fsync: 'off' },
  },
});
const url = database.secretUrl;
const serverPid = () => Number.parseInt(readFileSync(join(folder, 'cluster', 'postmaster.pid'), 'utf8'), 10);

type Cost = { readonly cpuMs?: number; readonly peakMb?: number };

/** Does something and prints what it cost: elapsed time, CPU time of the command and of the server's processes, memory. */
async function step(name: string, body: () => Promise<[what: string, cost?: Cost]>): Promise<void> {
  const before = await endedChildrenMs(serverPid());
  const start = performance.now();
  const [what, { cpuMs, peakMb } = {}] = await body();
  const took = performance.now() - start;
  const server = (await endedChildrenMs(serverPid())) - before;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const own = cpuMs === undefined ? '' : `, CPU ${seconds(cpuMs)}, peak ${Math.round(peakMb!)} MB`;
  console.log(`${name}: ${seconds(took)}, server CPU ${seconds(server)}${own}; ${what}`);
}

const command = (...args: string[]) =>
  step(args.join(' '), async () => {
    const run = await windrow([...args, '--database-url', url]);
    return [run.lines.at(-1)!.slice(0, 140), run];
  });

const sql = (text: string) =>
  step(text, async () => {
    const client = await database.connect();
    try {
      const { rows: found } = await client.query(text);
      return [found === undefined ? 'done' : JSON.stringify(found.at(-1) ?? 'done').slice(0, 140)];
    } catch (error) {
      return [`ERROR ${(error as Error).message}`];
    } finally {
      await client.end();
    }
  });

const dump = (...args: string[]) =>
  step(`pg_dump ${args.join(' ')}`, async () => {
    const { status, stdout, stderr } = spawnSync('pg_dump', ['--dbname', url, ...args], {
      maxBuffer: 2 ** 31,
    });
    return [status === 0 ? `${stdout.length} bytes` : stderr.toString().trim().split('\n')[0]!.slice(0, 140)];
  });

try {
  console.log(`${symbols.length} pairs, ${months.length} months, ${rows} rows each, ${values.locks} locks`);
  await step('import', async () => [`${(await loadBars(database, market())).inserted} bars`]);
  await command('backfill', '--workers', '2', '--json');
  await command('backfill', '--dry-run');
  await command('backfill', '--json');
  await command('status');
  await command('status', '--nulls');
  await command('status', '--pairs', symbols[0]!);
  await command('metrics');
  await command('log');
  await command('verify', '--pairs', symbols[0]!, '--months', months.at(-1)!);
  await command('verify', '--pairs', symbols[0]!);
  await sql('select count(*)::int from bollinger_rate');
  await sql(`explain (analyze, summary) select count(*) from bollinger_rate where pair = '${symbols[0]}'`);
  await sql(
    `explain (analyze, summary) select * from bollinger_rate where pair = '${symbols[0]}' and ts_utc >= '2023-03-05' and ts_utc < '2023-03-06'`,
  );
  await step('a correction of one bar', async () => {
    const [first] = market();
    // another one each time, where the data folder is an old one
    const close = first!.bars.columns.close!.with(3, 2 + (Date.now() % 1_000) / 10_000);
    const bars = { ...first!.bars, columns: { ...first!.bars.columns, close } };
    return [JSON.stringify(await loadBars(database, [{ ...first!, bars }])).slice(0, 100)];
  });
  await command('backfill', '--dry-run');
  await command('backfill', '--json');
  await sql('drop table spectral_features_rate');
  await command('status');
  await command('backfill', '--families', 'spectral_features_rate', '--json');
  await dump('--table', 'public.bollinger_rate*');
  await dump();
  for (const family of families) await sql(`drop table ${family}`);
  await sql('drop schema public cascade');
} finally {
  await database.close();
  if (!values['data-dir']) rmSync(folder, { recursive: true, force: true });
}
