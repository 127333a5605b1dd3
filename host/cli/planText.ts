import type { Expr } from '../catalog/expr.ts';
import type { Operator } from '../catalog/operators.ts';
import type { Node } from '../engine/graph.ts';
import type { Plan } from '../engine/plan.ts';

/** Operators of an expression in the order in which a reader meets them. */
export function operatorsOf(expr: Expr, found: Operator[] = []): Operator[] {
  if (expr.kind !== 'call') return found;
  if (!found.includes(expr.operator)) found.push(expr.operator);
  for (const arg of expr.args) operatorsOf(arg, found);
  return found;
}

const plane = (place: number, lag: number): string => (lag === 0 ? `p${place}` : `p${place}[-${lag}]`);

function sourceText({ source, inputs }: Node, places: ReadonlyMap<number, number>): string {
  if (source.kind === 'column') return source.name;
  if (source.kind === 'constant') return String(source.value);
  if (source.kind === 'parameter') return `$${source.name}`;
  const read = inputs.map(({ node, lag }) => plane(places.get(node) as number, lag));
  return `${source.name}(${[...read, ...source.params].join(', ')})`;
}

export type PlanLine = {
  readonly plane: string;
  readonly computes: string;
  /** Rows of it that its readers look back. */
  readonly history: number;
  /** Its shared slot; null when its memory is its own. */
  readonly slot: number | null;
  readonly feature: string | null;
};

/** The plan as a list of planes in the order of computation; `p3[-15]` is plane 3 fifteen rows earlier. */
export function planLines(plan: Plan): PlanLine[] {
  const places = new Map(plan.steps.map((step, place) => [step.node, place]));
  const names = new Map<number, string>();
  for (const { name, ref } of plan.features) {
    names.set(ref.node, ref.lag === 0 ? name : `${name} (${ref.lag} rows later)`);
  }
  return plan.steps.map(({ node, history, slot }, place) => ({
    plane: `p${place}`,
    computes: sourceText(plan.nodes[node] as Node, places),
    history,
    slot: slot ?? null,
    feature: names.get(node) ?? null,
  }));
}
