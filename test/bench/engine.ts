import { execFileSync } from 'node:child_process';
import { market } from '../../host/bench/market.ts';
import { Month, type MonthCost } from '../../host/bench/month.ts';
import { interleave, median } from '../../host/bench/rounds.ts';
import { familyByName, featuresOf } from '../../host/catalog/catalog.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { blockRows } from '../../host/engine/plan.ts';
import { figureOf, type Measured, mustEqual } from './figure.ts';
import { number, table } from './figureText.ts';
import { isTransform, transforms } from './market.ts';

// What a cell costs in WebAssembly: a month of each family with its lookback, computed and encoded block by block as a
// backfill does it, on one core, without a database. Rows of the lookback are computed and not counted.

const rounds = 3;

/** Processes that are started to see what the first plan costs. */
const starters = 3;

/** A module of the host, which is loaded before the clock starts. */
const source = (path: string): string => JSON.stringify(new URL(`../../host/${path}`, import.meta.url).href);

/** Milliseconds that a process of its own spends on the plan of all features, and on making it ready to run. */
function coldStart(): { readonly plan: number; readonly compile: number } {
  const script = `
    const { setByName, featuresOf } = await import(${source('catalog/catalog.ts')});
    const { planFeatures } = await import(${source('engine/engine.ts')});
    const { Session } = await import(${source('engine/session.ts')});
    const { Arena, loadModule } = await import(${source('engine/module.ts')});
    const set = setByName('fx');
    const families = set.families.filter(({ name }) => !${transforms}.test(name));
    const start = performance.now();
    const module = loadModule(); // compiled beside the plan, as by whoever computes
    const plan = planFeatures(set, featuresOf(set, families));
    const planned = performance.now();
    new Session(await Arena.create(await module), plan, { baseline: 1, pip: 1e-4 });
    console.log(JSON.stringify({ plan: planned - start, compile: performance.now() - planned }));`;
  const args = ['--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

export async function benchEngine(): Promise<Measured> {
  const planned = fx.families.map(({ name }) => ({
    name,
    plan: planFeatures(fx, featuresOf(fx, [familyByName(fx, name)])),
  }));
  const together = [
    { name: 'all features', plan: planFeatures(fx, featuresOf(fx)), goal: { atMost: 80 } },
    {
      name: 'all but transforms',
      plan: planFeatures(
        fx,
        featuresOf(
          fx,
          fx.families.filter(({ name }) => !isTransform(name)),
        ),
      ),
      goal: { atMost: 10 },
    },
  ];
  const all = [...planned, ...together];
  const plans = all.map(({ plan }) => plan);
  const month = await Month.of(fx, market(fx, plans), plans);
  const cases = all.map(({ name, plan }) => {
    const { checksum } = month.measure(plan, 1 + (blockRows >> 2));
    const run = (): MonthCost => {
      const found = month.measure(plan);
      mustEqual(`checksum of ${name}`, found.checksum, checksum);
      return found.cost;
    };
    return [name, run] as const;
  });
  const results = await interleave(Object.fromEntries(cases), rounds);

  const bench = 'engine';
  const perCell = (kind: 'compute' | 'encode', costs: readonly MonthCost[]): number =>
    (costs.reduce((sum, cost) => sum + cost[kind], 0) * 1e6) /
    costs.reduce((sum, cost) => sum + cost.cells, 0);
  const byRound = Array.from({ length: rounds }, (_, round) =>
    planned.map(({ name }) => results[name]![round]!),
  );
  const both = [
    { kind: 'compute', goal: { atMost: 80 } },
    { kind: 'encode', goal: { atMost: 2 } },
  ] as const;
  const starts = Array.from({ length: starters }, () => coldStart());
  const cold = [
    { figure: 'plan of all but transforms, in a new process', values: starts.map(({ plan }) => plan) },
    {
      figure: 'plan and compile, in a new process',
      goal: { atMost: 150 },
      values: starts.map(({ plan, compile }) => plan + compile),
    },
  ];
  const starting = cold.map(({ values, ...what }) => figureOf({ bench, unit: 'ms', ...what }, values));
  const figures = both.flatMap(({ kind, goal }) => [
    figureOf(
      { bench, figure: `${kind}, average of all families`, unit: 'ns/cell', goal },
      byRound.map(costs => perCell(kind, costs)),
    ),
    ...planned.map(({ name }) =>
      figureOf(
        { bench, figure: `${kind} ${name}`, unit: 'ns/cell' },
        results[name]!.map(cost => perCell(kind, [cost])),
      ),
    ),
  ]);
  const programs = together.map(({ name, goal }) =>
    figureOf(
      { bench, figure: `compute, ${name} in one program`, unit: 'ns/cell', goal },
      results[name]!.map(cost => perCell('compute', [cost])),
    ),
  );
  const families = planned.map(({ name, plan }) => {
    const ofKind = (kind: 'compute' | 'encode'): string =>
      number(median(results[name]!.map(cost => perCell(kind, [cost]))));
    return [name, String(plan.features.length), ofKind('compute'), ofKind('encode')];
  });
  return {
    figures: [...starting, ...programs, ...figures],
    section: `Nanoseconds a cell on one core, a month of one pair with all that its features look back on, which is computed and not counted. Series of other pairs are computed for the families that read them.\n\n${table(['family', 'features', 'compute', 'encode'], families)}`,
  };
}
