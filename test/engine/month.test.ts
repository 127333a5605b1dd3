import { expect, test } from 'vitest';
import { familyCosts } from '../../host/bench/families.ts';
import { market } from '../../host/bench/market.ts';
import { Month } from '../../host/bench/month.ts';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { computeFeatures } from '../../host/index.ts';

// What is measured is what is computed: with its history, with what is read of other symbols, however it is cut.

const beside = 'peer("base1", std(close, 20)) + mean(close, 50)';
const custom = { beside: { features: { both: beside, far: 'mean(peer("gbpusd", close), 1000)' } } };

test('a month is the same in any blocks, and reads other symbols', async () => {
  const set = setByName('fx', { custom });
  const plan = planFeatures(
    set,
    featuresOf(
      set,
      set.families.filter(({ name }) => name === 'beside'),
    ),
  );
  const made = market(set, [plan]);
  expect(Object.keys(made.peers).sort()).toEqual(['euraud', 'gbpusd']);
  expect(new Date(made.bars.time[made.firstRow]! / 1000).toISOString()).toBe('2024-07-01T00:00:00.000Z');
  const month = await Month.of(set, made, [plan]);
  const whole = month.measure(plan);
  expect(whole.cost.cells).toBe(month.rows * 2);
  expect(month.measure(plan, 97).checksum).toBe(whole.checksum);

  const { symbol, bars, peers, firstRow } = made;
  const options = { symbol, peers, firstRow, setConfig: { custom } };
  const { columns } = await computeFeatures(bars, ['beside.both', 'beside.far'], options);
  const found = Object.values(columns).map(values => values.filter(value => !Number.isNaN(value)).length);
  expect(Math.min(...found)).toBeGreaterThan(0.95 * month.rows);
});

test.each(['fx', 'stocks-hourly', 'stocks-daily'])(
  'families of %s are measured, the dearest first',
  async name => {
    const set = setByName(name);
    const costs = await familyCosts(set, set.families.slice(0, 3), { rounds: 1 });
    const ms = costs.families.map(({ msPerMonth }) => msPerMonth);
    expect(ms).toEqual(ms.toSorted((a, b) => b - a));
    expect(costs.families.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(costs.msPerMonth).toBeCloseTo((costs.nsPerCell * costs.rows * costs.features) / 1e6, 0);
  },
);

test('measuring stops when it is told to', async () => {
  const set = setByName('fx');
  const stopped = familyCosts(set, set.families.slice(0, 1), { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toThrow('aborted');
});
