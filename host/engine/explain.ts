import type { CatalogFeature } from '../catalog/catalog.ts';
import { allParts, definitions, type Expr, toText } from '../catalog/expr.ts';
import { kernelByName } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import { operatorByName } from '../catalog/operators.ts';
import { aggregatedNulls, resampledNulls } from '../catalog/resampled.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { planFeatures } from './engine.ts';
import type { Node } from './graph.ts';
import { peerPlans } from './peers.ts';
import type { Plan } from './plan.ts';

/** A line of a program, some rows ago. */
type Place = { readonly id: number; readonly lag: number };

/** One line of a program: what is computed, from which lines, how many rows ago. */
export type ExplainedStep = {
  readonly id: number;
  readonly op: string;
  readonly params: readonly number[];
  readonly inputs: readonly Place[];
  /** Rows of history that its readers look back. */
  readonly history: number;
  /** The shared slot of a plane that nobody reads back in time. */
  readonly slot?: number;
  /** Minutes of the bars that the line counts instead of rows. */
  readonly minutes?: number;
};

type PeerReading = { readonly columns: readonly string[]; readonly lookback: number };

/** What a program, a page and a person can know of a feature; all of it is derived from its declaration. */
export type Explanation = {
  readonly name: string;
  readonly description: string;
  readonly formula: string;
  /** What the names in the formula stand for. */
  readonly where: Readonly<Record<string, string>>;
  readonly unit: string;
  /** Bars that a value may depend on, the current one included. */
  readonly lookback: number;
  /** Bars that must exist before the first value. */
  readonly firstValueAtBar: number;
  readonly columns: readonly string[];
  /** What is read of other symbols: their columns, and over how many of their bars. */
  readonly peers: Readonly<Record<string, PeerReading>>;
  readonly parameters: readonly string[];
  readonly nulls: readonly string[];
  readonly result: Place;
  readonly steps: readonly ExplainedStep[];
};

/** When each operator in an expression is NULL. */
function nullRules(expr: Expr): Map<string, string> {
  const rules = new Map<string, string>();
  for (const part of allParts(expr)) {
    if (part.kind === 'call' && part.operator.nulls) rules.set(part.operator.name, part.operator.nulls);
    if (part.kind === 'resampled') rules.set(`every ${part.minutes}`, resampledNulls);
    if (part.kind === 'aggregated') rules.set(`bar_${part.part}`, aggregatedNulls);
  }
  return rules;
}

/** Immediates, and of a kernel whose table says what is wanted what that is. */
const numbersOf = ({ source }: Node): readonly number[] => {
  if (source.kind !== 'kernel') return [];
  const asked = kernelByName.get(source.name)?.results ? (source.table ?? []) : [];
  return [...source.params, ...asked];
};

const opOf = ({ source }: Node): string => {
  switch (source.kind) {
    case 'constant':
      return String(source.value);
    case 'parameter':
      return `$${source.name}`;
    case 'aggregated':
      return `bar_${source.part}`;
    case 'resampled':
      return `every ${source.minutes}`;
    default:
      return source.name;
  }
};

/** The lines of a program, each plane over bars before the first that holds one of them; and the place of each plane. */
function linesOf(
  { steps, nodes, ops }: Plan,
  before: readonly ExplainedStep[] = [],
  over: { readonly minutes: number; readonly place: (ref: Ref) => Place } | undefined = undefined,
): { steps: ExplainedStep[]; place: (ref: Ref) => Place } {
  const lines = [...before];
  const ids = new Map<number, number>();
  const place = ({ node, lag }: Ref): Place => ({ id: ids.get(node)!, lag });
  const results = new Map<number, Place>();
  for (const { node, history, slot } of steps) {
    const { source, inputs } = nodes[node]!;
    const bars = ops.find(({ outs }) => outs[0] === node)?.bars;
    if (bars) {
      const inner = linesOf(bars.plan, lines, { minutes: bars.minutes, place });
      lines.push(...inner.steps.slice(lines.length));
      for (const { name, ref } of bars.plan.features) results.set(Number(name), inner.place(ref));
    }
    const read =
      source.kind === 'resampled'
        ? [results.get(node)!]
        : source.kind === 'aggregated'
          ? [over!.place(source.of)]
          : inputs.map(place);
    ids.set(node, lines.length);
    lines.push({
      id: lines.length,
      op: opOf(nodes[node]!),
      params: numbersOf(nodes[node]!),
      inputs: read,
      history,
      ...(slot === undefined ? {} : { slot }),
      ...(over ? { minutes: over.minutes } : {}),
    });
  }
  return { steps: lines, place };
}

export function explain(set: FeatureSet, feature: CatalogFeature): Explanation {
  const plan = planFeatures(set, [feature]);
  const { lookback, needs, ref } = plan.features[0]!;
  const { steps, place } = linesOf(plan);
  return {
    name: feature.qualifiedName,
    description: feature.description,
    formula: toText(feature.expr.kind === 'named' ? feature.expr.body : feature.expr),
    where: Object.fromEntries(
      [...definitions(feature.expr.kind === 'named' ? feature.expr.body : feature.expr)].reverse(),
    ),
    unit: feature.unit,
    lookback,
    firstValueAtBar: needs,
    columns: plan.columns,
    peers: peersOf(plan),
    parameters: plan.parameters,
    nulls: [
      needs > 1 ? `before bar ${needs} of the symbol` : '',
      `${lookback > 1 ? 'while one of the bars it reads' : 'where the bar'} lacks ${columnList(plan)}${isForgiving(feature.expr) ? ', except as "only" says below' : ''}`,
      ...[...nullRules(feature.expr)].map(([operator, rule]) => `${operator}: ${rule}`),
    ].filter(Boolean),
    result: place(ref),
    steps,
  };
}

const peersOf = (plan: Plan): Record<string, PeerReading> =>
  Object.fromEntries(
    [...peerPlans(plan)].map(([symbol, { columns, lookback }]) => [symbol, { columns, lookback }]),
  );

/** The columns that are read, those of other symbols too. */
export const columnsRead = ({ columns, peers }: Pick<Explanation, 'columns' | 'peers'>): string[] => [
  ...columns,
  ...Object.entries(peers).flatMap(([symbol, read]) => read.columns.map(name => `${name} of ${symbol}`)),
];

const columnList = (plan: Plan): string =>
  columnsRead({ columns: plan.columns, peers: peersOf(plan) }).join(' or ');

/** Whether a NULL among what it reads may leave it a value. */
const isForgiving = (expr: Expr): boolean =>
  [...nullRules(expr).keys()].some(name => operatorByName.get(name)?.forgiving);

const reference = ({ id, lag }: Place): string => (lag === 0 ? `#${id}` : `#${id}[-${lag}]`);

/** The program as text: one line per plane. */
export function programText({ steps, result }: Explanation): string {
  const lines = steps.map(step => {
    const op = [step.op, ...step.params.map(value => Number(value.toPrecision(12)))].join(' ');
    const noun = step.minutes === undefined ? 'row' : 'bar';
    const kept = step.history > 0 ? `keeps ${step.history} ${noun}${step.history === 1 ? '' : 's'}` : '';
    const where = [
      step.slot === undefined ? kept : `slot ${step.slot}`,
      step.minutes === undefined ? '' : `${step.minutes} min`,
    ];
    const columns = [
      `#${step.id}`.padEnd(4),
      op.padEnd(24),
      step.inputs.map(reference).join(' ').padEnd(36),
      where.filter(Boolean).join('; '),
    ];
    return columns.join(' ').trimEnd();
  });
  return [...lines, `result ${reference(result)}`].join('\n');
}

/** The explanation as a person reads it. */
export function explainText(explanation: Explanation): string {
  const { name, description, formula, where, unit, lookback, firstValueAtBar, columns, parameters, nulls } =
    explanation;
  // a coarser bar is complete after one row or after many
  const earliest = explanation.steps.some(({ minutes }) => minutes !== undefined)
    ? 'not before bar'
    : 'at bar';
  const needs =
    lookback === firstValueAtBar
      ? `${lookback} bar${lookback === 1 ? '' : 's'}, the current one included`
      : `${lookback} bars at most, the current one included; first value ${earliest} ${firstValueAtBar}`;
  const reads = [
    ...columns,
    ...Object.entries(explanation.peers).map(
      ([symbol, read]) => `${read.columns.join(', ')} of ${symbol} (${read.lookback} bars a row)`,
    ),
    ...parameters.map(parameter => `$${parameter} (of the symbol)`),
  ].join(', ');
  return [
    name,
    // who gave none of his own finds the formula there
    ...(description === formula ? [] : [`  ${description}`]),
    '',
    `  formula   ${formula}`,
    ...Object.entries(where).map(
      ([name, text], i) => `  ${i === 0 ? 'where' : '     '}     ${name} = ${text}`,
    ),
    `  unit      ${unit}`,
    `  reads     ${reads}`,
    `  lookback  ${needs}`,
    ...nulls.map((rule, i) => `  ${i === 0 ? 'NULL' : '    '}      ${rule}`),
    '',
    `  plan      ${explanation.steps.length} planes; [-n] reads n rows back`,
    ...programText(explanation)
      .split('\n')
      .map(line => `    ${line}`),
  ].join('\n');
}
