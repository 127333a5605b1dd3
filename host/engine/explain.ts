import type { CatalogFeature } from '../catalog/catalog.ts';
import { callsOf, definitions, type Expr, toText } from '../catalog/expr.ts';
import { operatorByName } from '../catalog/operators.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { planFeatures } from './engine.ts';
import { peerPlans } from './peers.ts';
import type { Plan } from './plan.ts';

/** One line of a program: what is computed, from which lines, how many rows ago. */
export type ExplainedStep = {
  readonly id: number;
  readonly op: string;
  readonly params: readonly number[];
  readonly inputs: readonly { readonly id: number; readonly lag: number }[];
  /** Rows of history that its readers look back. */
  readonly history: number;
  /** The shared slot of a plane that nobody reads back in time. */
  readonly slot?: number;
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
  readonly result: { readonly id: number; readonly lag: number };
  readonly steps: readonly ExplainedStep[];
};

const nullRules = (expr: Expr): Map<string, string> =>
  new Map(callsOf(expr).flatMap(({ operator: { name, nulls } }) => (nulls ? [[name, nulls]] : [])));

export function explain(set: FeatureSet, feature: CatalogFeature): Explanation {
  const plan = planFeatures(set, [feature]);
  const { lookback, needs, ref } = plan.features[0]!;
  const ids = new Map(plan.steps.map((step, id) => [step.node, id]));
  const place = ({ node, lag }: { node: number; lag: number }) => ({ id: ids.get(node)!, lag });
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
    steps: plan.steps.map((step, id) => {
      const { source, inputs } = plan.nodes[step.node]!;
      const op =
        source.kind === 'kernel'
          ? source.name
          : source.kind === 'constant'
            ? String(source.value)
            : source.kind === 'parameter'
              ? `$${source.name}`
              : source.name;
      return {
        id,
        op,
        params: source.kind === 'kernel' ? source.params : [],
        inputs: inputs.map(place),
        history: step.history,
        ...(step.slot === undefined ? {} : { slot: step.slot }),
      };
    }),
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

const reference = ({ id, lag }: { readonly id: number; readonly lag: number }): string =>
  lag === 0 ? `#${id}` : `#${id}[-${lag}]`;

/** The program as text: one line per plane. */
export function programText({ steps, result }: Explanation): string {
  const lines = steps.map(step => {
    const op = [step.op, ...step.params.map(value => Number(value.toPrecision(12)))].join(' ');
    const where =
      step.slot === undefined
        ? step.history > 0
          ? `keeps ${step.history} row${step.history === 1 ? '' : 's'}`
          : ''
        : `slot ${step.slot}`;
    const columns = [
      `#${step.id}`.padEnd(4),
      op.padEnd(24),
      step.inputs.map(reference).join(' ').padEnd(36),
      where,
    ];
    return columns.join(' ').trimEnd();
  });
  return [...lines, `result ${reference(result)}`].join('\n');
}

/** The explanation as a person reads it. */
export function explainText(explanation: Explanation): string {
  const { name, description, formula, where, unit, lookback, firstValueAtBar, columns, parameters, nulls } =
    explanation;
  const needs =
    lookback === firstValueAtBar
      ? `${lookback} bar${lookback === 1 ? '' : 's'}, the current one included`
      : `${lookback} bars at most, the current one included; first value at bar ${firstValueAtBar}`;
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
