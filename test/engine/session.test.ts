import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { copyBars } from '../../host/engine/compute.ts';
import { Arena } from '../../host/engine/module.ts';
import type { Plan } from '../../host/engine/plan.ts';
import { Session } from '../../host/engine/session.ts';
import { Engine, type Features } from '../../host/index.ts';
import { differences } from '../support/bits.ts';
import { barsOfShape, shapes } from '../support/shapes.ts';
import { soil } from '../support/soil.ts';

const parameters = { baseline: 1.0843, pip: 0.0001 };
const rows = 2_900;
const bars = barsOfShape(shapes.find(({ name }) => name === 'gaps')!, 7, rows);
const engine = await Engine.create();
const names = engine.set.families.flatMap(family =>
  family.features.map(feature => `${family.name}.${feature.name}`),
);
const together = engine.plan('all');

type Run = {
  readonly plan?: Plan;
  /** Rows of each call, the last one repeated. */
  readonly strides?: readonly number[];
  readonly firstOutput?: number;
  readonly arena?: Arena;
};

async function run({ plan = together, strides = [rows], firstOutput = 0, arena }: Run): Promise<Features> {
  const own = arena ?? (await Arena.create());
  const mark = own.top;
  soil(own, 16_000_000);
  const columns = copyBars(own, bars, plan.columns);
  const results = plan.features.map(() => own.allocate((rows - firstOutput) * 8));
  const session = new Session(own, plan, parameters);
  session.load(columns);
  session.firstOutput = firstOutput;
  session.keep(results);
  for (let row = 0, call = 0; row < rows; call++) {
    const count = Math.min(strides[Math.min(call, strides.length - 1)]!, rows - row);
    session.run(row, count);
    row += count;
  }
  const found = {
    time: bars.time.slice(firstOutput),
    columns: Object.fromEntries(
      plan.features.map(({ name }, i) => [name, own.f64(results[i]!, rows - firstOutput).slice()]),
    ),
  };
  own.release(mark);
  return found;
}

describe('the values do not depend on', () => {
  let whole: Features;
  beforeAll(async () => {
    whole = await run({});
  });

  test.each([1, 2, 3, 5, 7, 13, 100, 383, 384, 385, 1024])('blocks: calls of %d rows', async stride => {
    expect(differences(whole, await run({ strides: [stride] }))).toEqual([]);
  });

  test('blocks: calls of any rows', async () => {
    const strides = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(strides, async drawn => {
        expect(differences(whole, await run({ strides: drawn }))).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  test('the first row that is wanted', async () => {
    const first = fc.integer({ min: 0, max: rows - 1 });
    const stride = fc.integer({ min: 1, max: rows });
    await fc.assert(
      fc.asyncProperty(first, stride, async (firstOutput, by) => {
        const found = await run({ firstOutput, strides: [by] });
        expect(differences(whole, found, { from: firstOutput, to: rows }, 0)).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  test('what lay in the memory, and what ran in it before', async () => {
    const arena = await Arena.create();
    for (const family of ['volume_features', 'time_features', 'spread_features', 'bqx_base']) {
      const plan = engine.plan(names.filter(name => name.startsWith(family)));
      const only = Object.fromEntries(plan.features.map(({ name }) => [name, whole.columns[name]!]));
      expect(differences({ time: whole.time, columns: only }, await run({ plan, arena }))).toEqual([]);
    }
  });

  test('what else is planned: each feature alone has the bits that it has among all', async () => {
    const arena = await Arena.create();
    const found: string[] = [];
    for (const name of names) {
      const alone = await run({ plan: engine.plan([name]), arena });
      found.push(...differences({ time: whole.time, columns: { [name]: whole.columns[name]! } }, alone));
    }
    expect(found).toEqual([]);
  });

  test('what else is planned: any selection in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(names, { minLength: 2 }), async chosen => {
        const found = await run({ plan: engine.plan(chosen) });
        const wanted = Object.fromEntries(chosen.map(name => [name, whole.columns[name]!]));
        expect(differences({ time: whole.time, columns: wanted }, found)).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  test('an earlier use of the session', async () => {
    const arena = await Arena.create();
    const plan = engine.plan(names.filter(name => name.startsWith('statistics_bqx')));
    const columns = copyBars(arena, bars, plan.columns);
    const results = plan.features.map(() => arena.allocate(rows * 8));
    const session = new Session(arena, plan, parameters);
    const use = (count: number) => {
      session.reset();
      session.load(columns);
      session.keep(results);
      session.run(0, count);
      return plan.features.map((_, i) => arena.f64(results[i]!, count).slice());
    };
    use(1_777);
    const found = Object.fromEntries(use(rows).map((values, i) => [plan.features[i]!.name, values]));
    const wanted = Object.fromEntries(Object.keys(found).map(name => [name, whole.columns[name]!]));
    expect(differences({ time: whole.time, columns: wanted }, { time: bars.time, columns: found })).toEqual(
      [],
    );
  });
});

test('the bars are left as they were', async () => {
  const arena = await Arena.create();
  const columns = copyBars(arena, bars, together.columns);
  const results = together.features.map(() => arena.allocate((rows + 2) * 8));
  const guard = 123.456;
  for (const address of results) arena.f64(address, rows + 2).fill(guard);
  const session = new Session(arena, together, parameters);
  session.load(columns);
  session.keep(results.map(address => address + 8));
  session.run(0, rows);
  for (const [name, address] of Object.entries(columns)) {
    const given = name === 'time' ? bars.time : bars.columns[name as 'close'];
    expect(arena.f64(address!, rows)).toEqual(given);
  }
  const around = results.map(address => [
    arena.f64(address, 1)[0],
    arena.f64(address + 8 * (rows + 1), 1)[0],
  ]);
  expect(around.filter(([before, after]) => before !== guard || after !== guard)).toEqual([]);
});
