import { describe, expect, test } from 'vitest';
import { familyByName, featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { barsToMeasure, measureCost, rowsFor } from '../../host/engine/cost.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { Arena } from '../../host/engine/module.ts';
import { Session } from '../../host/engine/session.ts';
import { generateBars } from '../../host/index.ts';

const set = setByName('fx');
const [month] = generateBars({ pairs: ['eurusd'], from: '2024-07', to: '2024-07', seed: 1 });
const { bars } = month!;
const parameters = { baseline: 1.07, pip: 0.0001 };

describe('what features cost', () => {
  test('comes to what the plan takes, shared out among those that need its planes', async () => {
    const features = featuresOf(set, [familyByName(set, 'statistics_rate')]);
    const plan = planFeatures(set, features);
    const alone = features.map(feature => planFeatures(set, [feature]));
    const cost = await measureCost(plan, alone, barsToMeasure(bars, rowsFor(plan), 1), parameters);
    expect(cost.all.ns).toBeGreaterThan(0);
    expect(cost.all.least).toBeLessThanOrEqual(cost.all.ns);
    expect(cost.all.most).toBeGreaterThanOrEqual(cost.all.ns);
    expect({ planes: cost.planes, slots: cost.slots }).toEqual({
      planes: plan.steps.length,
      slots: plan.slots,
    });
    expect(cost.ops.map(({ kernel }) => kernel)).toEqual(plan.ops.map(({ kernel }) => kernel));
    for (const { features: needing } of cost.ops) expect(needing.length).toBeGreaterThan(0);
    const sum = (of: readonly number[]): number => of.reduce((total, one) => total + one, 0);
    expect(sum(cost.ops.map(({ ns }) => ns))).toBeCloseTo(cost.all.ns, 6);
    expect(sum(cost.features.map(({ share }) => share))).toBeCloseTo(cost.all.ns, 6);

    const mean = cost.features.find(({ feature }) => feature.endsWith('w20_mean'))!;
    const kurt = cost.features.find(({ feature }) => feature.endsWith('w120_kurt'))!;
    // the mean's planes are those of the deviation and of the score as well
    expect(mean).toMatchObject({ ownPlanes: 0 });
    expect(kurt.ownPlanes).toBeGreaterThan(0);
    expect(kurt.planes).toBeGreaterThan(mean.planes);
    expect(kurt.share).toBeGreaterThan(mean.share);
    expect(kurt.alone.ns).toBeGreaterThan(mean.alone.ns);
  });

  test('has its part where a program over coarser bars runs', async () => {
    const names = ['rate_idx_30m_sma_10', 'atr_30m_14', 'sma_1m_vs_30m_ratio'];
    const features = featuresOf(set).filter(
      ({ family, name }) => family === 'multi_scale_30m_rate' && names.includes(name),
    );
    const plan = planFeatures(set, features);
    const alone = features.map(feature => planFeatures(set, [feature]));
    const cost = await measureCost(plan, alone, barsToMeasure(bars, rowsFor(plan), 1), parameters);
    const [over] = cost.ops.filter((_, i) => plan.ops[i]!.bars);
    expect(over).toMatchObject({ kernel: 'every', planes: 2, features: { length: 3 } });
    expect(over!.ns).toBeGreaterThan(0.05 * cost.all.ns);
  });

  test('is measured over bars in ascending time, however many are asked for', () => {
    const rows = bars.time.length * 2 + 10;
    for (const interval of [1, 60, 1440]) {
      const { time, columns } = barsToMeasure(bars, rows, interval);
      expect(time.length).toBe(rows);
      expect(time.every((at, row) => row === 0 || at > time[row - 1]!)).toBe(true);
      expect(columns.close![bars.time.length]).toBe(bars.columns.close![0]);
    }
    const { time } = barsToMeasure(bars, 10, 60);
    expect(time[1]! - time[0]!).toBe(3_600_000_000);
  });
});

test('a session runs the ops that are chosen, and its plan again', async () => {
  const features = featuresOf(set, [familyByName(set, 'bollinger_rate')]);
  const plan = planFeatures(set, features);
  const arena = await Arena.create();
  const rows = 1000;
  const addresses = Object.fromEntries(
    plan.columns.map(name => {
      const address = arena.allocate(rows * 8);
      arena.f64(address, rows).set((name === 'time' ? bars.time : bars.columns[name]!).subarray(0, rows));
      return [name, address];
    }),
  );
  const results = plan.features.map(() => arena.allocate(rows * 8));
  const run = (choose?: readonly number[]) => {
    const session = new Session(arena, plan, parameters);
    session.load(addresses);
    session.keep(results);
    if (choose) session.choose(choose);
    session.run(0, rows);
    return results.map(address => arena.f64(address, rows).slice());
  };
  const whole = run();
  const all = plan.ops.map((_, i) => i);
  expect(whole[0]!.some(value => !Number.isNaN(value))).toBe(true);
  expect(run(all)).toEqual(whole);
  // what is written twice is written the same
  expect(run(all.flatMap(op => [op, op, op]))).toEqual(whole);
  expect(run([])).not.toEqual(whole);
});
