import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setByName } from '../../host/catalog/catalog.ts';
import { compute } from '../../host/engine/compute.ts';
import { fitSeries } from '../../host/engine/fits.ts';
import { plan } from '../../host/engine/plan.ts';
import { backfill, verify } from '../../host/index.ts';
import { readFits } from '../../host/store/modelFits.ts';
import { windrow } from '../cli/run.ts';
import { loadMarket, type MarketMonth, marketMonths } from '../support/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

// What a family's models were fitted to lies beside its partitions: written with them, replaced with them.

const families = ['volatility_surface_rate', 'volatility_surface_bqx'];
const set = setByName('fx');
const models = set.families.flatMap(family => (families.includes(family.name) ? (family.models ?? []) : []));

let db: TestDatabase;
let months: MarketMonth[];
let client: Awaited<ReturnType<TestDatabase['connect']>>;
beforeAll(async () => {
  db = await testDatabase();
  client = await db.connect();
  months = marketMonths(['eurusd'], '2024-06', '2024-08', 1_300);
  await loadMarket(db.database, months);
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

const stored = () => readFits(client, { set: 'fx', schema: 'public' });
const cli = (...args: string[]) => windrow(args, { env: { DATABASE_URL: db.url } });

describe('models of families', () => {
  test('are stored once a month, as they are in its first row', async () => {
    const report = await backfill({ database: db.database, families, workers: 1 });
    expect(report.failed).toEqual([]);
    // there is nothing before the first month
    expect(report.unfitted).toEqual(
      models.map(({ name }) => ({
        ...{ family: expect.stringContaining('volatility'), symbol: 'eurusd', month: '2024-06' },
        ...{ model: name, anchors: 1, unfitted: 1, observations: 0, tried: false },
      })),
    );
    expect(report.notes.filter(note => note.includes('model'))).toEqual(
      models
        .map(
          ({ name }) =>
            `eurusd 2024-06: model ${name} was not fitted: there are 0 rows that it could use; the features that rest on it are NULL`,
        )
        .sort(),
    );
    const fits = await stored();
    expect(fits.map(({ model, anchor }) => [model, anchor])).toEqual(
      models
        .map(({ name }) => name)
        .sort()
        .flatMap(name => ['06', '07', '08'].map(month => [name, `2024-${month}-01 00:00:00`])),
    );
    expect(fits.map(({ converged }) => converged)).toEqual([false, true, true, false, true, true]);
    expect(fits.every(({ runId }) => runId === report.runId)).toBe(true);

    // the same by the library, over all bars at once
    const planned = plan(fitSeries(models));
    const bars = {
      time: Float64Array.from(months.flatMap(month => [...month.bars.time])),
      columns: { close: Float64Array.from(months.flatMap(month => [...month.bars.columns.close!])) },
    };
    const parameters = await client.query(
      "select value from windrow.parameters where parameter = 'baseline'",
    );
    const { columns } = await compute(planned, bars, { baseline: parameters.rows[0].value });
    const first = { '06': 0, '07': months[0]!.bars.time.length, '08': 2 * months[0]!.bars.time.length };
    for (const { model, anchor, ...fit } of fits) {
      const row = first[anchor.slice(5, 7) as '06'];
      const value = (output: string): number | null => {
        const found = columns[`${model}.${output}`]![row]!;
        return Number.isNaN(found) ? null : found;
      };
      expect(fit).toMatchObject({
        ...{ observations: value('observations'), iterations: value('iterations') },
        logLikelihood: value('log_likelihood'),
        parameters: Object.fromEntries(
          ['omega', 'alpha', 'beta', 'variance'].map(name => [name, value(name)]),
        ),
      });
    }
  });

  test('are those that the stored features rest on', async () => {
    const { rows } = await client.query(
      `select distinct on (1) to_char(ts_utc, 'YYYY-MM') as month, garch_persistence as persistence,
         (parameters->>'alpha')::float8 + (parameters->>'beta')::float8 as fitted
       from volatility_surface_rate f join windrow.model_fits m
         on m.symbol = f.pair and m.model = 'garch_rate' and m.anchor = date_trunc('month', f.ts_utc)
       order by 1, ts_utc desc`,
    );
    expect(rows.map(({ month }) => month)).toEqual(['2024-06', '2024-07', '2024-08']);
    for (const { persistence, fitted } of rows) expect(persistence).toBe(fitted);
    expect(rows[1].persistence).toBeGreaterThan(0);
  });

  test('are replaced with their partition, and only with it', async () => {
    const before = await stored();
    const options = { database: db.database, families: [families[0]!], workers: 1, force: true };
    const { runId } = await backfill({ ...options, from: '2024-07', to: '2024-07' });
    const after = await stored();
    expect(after.map(({ runId: _, ...fit }) => fit)).toEqual(before.map(({ runId: _, ...fit }) => fit));
    const renewed = after.filter(fit => fit.runId === runId);
    expect(renewed.map(({ model, anchor }) => `${model} ${anchor}`)).toEqual([
      'garch_rate 2024-07-01 00:00:00',
    ]);
    const { verdicts } = await verify({ database: db.database, families });
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['equal']));
  });

  test('are told of in the lines of a backfill where there is no fit', async () => {
    const args = ['--families', families[0]!, '--to', '2024-07', '--force', '--json'];
    const { stdout } = await cli('backfill', ...args);
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    const told = { symbol: 'eurusd', month: '2024-06', model: 'garch_rate', observations: 0, tried: false };
    expect(lines.filter(({ kind }) => kind === 'unfitted')).toMatchObject([told]);
    expect(lines.at(-1)).toMatchObject({ kind: 'report', unfitted: [told] });
  });

  test('are listed by windrow fits', async () => {
    const { code, stdout } = await cli('fits', '--model', 'garch_rate', '--json');
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatchObject({
      ...{ kind: 'fit', symbol: 'eurusd', model: 'garch_rate', anchor: '2024-07-01 00:00:00' },
      ...{ converged: true, observations: 1_299, parameters: { alpha: expect.any(Number) } },
    });
    const table = await cli('fits', '--pairs', 'eurusd', '--from', '2024-07');
    expect(table.stdout).toMatch(/^eurusd +garch_rate +2024-07-01 00:00 +1,299 +\S+ +omega \S+, alpha /m);
    expect(table.stdout).not.toContain('2024-06');
    expect((await cli('fits', '--model', 'garch')).stderr).toContain('unknown model "garch"');
  });
});
