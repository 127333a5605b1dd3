import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setByName } from '../../host/catalog/catalog.ts';
import type { Custom } from '../../host/catalog/customSchema.ts';
import { auditLookahead, backfill, Engine, planBackfill, readParameters, verify } from '../../host/index.ts';
import { findLeftovers, leftoverText } from '../../host/store/leftovers.ts';
import { type Subject, streamDifferences } from '../support/contract.ts';
import { loadMarket, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

// Families of the user go the whole way: computed in threads, published, verified, streamed, with the same bits.

const market = marketMonths(['eurusd'], '2024-07', '2024-08', 1_200);
const signals: Custom[string] = {
  define: { n: 20, dev: 'close - mean(close, n)' },
  features: {
    z20: 'dev / std(close, n)',
    turn: '(dev < 0) * (dev[1] > 0)',
    wide: 'ratio(spread_close, mid)',
  },
};
const custom: Custom = {
  my_signals: signals,
  others: { features: { far: 'my_signals.z20 - bollinger_rate.w20_bb_upper' } },
};
const families = ['my_signals', 'others'];

describe('families of the user', () => {
  let db: TestDatabase;
  let client: pg.Client;
  const run = (config: Custom, chosen = families) =>
    backfill({ database: db.database, setConfig: { custom: config }, families: chosen, workers: 2 });
  const due = async (config: Custom) => {
    const { tasks } = await planBackfill({ database: db.database, setConfig: { custom: config }, families });
    return tasks.flatMap(task => task.families.map(family => `${family} ${task.month}`)).sort();
  };
  const counts = async (columns: string) =>
    (
      await client.query({
        text: `select to_char(ts_utc, 'MM'), ${columns} from my_signals group by 1 order by 1`,
        rowMode: 'array',
      })
    ).rows;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await loadMarket(db.database, market);
  });
  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  test('are stored, verified and audited, and a stream of the library has the bits that are stored', async () => {
    const report = await run(custom);
    expect(report).toMatchObject({ done: 4, failed: [], rows: 4_800 });
    const told = { database: db.database, setConfig: { custom }, families };
    const { verdicts } = await verify(told);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['equal', 'equal', 'equal', 'equal']);
    expect(await auditLookahead({ ...told, cuts: 5 })).toMatchObject({ features: 4, findings: [] });

    const engine = await Engine.create({ setConfig: { custom } });
    const names = ['my_signals.z20', 'my_signals.turn', 'my_signals.wide', 'others.far'];
    const fixed = await readParameters(client, 'fx', ['eurusd']);
    const baseline = fixed.find(({ parameter }) => parameter === 'baseline')!.value;
    const parameters = { baseline, pip: 0.0001 };
    const plan = engine.plan(names);
    const subject: Subject = {
      name: 'custom',
      features: plan.features,
      lookback: plan.lookback,
      compute: bars => engine.compute(bars, names, { parameters }),
      open: history => engine.open(names, { parameters, history }),
    };
    const { bars } = market[0]!;
    const { rows } = await client.query<Record<string, number | null>>(
      `select z20, turn, wide, far from my_signals join others using (ts_utc, pair)
       where ts_utc < '2024-08-01' order by ts_utc`,
    );
    const column = (name: string) => Float64Array.from(rows, row => row[name] ?? Number.NaN);
    const columns = Object.fromEntries(names.map(name => [name, column(name.split('.')[1]!)]));
    expect(Number.isNaN(columns['others.far']![19])).toBe(false);
    const stored = { time: bars.time, columns };
    expect(await streamDifferences(subject, bars, stored, 0)).toEqual([]);
    expect((await subject.compute(bars)).columns).toEqual(columns);
  });

  test('are stale when their formulas change, and only those', async () => {
    expect(await due(custom)).toEqual([]);
    expect(await due({ ...custom, my_signals: { ...signals, title: 'Another title' } })).toEqual([]);
    const { far } = custom.others!.features;
    expect(await due({ ...custom, others: { features: { far: `${far} * 2` } } })).toEqual([
      'others 2024-07',
      'others 2024-08',
    ]);
  });

  test('lose and gain columns; what is left behind is named and never dropped', async () => {
    const { turn, ...rest } = signals.features;
    const renamed: Custom = { ...custom, my_signals: { ...signals, features: { ...rest, fall: turn! } } };
    const stale = await verify({
      database: db.database,
      setConfig: { custom: renamed },
      families: ['my_signals'],
    });
    expect(stale.verdicts[0]).toMatchObject({
      verdict: 'unreadable',
      why: 'column "fall" does not exist; its definition has changed since; windrow backfill computes it again',
    });
    expect(await due(renamed)).toEqual(['my_signals 2024-07', 'my_signals 2024-08']);
    const said =
      'table public.my_signals has a column of no feature: turn, NULL in what is computed now; when nobody needs it: alter table "public"."my_signals" drop column "turn"';
    const first = await backfill({
      ...{ database: db.database, setConfig: { custom: renamed }, families: ['my_signals'] },
      ...{ from: '2024-07', to: '2024-07' },
    });
    expect(first).toMatchObject({ done: 1, failed: [] });
    expect(await counts('count(turn)::int, count(fall)::int')).toEqual([
      ['07', 0, 1180],
      ['08', 1200, 0],
    ]);
    const { notes } = await run(renamed);
    expect(notes).toContain(said);
    expect(await counts('count(turn)::int, count(fall)::int')).toEqual([
      ['07', 0, 1180],
      ['08', 0, 1200],
    ]);
    const left = await findLeftovers(client, setByName('fx', { custom: renamed }), 'public');
    expect(left.map(leftoverText)).toEqual([said]);
    await client.query(left[0]!.remove);
    expect(await due(renamed)).toEqual([]);
    const { verdicts } = await verify({ database: db.database, setConfig: { custom: renamed }, families });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['equal', 'equal', 'equal', 'equal']);
  });

  test('leave their tables when they go', async () => {
    const set = setByName('fx', { custom: { others: { features: { far: 'close' } } } });
    const [left, ...more] = await findLeftovers(client, set, 'public');
    expect(more).toEqual([]);
    expect(leftoverText(left!)).toBe(
      'table public.my_signals is of a family that this configuration does not have; when nobody needs it: drop table "public"."my_signals"',
    );
    await client.query(left!.remove);
    expect(await due({ ...custom, my_signals: signals })).toEqual([
      'my_signals 2024-07',
      'my_signals 2024-08',
    ]);
  });

  test('that look back too far are refused before anything is done', async () => {
    const far: Custom = { my_signals: { features: { a: 'close[60000][60000]' } } };
    await expect(run(far, ['my_signals'])).rejects.toMatchObject({ code: 'WR_PLAN_SIZE' });
    await expect(run({ my_signals: { features: { a: 'cloze' } } })).rejects.toMatchObject({
      code: 'WR_FORMULA',
    });
  });
});
