import { market } from '../../host/bench/market.ts';
import { Month } from '../../host/bench/month.ts';
import type { Bars } from '../../host/catalog/bars.ts';
import { type CatalogFeature, familyByName, featuresOf } from '../../host/catalog/catalog.ts';
import { call, column } from '../../host/catalog/expr.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import type { Arena } from '../../host/engine/module.ts';
import { type Plan, plan } from '../../host/engine/plan.ts';
import { type Laid, layOut, nsPerCell, usBefore } from './computing.ts';
import { threadMs } from './cpu.ts';
import { between } from './feed.ts';
import { isTransform, pairBars } from './market.ts';

// What grows, and over which bars it is computed.

export const parameters = { baseline: 1, pip: 0.0001 };

/** One size of what grows: what a cell costs, in nanoseconds, and what is known of it without a clock. */
export type Case = {
  readonly ns: () => number;
  /** Passes of kernels over a row, for each of its cells. */
  readonly passes?: number;
  /** Microseconds that one run takes before its first row. */
  readonly before?: number;
};

/** Lays out one size. */
export type Prepare = (arena: Arena, size: number) => Case;

/** Bars of so many months of a pair, from 2022 on. */
export function monthsOf(pair: string, months: number): Bars {
  const last = new Date(Date.UTC(2022, months - 1));
  return pairBars(pair, '2022-01', last.toISOString().slice(0, 7));
}

export const planOf = (families: readonly string[]): Plan =>
  planFeatures(
    fx,
    featuresOf(
      fx,
      families.map(name => familyByName(fx, name)),
    ),
  );

const family = planOf(['statistics_rate']);

const times = <T>(count: number, value: T): T[] =>
  Array.from({ length: Math.max(1, Math.round(count)) }, () => value);

const over = (arena: Arena, planned: Plan, all: readonly Laid[]): Case => ({
  ns: () => nsPerCell(arena, planned, all, parameters),
  before: usBefore(arena, planned, all[0]!, parameters),
});

/** One run over so many months, as often as there is as much work as in the most. */
export function ofMonths(most: number): Prepare {
  const bars = monthsOf('eurusd', most);
  return (arena, months) => {
    const rows = bars.time.findIndex(time => time >= Date.UTC(2022, months) * 1000);
    const laid = layOut(arena, rows < 0 ? bars : between(bars, 0, rows), family);
    return over(arena, family, times(most / months, laid));
  };
}

/** A month of each of so many pairs, one after the other. */
export function ofPairs(): Prepare {
  const all = fx.symbols.map(pair => monthsOf(pair, 1));
  return (arena, pairs) => {
    const laid = all.slice(0, pairs).map(bars => layOut(arena, bars, family));
    return over(arena, family, times(all.length / pairs, laid).flat());
  };
}

/** Computed, not encoded. */
const computed = (arena: Arena, planned: Plan, all: readonly Laid[]): number =>
  nsPerCell(arena, planned, all, parameters, { encoded: false });

const operators = ['mean', 'std', 'skew', 'min', 'max', 'slope'];

/** Operators that merge blocks, each over this window alone. Encoding costs the same for any window, and is left out. */
export function ofWindow(arena: Arena, window: number): Case {
  const planned = plan(operators.map(name => ({ name, expr: call(name, [column('close')], [window]) })));
  const all = times(30, layOut(arena, monthsOf('eurusd', 1), planned));
  return {
    ns: () => computed(arena, planned, all),
    passes: planned.ops.length / operators.length,
    before: usBefore(arena, planned, all[0]!, parameters),
  };
}

/** Programs of so many features each, as the catalogue has them one after the other: together all that there are. */
function programs(all: readonly CatalogFeature[], size: number): Plan[] {
  const parts = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    all.slice(i * size, (i + 1) * size),
  );
  return parts.map(part => planFeatures(fx, part));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const passesOf = (plans: readonly Plan[]): number =>
  sum(plans.map(({ ops }) => ops.length)) / sum(plans.map(({ features }) => features.length));

/** The closed formulas of one pair, in programs of so many. Rows are encoded for the tables of families, however a program is cut. */
export function ofClosed(arena: Arena, size: number): Case {
  const all = featuresOf(fx).filter(({ family }) => !isTransform(family));
  const plans = programs(all, size);
  const laid = layOut(arena, monthsOf('eurusd', 1), planFeatures(fx, all));
  const share = ({ features }: Plan): number => features.length / all.length;
  return {
    ns: () => sum(plans.map(planned => computed(arena, planned, [laid]) * share(planned))),
    passes: passesOf(plans),
    before: usBefore(arena, plans[0]!, laid, parameters),
  };
}

/** Rows that count; those of the lookback, and series of other pairs, are computed beside them. */
const countedRows = 8_000;

/** All features, those of transforms, of models and of other pairs too, in programs of so many. */
export async function ofAll(): Promise<Prepare> {
  const all = featuresOf(fx);
  const whole = programs(all, all.length);
  const month = await Month.of(fx, market(fx, whole, countedRows), whole);
  return (_arena, size) => {
    const plans = programs(all, size);
    return {
      ns: () => {
        const start = threadMs();
        const costs = plans.map(planned => month.measure(planned).cost);
        const took = threadMs() - start;
        const [compute, encode, cells] = (['compute', 'encode', 'cells'] as const).map(key =>
          sum(costs.map(cost => cost[key])),
        ) as [number, number, number];
        // both lose the same share of the clock to what else the machine does
        return ((took * compute) / (compute + encode) / cells) * 1e6;
      },
      passes: passesOf(plans),
    };
  };
}
