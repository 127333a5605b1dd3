import { execFileSync } from 'node:child_process';
import { barColumns } from '../../host/catalog/bars.ts';
import { familyByName, featuresOf } from '../../host/catalog/catalog.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { copyBars } from '../../host/engine/compute.ts';
import { CopyEncoder } from '../../host/engine/copy.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { Arena } from '../../host/engine/module.ts';
import { blockRows } from '../../host/engine/plan.ts';
import { Session } from '../../host/engine/session.ts';
import { builtFile } from './built.ts';
import { type Figure, figureOf, interleave, mustEqual } from './figure.ts';
import { isTransform, pairBars, parametersOf, transforms } from './market.ts';

// What a cell costs in WebAssembly: a month of each family with its lookback, computed and encoded block by block as a
// backfill does it, on one core, without a database. Rows of the lookback are computed and not counted.

const symbol = 'eurusd';
const rounds = 9;

/** Processes that are started to see what the first plan costs. */
const starters = 5;

/** Milliseconds that a process of its own spends on the plan of all features, and on making it ready to run. */
function coldStart(): { readonly plan: number; readonly compile: number } {
  const script = `
    const { setByName, featuresOf } = await import(${JSON.stringify(builtFile('catalog/catalog.js').href)});
    const { planFeatures } = await import(${JSON.stringify(builtFile('engine/engine.js').href)});
    const { Session } = await import(${JSON.stringify(builtFile('engine/session.js').href)});
    const { Arena, loadModule } = await import(${JSON.stringify(builtFile('engine/module.js').href)});
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

type Cost = { readonly compute: number; readonly encode: number; readonly cells: number };

export async function benchEngine(): Promise<Figure[]> {
  const bars = pairBars(symbol, '2024-06', '2024-08');
  const parameters = parametersOf(symbol, bars);
  const month = bars.time.findIndex(time => time >= Date.UTC(2024, 7, 1) * 1000);
  const rows = bars.time.length;
  const arena = await Arena.create();
  const planned = fx.families.map(({ name }) => ({
    name,
    plan: planFeatures(fx, featuresOf(fx, [familyByName(fx, name)])),
  }));
  const columns = copyBars(arena, bars, ['time', ...barColumns]);
  const mark = arena.top;

  /** Block by block as `blocks` says: the checksum is the same however the month is cut. */
  const measure = (plan: (typeof planned)[number]['plan'], block: number) => {
    arena.release(mark);
    const from = Math.max(0, month - (plan.lookback - 1));
    const session = new Session(arena, plan, parameters);
    const shifted = Object.entries(columns).map(([name, address]) => [name, address + from * 8]);
    session.load(Object.fromEntries(shifted));
    session.firstOutput = month - from;
    const encoder = new CopyEncoder(arena, {
      time: columns.time!,
      columns: session.outputAddresses(),
      tail: [symbol],
    });
    let compute = 0;
    let encode = 0;
    let at = performance.now();
    session.run(0, month - from);
    for (let row = month; row < rows; ) {
      const count = Math.min(session.room, block, rows - row);
      session.run(row - from, count);
      const computed = performance.now();
      compute += computed - at;
      encoder.point(columns.time! + row * 8, session.outputAddresses());
      encoder.encode(0, count);
      at = performance.now();
      encode += at - computed;
      row += count;
    }
    const cells = (rows - month) * plan.features.length;
    return { cost: { compute, encode, cells }, checksum: encoder.stats().checksum };
  };

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
  const cases = [...planned, ...together].map(({ name, plan }) => {
    const { checksum } = measure(plan, 1 + (blockRows >> 2));
    const run = (): Cost => {
      const found = measure(plan, blockRows);
      mustEqual(`checksum of ${name}`, found.checksum, checksum);
      return found.cost;
    };
    return [name, run] as const;
  });
  const results = await interleave(Object.fromEntries(cases), rounds);

  const bench = 'engine';
  const perCell = (kind: 'compute' | 'encode', costs: readonly Cost[]): number =>
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
  const all = cold.map(({ values, ...what }) => figureOf({ bench, unit: 'ms', ...what }, values));
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
  return [...all, ...programs, ...figures];
}
