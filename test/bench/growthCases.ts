import type { Bars } from '../../host/catalog/bars.ts';
import { familyByName, featuresOf } from '../../host/catalog/catalog.ts';
import { call, column } from '../../host/catalog/expr.ts';
import { fx } from '../../host/catalog/sets/fx.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { type Plan, plan } from '../../host/engine/plan.ts';
import { isTransform, pairBars } from './market.ts';

// What grows, and over which bars it is computed.

export const parameters = { baseline: 1, pip: 0.0001 };

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

const operators = ['mean', 'std', 'skew', 'min', 'max', 'slope'];

/** Operators that merge blocks, each over this window alone. */
export const planOfWindow = (window: number): Plan =>
  plan(operators.map(name => ({ name, expr: call(name, [column('close')], [window]) })));

/** So many of the closed formulas of one pair, evenly from all of them. */
export function planOfFeatures(count: number): Plan {
  const all = featuresOf(
    fx,
    fx.families.filter(({ name }) => !isTransform(name)),
  );
  return planFeatures(
    fx,
    Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!),
  );
}
