import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { type Database, openDatabase } from '../../host/index.ts';
import { barsBetween } from '../support/contract.ts';
import { makeOtherHost, type OtherHost } from '../support/otherHost.ts';
import { type ServerAt, serverAt } from '../support/serverAt.ts';
import { changed, load, type Market, madeUp, only, stampsOf, tableDifferences, updated } from './support.ts';

// Two hosts, each with a network of its own, update overlapping symbols at once; one is cut off in the midst of it and is
// believed dead, so that the other takes over.

const set = 'stocks-hourly';
const name = 'the one that is cut off';
const symbols = Array.from({ length: 160 }, (_, i) => `s${i}`);
const [ofOne, ofOther] = [symbols.slice(0, 110), symbols.slice(50)];
const shared = Array.from({ length: 10 }, (_, i) => barsBetween(madeUp(set, 'sessions', i, 60), 0, 60));
const market: Market = Object.fromEntries(symbols.map((symbol, i) => [symbol, shared[i % 10]!]));
/** Bars of symbols of both, of the one and of the other are corrected while the one is away. */
const correct = (bars: Market[string]): Market[string] =>
  changed(bars, (cells, row) => (row === 40 ? { ...cells, close: cells.close! + 1 } : cells));
const fixed: Market = {
  ...market,
  ...Object.fromEntries(['s0', 's60', 's100', 's150'].map(symbol => [symbol, correct(market[symbol]!)])),
};
const corrections: Market = Object.fromEntries(
  ['s0', 's60', 's100', 's150'].map(symbol => [symbol, only(fixed[symbol]!, [40])]),
);

let host: OtherHost | undefined;
let server: ServerAt | undefined;
beforeAll(async () => {
  host = makeOtherHost();
  server = host && (await serverAt(host));
});
afterAll(async () => {
  await server?.close();
  host?.remove();
});

/** A database in which nothing is computed yet, and both hosts. */
type Scene = {
  readonly host: OtherHost;
  readonly database: Database;
  readonly client: pg.Client;
  readonly urlFrom: string;
};

async function scene({ skip }: TestContext, body: (scene: Scene) => Promise<void>): Promise<void> {
  if (!host || !server) return skip('this account can make no network namespace: no other host to cut off');
  const own = `test_${process.pid}_${Date.now()}`;
  const admin = await server.database.connect();
  await admin.query(`create database ${own}`);
  const database = await openDatabase({ databaseUrl: server.url(own) });
  const client = await database.connect();
  try {
    await load(database, set, market);
    await body({ host, database, client, urlFrom: server.urlFrom(own) });
  } finally {
    host.join();
    await client.end();
    await database.close();
    await admin.query(`drop database ${own} with (force)`);
    await admin.end();
  }
}

type Said = { readonly kind: string; readonly code?: string; readonly status?: string };

/** An update on the other host. */
function startAway({ host: { prefix }, urlFrom }: Scene) {
  const script = fileURLToPath(new URL('./updateProcess.ts', import.meta.url));
  const options = JSON.stringify({ symbols: ofOne });
  const [program, ...args] = [...prefix, process.execPath, script, urlFrom, set, options, name];
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<NodeJS.Signals | null>(resolve =>
    child.once('close', (_, signal) => resolve(signal)),
  );
  const said: Said[] = [];
  const waiting = new Map<string, () => void>();
  const lines = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const one = JSON.parse(line) as Said;
      said.push(one);
      waiting.get(one.kind)?.();
    }
  })();
  return {
    said,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Waits for the first event of a kind; `then` is run at once. */
    first: (kind: string, then = () => {}) =>
      new Promise<void>((resolve, reject) => {
        const tell = (): void => {
          waiting.delete(kind);
          then();
          resolve();
        };
        waiting.set(kind, tell);
        if (said.some(one => one.kind === kind)) tell();
        exit.then(() => reject(new Error(`it ended first: ${JSON.stringify(said.slice(-2))}`)));
      }),
    ended: exit.then(async signal => {
      await lines;
      return { signal, last: said.at(-1) };
    }),
  };
}

/** The server gives up connections of the host that is gone, as it does by itself within a minute. */
const giveUp = async ({ client }: Scene, which: string): Promise<number> => {
  const { rowCount } = await client.query(
    `select pg_terminate_backend(a.pid, 5000) from pg_stat_activity a where a.application_name = $1
       and datname = current_database() and ${which}`,
    [name],
  );
  return rowCount!;
};
const holds = (what: string): string => `exists (select from pg_locks l where l.pid = a.pid and l.granted
  and l.locktype = 'advisory' and ((l.classid::bigint << 32) | l.objid::bigint) =
    hashtextextended('windrow ${what} public.feature_engineered_data', 0))`;

/**
 * Starts both at once and cuts the one off behind its first symbols. Its lock goes with the connection that holds it; the
 * connections that are writing hold up the other until the server gives them up too, the idle ones live on.
 */
async function cutAndSucceed(place: Scene, away: ReturnType<typeof startAway>, harm = () => {}) {
  const { host: other, database } = place;
  await away.first('plan');
  const notes: string[] = [];
  const successor = updated({
    ...{ database, set, symbols: ofOther },
    onEvent: event => {
      if (event.kind === 'note') notes.push(event.text);
    },
  });
  // still until the cable is pulled
  await away.first('symbol', () => away.kill('SIGSTOP'));
  other.cut();
  harm();
  away.kill('SIGCONT');
  while (notes.length === 0) await sleep(10);
  expect(notes[0]).toMatch(`waits for others at feature_engineered_data: "${name}"`);
  await load(database, set, corrections);
  expect(await giveUp(place, holds('rows'))).toBe(1);
  let over = false;
  const ended = successor.finally(() => {
    over = true;
  });
  while (!over) {
    await giveUp(place, holds('row batches'));
    await Promise.race([sleep(50), ended]);
  }
  const { report, said } = await ended;
  expect(report.failed).toBe(0);
  // what the one had committed before it was cut off is left alone
  const before = ofOther.filter(symbol => said[symbol] === 'unchanged');
  expect(before.every(symbol => ofOne.includes(symbol))).toBe(true);
  return report;
}

/** The same command again leaves every row once, with the bits of an update that nobody disturbed. */
async function complete({ database, client }: Scene): Promise<void> {
  const { report } = await updated({ database, set });
  expect(report).toMatchObject({ failed: 0, notes: [] });
  expect(await tableDifferences(client, fixed, { set })).toEqual([]);
  const again = await updated({ database, set });
  expect(again.report).toMatchObject({ done: 0, unchanged: symbols.length });
}

describe('two hosts', () => {
  test('one is cut off, taken for dead, and comes back: it publishes nothing over its successor', context =>
    scene(context, async place => {
      const away = startAway(place);
      await cutAndSucceed(place, away);
      const before = await stampsOf(place.client, set);
      place.host.join();
      expect(await away.ended).toMatchObject({ signal: null, last: { kind: 'error', code: 'WR_LOCK_LOST' } });
      expect(await stampsOf(place.client, set)).toEqual(before);
      await complete(place);
    }));

  test('one is cut off and dies, and the server hears nothing of it: the other publishes', context =>
    scene(context, async place => {
      const away = startAway(place);
      await cutAndSucceed(place, away, () => away.kill('SIGKILL'));
      expect((await away.ended).signal).toBe('SIGKILL');
      await complete(place);
    }));
});
