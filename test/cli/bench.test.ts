import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeLeftovers } from '../../host/bench/place.ts';
import { type ShortOptions, type ShortReport, shortBench } from '../../host/bench/short.ts';
import { setByName } from '../../host/catalog/catalog.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { stocksDaily } from '../../host/catalog/sets/stocksDaily.ts';
import { showBench } from '../../host/cli/benchView.ts';
import { Output } from '../../host/cli/output.ts';
import { serverFindings } from '../../host/doctor/server.ts';
import { benchLeftovers, benchLock } from '../../host/store/benchSchemas.ts';
import { takeLock } from '../../host/store/locks.ts';
import { migrate } from '../../host/store/migrate.ts';
import { fixParameter } from '../../host/store/parameters.ts';
import { benchReport } from '../support/benchContract.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let db: TestDatabase;
let client: Awaited<ReturnType<TestDatabase['connect']>>;

beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

/** As small as it gets: a family or two of one symbol, once. */
const small = (set = fx): ShortOptions & { readonly rounds: number } => ({
  ...{ set, rounds: 1, features: 10, workers: 1 },
  signal: new AbortController().signal,
});

const schemas = async (): Promise<string[]> => {
  const { rows } = await client.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname ~ 'windrow' order by 1`,
  );
  return rows.map(({ name }) => name);
};

/** What the view prints. */
function shown(report: ShortReport, json: boolean): string {
  let text = '';
  const stream = { write: (chunk: string) => (text += chunk) } as unknown as NodeJS.WriteStream;
  showBench(new Output({ json, stdout: stream, stderr: stream }), report);
  return text;
}

describe('windrow bench', () => {
  it('leaves nothing behind when it is interrupted', async () => {
    const stop = new AbortController();
    const onStep = (text: string) => text.startsWith('encoding') && stop.abort();
    const run = shortBench(db.database, { ...small(), signal: stop.signal, onStep });
    await expect(run).rejects.toThrow(/abort/i);
    expect(await schemas()).toEqual([]);
  });

  it('measures a backfill against the bytes alone, and leaves what was there', async () => {
    await migrate(client);
    const mine = { set: 'fx', symbol: 'eurusd', parameter: 'baseline', value: 1.25 };
    await fixParameter(client, mine);
    const steps: string[] = [];
    const report = await shortBench(db.database, { ...small(), onStep: text => steps.push(text) });
    expect(await schemas()).toEqual(['windrow']);
    const { rows: tables } = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'windrow' and tablename <> 'migrations'`,
    );
    for (const { name } of tables) {
      const { rows } = await client.query(`select * from windrow.${name}`);
      expect(rows, name).toMatchObject(name === 'parameters' ? [{ symbol: 'eurusd', value: 1.25 }] : []);
    }
    expect(steps.at(-1)).toBe('round 1 of 1: backfill and floor');

    const stored = parse(benchReport.stored, JSON.parse(shown(report, true)));
    expect(stored).toMatchObject({ set: 'fx', symbols: 1, workers: 1, partitions: report.families });
    expect(stored.cells).toBe((stored.rows / stored.partitions) * stored.features);
    expect(stored.copyFloorRatio).toBeCloseTo(stored.backfillMs / stored.floorMs);
    const people = shown(report, false);
    for (const word of ['computing', 'encoding', 'backfill', 'COPY floor', 'over the floor', 'bound by'])
      expect(people).toMatch(new RegExp(`\n +${word}  `));
    const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');
    for (const field of Object.keys(stored)) expect(page).toContain(`\`${field}\``);
  });

  it('finds what one that was killed has left, and nothing of one that lives', async () => {
    const [gone, living] = ['windrow_bench_0badc0de', 'windrow_bench_0000cafe'];
    const owner = await db.connect();
    await takeLock(owner, benchLock(living), 'session');
    await client.query(
      `create schema ${gone}; create schema ${gone}_run; create schema ${living}; create schema windrow_bench_mine`,
    );
    const findings = await serverFindings(client);
    expect(findings.find(({ check }) => check === 'bench')).toMatchObject({
      level: 'warning',
      found: `a measurement that was killed has left ${gone}, ${gone}_run`,
    });
    expect(await removeLeftovers(db.database, setByName('fx'))).toEqual([gone, `${gone}_run`]);
    expect(await schemas()).toEqual(['windrow', living, 'windrow_bench_mine']);
    await owner.end();
    while ((await benchLeftovers(client)).length === 0) await sleep(10);
    expect(await removeLeftovers(db.database, setByName('fx'))).toEqual([living]);
    await client.query('drop schema windrow_bench_mine');
    expect((await serverFindings(client)).some(({ check }) => check === 'bench')).toBe(false);
  });

  it('computes only, of a set that is kept row by row', async () => {
    const report = await shortBench(undefined, small(stocksDaily()));
    expect(parse(benchReport.computed, JSON.parse(shown(report, true)))).toMatchObject({
      set: 'stocks-daily',
    });
    expect(shown(report, false)).toContain('kept row by row');
  });
});
