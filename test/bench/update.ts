import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { loadBars } from '../../host/ingest/loadBars.ts';
import type { Database } from '../../host/store/database.ts';
import { update } from '../../host/update/update.ts';
import { builtFile } from './built.ts';
import { windrow } from './command.ts';
import { type Figure, figureOf, mustEqual } from './figure.ts';
import { benchServer } from './server.ts';
import { barTimes, stockBars, symbolName } from './stockBars.ts';

// Sets that are kept row by row: many symbols from nothing, and one new bar for some of them, as an orchestrator asks for
// after each collection. Times are of the whole call, from the look for changes to the last commit.

const hourly = { set: 'stocks-hourly', features: 99, symbols: 1_057, bars: 600, collected: 100, loads: 1 };
const daily = { set: 'stocks-daily', features: 20, symbols: 5_000, bars: 253, loads: 2 };
const rounds = 3;
const index = 'gspc';

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => symbolName(i));

/** A call of the library in this process, with threads that run the built program as users have it. */
async function timed(database: Database, set: string, rows: number): Promise<number> {
  const workerFile = builtFile('update/worker.js');
  const start = performance.now();
  const report = await update({ database, set, workerFile });
  const tookMs = performance.now() - start;
  mustEqual(`rows of ${set}`, report.rows, rows);
  mustEqual(`symbols of ${set} that failed`, report.failed, 0);
  return tookMs;
}

async function dropped(database: Database, table: string): Promise<void> {
  const client = await database.connect();
  await client.query(`drop table ${table}; truncate windrow.set_progress, windrow.norms`);
  await client.query('checkpoint');
  await client.end();
}

/** The same work again and again, from no table at all. */
async function fromNothing(
  database: Database,
  { set, symbols, bars, loads }: { set: string; symbols: number; bars: number; loads: number },
  table: string,
): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run <= loads; run++) {
    const tookMs = await timed(database, set, symbols * bars);
    // the first one warms up
    if (run > 0) times.push(tookMs / 1000);
    if (run < loads) await dropped(database, table);
  }
  return times;
}

async function benchHourly(database: Database): Promise<Figure[]> {
  const { set, symbols, bars, features, collected } = hourly;
  const times = barTimes('hourly', bars + 2 * (rounds + 1));
  const all = names(symbols);
  await loadBars(database, stockBars(all, times, 0, bars), { set });
  const seconds = await fromNothing(database, hourly, 'feature_engineered_data');
  const inProcess: number[] = [];
  const asCommand: number[] = [];
  const peaks: number[] = [];
  let row = bars;
  for (let round = 0; round <= rounds; round++) {
    const some = all.slice(round * collected, (round + 1) * collected);
    const add = () => loadBars(database, stockBars(some, times, row++, row), { set });
    await add();
    const own = await timed(database, set, collected);
    await add();
    const args = ['update', '--set', set, '--json', '--database-url', database.secretUrl];
    const command = await windrow(args);
    mustEqual('rows', JSON.parse(command.lines.at(-1)!).rows, collected);
    if (round === 0) continue;
    inProcess.push(own / 1000);
    asCommand.push(command.tookMs / 1000);
    peaks.push(command.peakMb);
  }
  const what = { bench: 'update', unit: 's' };
  const one = `one new hourly bar of ${collected} of ${symbols} symbols, ${features} features`;
  return [
    figureOf({ ...what, figure: `${one}, library`, goal: { atMost: 0.5 } }, inProcess),
    figureOf({ ...what, figure: `${one}, command`, goal: { atMost: 0.5 } }, asCommand),
    figureOf(
      { ...what, figure: `${symbols} symbols of ${bars} hourly bars from nothing`, goal: { atMost: 30 } },
      seconds,
    ),
    figureOf({ bench: 'update', figure: 'peak of the command, one new bar', unit: 'MB' }, peaks),
  ];
}

async function benchDaily(database: Database): Promise<Figure[]> {
  const { set, symbols, bars, features } = daily;
  const times = barTimes('daily', bars);
  await loadBars(database, stockBars([...names(symbols), index], times), { set });
  const rows = (symbols + 1) * bars;
  const seconds = await fromNothing(database, { ...daily, symbols: symbols + 1 }, 'feature_daily');
  await dropped(database, 'feature_daily');
  const args = ['update', '--set', set, '--json', '--database-url', database.secretUrl];
  const { peakMb, lines } = await windrow(args);
  mustEqual('rows', JSON.parse(lines.at(-1)!).rows, rows);
  const figure = `${symbols} symbols of ${bars} daily bars and the index, ${features} features, from nothing`;
  return [
    figureOf({ bench: 'update', figure, unit: 's', goal: { atMost: 5 } }, seconds),
    figureOf(
      { bench: 'update', figure: 'peak of the command, the same', unit: 'MB', goal: { atMost: 500 } },
      [peakMb],
    ),
  ];
}

/** Features of the newest bar of many symbols, bars and results in memory; the symbols shared among threads. */
async function benchNewest(): Promise<Figure> {
  const threads = Math.min(2, availableParallelism());
  const share = Math.ceil(daily.symbols / threads);
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./newestBar.ts', import.meta.url), { workerData: { share, ...daily } }),
  );
  await Promise.all(workers.map(worker => once(worker, 'message')));
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    const done = workers.map(worker => once(worker, 'message'));
    for (const worker of workers) worker.postMessage('go');
    await Promise.all(done);
    if (round > 0) times.push(performance.now() - start);
  }
  await Promise.all(workers.map(worker => worker.terminate()));
  const figure = `newest daily bar of ${daily.symbols} symbols, ${daily.features} features, computed by ${threads} threads`;
  return figureOf({ bench: 'update', figure, unit: 'ms', goal: { atMost: 200 } }, times);
}

export async function benchUpdate(): Promise<Figure[]> {
  const server = await benchServer();
  try {
    const hourlyFigures = await benchHourly(server.database);
    const dailyFigures = await benchDaily(server.database);
    return [...hourlyFigures, ...dailyFigures, await benchNewest()];
  } finally {
    await server.close();
  }
}
