import type { CatalogFeature } from '../catalog/catalog.ts';
import { allParts, definitions, type Expr, toText } from '../catalog/expr.ts';
import type { Model } from '../catalog/family.ts';
import { kernelByName } from '../catalog/kernels.ts';
import type { Ref } from '../catalog/lowering.ts';
import { operatorByName } from '../catalog/operators.ts';
import type { Reference } from '../catalog/references.ts';
import { aggregatedNulls, resampledNulls } from '../catalog/resampled.ts';
import { namesText } from '../catalog/roles.ts';
import type { FeatureSet } from '../catalog/set.ts';
import { planFeatures } from './engine.ts';
import type { PlannedNode } from './graph.ts';
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

/** A model that a feature rests on, and how its stored fits are asked for. */
export type ExplainedModel = Pick<Model, 'name' | 'title' | 'anchor'> & {
  readonly outputs: readonly { readonly name: string; readonly description: string }[];
  readonly query: string;
};

/** What is read of another symbol, or of the one that plays a role. */
type PeerReading = { readonly columns: readonly string[]; readonly lookback: number };

/** What a program, a page and a person can know of a feature; all of it is derived from its declaration. */
export type Explanation = {
  readonly name: string;
  readonly description: string;
  readonly formula: string;
  /** What the names in the formula stand for. */
  readonly where: Readonly<Record<string, string>>;
  readonly unit: string;
  /** Where the definition was published. */
  readonly sources: readonly Reference[];
  /** The table that it is in, where that is cut by month alone and holds all symbols. */
  readonly table?: string;
  /** Bars that a value may depend on, the current one included. */
  readonly lookback: number;
  /** Bars that must exist before the first value. */
  readonly firstValueAtBar: number;
  readonly columns: readonly string[];
  /** What is read of other symbols, by symbol or role: their columns, and over how many of their bars. */
  readonly peers: Readonly<Record<string, PeerReading>>;
  /** How many minutes old the newest bar of another symbol may be. */
  readonly asOfMinutes: number;
  readonly parameters: readonly string[];
  readonly nulls: readonly string[];
  readonly models: readonly ExplainedModel[];
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
const numbersOf = ({ source }: PlannedNode): readonly number[] => {
  if (source.kind !== 'kernel') return [];
  const asked = kernelByName.get(source.name)?.results ? (source.table ?? []) : [];
  return [...source.params, ...asked];
};

const opOf = ({ source }: PlannedNode): string => {
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
  const peers = peersOf(plan);
  return {
    name: feature.qualifiedName,
    description: feature.description,
    formula: toText(feature.expr.kind === 'named' ? feature.expr.body : feature.expr),
    where: Object.fromEntries(
      [...definitions(feature.expr.kind === 'named' ? feature.expr.body : feature.expr)].reverse(),
    ),
    unit: feature.unit,
    sources: feature.sources ?? [],
    ...wholeTable(set, feature),
    lookback,
    firstValueAtBar: needs,
    columns: plan.columns,
    peers,
    asOfMinutes: plan.asOfMinutes,
    parameters: plan.parameters,
    nulls: [
      needs > 1 ? `before bar ${needs} of the symbol` : '',
      `${lookback > 1 ? 'while one of the bars it reads' : 'where the bar'} lacks ${columnsRead({ columns: plan.columns, peers }).join(' or ')}${isForgiving(feature.expr) ? ', except as "only" says below' : ''}`,
      ...[...nullRules(feature.expr)].map(([operator, rule]) => `${operator}: ${rule}`),
    ].filter(Boolean),
    models: modelsOf(set, feature),
    result: place(ref),
    steps,
  };
}

/** What computes a plane: of a kernel whose table says what is wanted the same for all that can be. */
const passOf = ({ source, inputs }: PlannedNode): string =>
  source.kind === 'kernel'
    ? `${source.name} ${inputs.map(({ node, lag }) => `${node}@${lag}`)} ${source.params}`
    : '';

/** The models of its family that a feature rests on: those of which it reads what the same kernel computes. */
function modelsOf(set: FeatureSet, feature: CatalogFeature): ExplainedModel[] {
  const models = set.families.find(({ name }) => name === feature.family)?.models ?? [];
  if (models.length === 0) return [];
  const { nodes, features, fits } = planFeatures(set, [feature], models);
  const read = new Set<number>();
  const visit = (node: number): void => {
    if (read.has(node)) return;
    read.add(node);
    for (const input of nodes[node]!.inputs) visit(input.node);
  };
  visit(features[0]!.ref.node);
  const passes = new Set([...read].map(node => passOf(nodes[node]!)).filter(Boolean));
  return models
    .filter(({ name }) =>
      fits.some(fit => fit.name.startsWith(`${name}.`) && passes.has(passOf(nodes[fit.ref.node]!))),
    )
    .map(({ name, title, anchor, outputs }) => ({
      name,
      title,
      anchor,
      outputs: outputs.map(output => ({ name: output.name, description: output.description })),
      query: `select symbol, anchor, converged, observations, log_likelihood, parameters from windrow.model_fits where set_name = '${set.name}' and model = '${name}' order by symbol, anchor`,
    }));
}

/** The table of a family whose partitions hold all symbols. */
function wholeTable({ families }: FeatureSet, { family }: CatalogFeature): Pick<Explanation, 'table'> {
  const found = families.find(({ name }) => name === family);
  return found?.partition === 'month' ? { table: found.name } : {};
}

const peersOf = (plan: Plan): Record<string, PeerReading> =>
  Object.fromEntries(
    [...peerPlans(plan)].map(([symbol, { columns, lookback }]) => [symbol, { columns, lookback }]),
  );

/** Other symbols and roles as a text, those of which the same is read together. */
const alike = (
  peers: Explanation['peers'],
  same: (read: PeerReading) => string,
): { readonly who: string; readonly read: PeerReading }[] =>
  [...Map.groupBy(Object.entries(peers), ([, read]) => same(read)).values()].map(group => ({
    who: namesText(group.map(([name]) => name)),
    read: group[0]![1],
  }));

/** The columns that are read, those of other symbols too. */
export const columnsRead = ({ columns, peers }: Pick<Explanation, 'columns' | 'peers'>): string[] => [
  ...columns,
  ...alike(peers, read => read.columns.join()).flatMap(({ who, read }) =>
    read.columns.map(name => `${name} of ${who}`),
  ),
];

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
  const { name, description, formula, where, unit, sources, table } = explanation;
  const { lookback, firstValueAtBar, columns, parameters, nulls } = explanation;
  // a coarser bar is complete after one row or after many
  const earliest = explanation.steps.some(({ minutes }) => minutes !== undefined)
    ? 'not before bar'
    : 'at bar';
  const needs =
    lookback === firstValueAtBar
      ? `${lookback} bar${lookback === 1 ? '' : 's'}, the current one included`
      : `${lookback} bars at most, the current one included; first value ${earliest} ${firstValueAtBar}`;
  const { asOfMinutes } = explanation;
  const age = asOfMinutes === 0 ? '' : `, the newest at most ${asOfMinutes} minutes old`;
  const reads = [
    ...columns,
    ...alike(explanation.peers, read => `${read.columns.join()} ${read.lookback}`).map(
      ({ who, read }) =>
        `${read.columns.join(', ')} of ${who} (${read.lookback} bar${read.lookback === 1 ? '' : 's'} a row${age})`,
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
    ...(sources.length > 0 ? [`  source    ${sources.join('; ')}`] : []),
    `  unit      ${unit}`,
    ...(table === undefined ? [] : [`  table     ${table}, by month, all pairs in one partition`]),
    `  reads     ${reads}`,
    `  lookback  ${needs}`,
    ...nulls.map((rule, i) => `  ${i === 0 ? 'NULL' : '    '}      ${rule}`),
    ...explanation.models.flatMap(({ name, title, anchor, outputs, query }) => [
      `  model     ${name}: ${title}`,
      `            fitted anew at the first bar of every ${anchor}: ${outputs.map(output => output.name).join(', ')}`,
      `            windrow fits --model ${name}, or`,
      `            ${query}`,
    ]),
    '',
    `  plan      ${explanation.steps.length} planes; [-n] reads n rows back`,
    ...programText(explanation)
      .split('\n')
      .map(line => `    ${line}`),
  ].join('\n');
}
