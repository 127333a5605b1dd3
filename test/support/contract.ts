import type { BarColumn, Bars } from '../../host/catalog/bars.ts';
import { barColumns } from '../../host/catalog/bars.ts';
import type { Expr } from '../../host/catalog/expr.ts';
import { compute } from '../../host/engine/compute.ts';
import type { PlanOptions } from '../../host/engine/graph.ts';
import { Arena } from '../../host/engine/module.ts';
import { type PlannedFeature, plan } from '../../host/engine/plan.ts';
import { FeatureStream as Stream } from '../../host/engine/stream.ts';
import { Engine, type FeatureStream, type Features, type History } from '../../host/index.ts';
import { differences } from './bits.ts';
import { ownPair, peerParameters, peersOf } from './otherPairs.ts';

// What every feature promises, as checks over any features and any bars. Each returns what it found wrong, named by
// feature and row with the bits, so that an empty list is a pass.

/** Features under test: those of the catalogue, or any other. */
export type Subject = {
  readonly name: string;
  readonly features: readonly PlannedFeature[];
  /** Bars that the longest of them reads. */
  readonly lookback: number;
  compute(bars: Bars, firstRow?: number): Promise<Features>;
  open(history: History): Promise<FeatureStream>;
  /** Bars of other symbols that rows at the times of these bars read; a stream is given them. */
  readonly peers?: (bars: Bars) => Readonly<Record<string, Bars>>;
};

export type SubjectParameters = { readonly baseline: number; readonly pip: number };

/** Features of a set by name, through the public API. */
export async function subjectOf(
  name: string,
  features: readonly string[],
  parameters: SubjectParameters,
): Promise<Subject> {
  const engine = await Engine.create();
  const plan = engine.plan(features);
  const { features: planned, lookback } = plan;
  const options = { symbol: ownPair, parameters, peerParameters };
  const peers = (bars: Bars) => peersOf(plan, bars);
  return {
    name,
    features: planned,
    lookback,
    compute: (bars, firstRow = 0) =>
      engine.compute(bars, features, { ...options, firstRow, peers: peers(bars) }),
    open: history => engine.open(features, { ...options, history }),
    peers,
  };
}

/** Features that no set has, by their expressions. */
export function subjectOfExpressions(
  name: string,
  features: readonly { readonly name: string; readonly expr: Expr }[],
  parameters: Readonly<Record<string, number>> = {},
  options: PlanOptions = {},
): Subject {
  const planned = plan(features, options);
  let arena: Arena | undefined;
  return {
    name,
    features: planned.features,
    lookback: planned.lookback,
    compute: async (bars, firstRow = 0) => {
      arena ??= await Arena.create();
      return compute(planned, bars, parameters, { firstRow, arena });
    },
    open: async history => new Stream(await Arena.create(), planned, parameters, { history }),
  };
}

/** Rows [from, to) of bars. */
export const barsBetween = ({ time, columns }: Bars, from: number, to: number): Bars => ({
  time: time.slice(from, to),
  columns: Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, values.slice(from, to)]),
  ),
});

/** A copy of bars in which rows [from, to) are what `change` makes of them, column by column. */
export function barsWith(
  { time, columns }: Bars,
  from: number,
  to: number,
  change: (value: number, column: BarColumn, row: number) => number,
): Bars {
  const changed = Object.entries(columns).map(([name, values]) => {
    const copy = values.slice();
    for (let row = from; row < to; row++) copy[row] = change(copy[row]!, name as BarColumn, row);
    return [name, copy];
  });
  return { time, columns: Object.fromEntries(changed) };
}

/** Computes tasks [cuts[i], cuts[i + 1]) apart, each with no more history than the lookback, in the order given. */
export async function cutDifferences(
  subject: Subject,
  bars: Bars,
  whole: Features,
  tasks: readonly { readonly from: number; readonly to: number }[],
): Promise<string[]> {
  const found: string[] = [];
  for (const task of tasks) {
    const begin = Math.max(0, task.from - subject.lookback + 1);
    const part = await subject.compute(barsBetween(bars, begin, task.to), task.from - begin);
    found.push(...differences(whole, part, task, 0));
  }
  return found;
}

/** A row of bars as a stream takes it. */
export function barAt(bars: Bars, row: number): { readonly time: number } {
  const bar: { time: number } & Record<string, number> = { time: bars.time[row]! };
  for (const name of barColumns) {
    const values = bars.columns[name];
    if (values) bar[name] = values[row]!;
  }
  return bar;
}

/**
 * Pushes bars one by one from bar `begin` on and compares what comes out with the rows of `whole`. Where bars are missing
 * before, a feature is NULL as long as it waits, which is no longer than its lookback, and never another value.
 */
export async function streamDifferences(
  subject: Subject,
  bars: Bars,
  whole: Features,
  begin: number,
): Promise<string[]> {
  const stream = await subject.open(begin === 0 ? 'complete' : 'cut');
  const lookbacks = new Map(subject.features.map(({ name, lookback }) => [name, lookback]));
  const tooLong = new Set<string>();
  const rows = bars.time.length;
  const columns = Object.fromEntries(stream.names.map(name => [name, new Float64Array(rows)]));
  const outputs = Object.values(columns);
  const others = Object.entries(subject.peers?.(barsBetween(bars, begin, rows)) ?? {}).map(
    ([symbol, bars]) => ({ symbol, bars, next: 0 }),
  );
  for (let row = begin; row < rows; row++) {
    const time = bars.time[row]!;
    for (const other of others)
      for (; other.bars.time[other.next]! <= time; other.next++)
        stream.pushPeer(other.symbol, barAt(other.bars, other.next));
    stream.push(barAt(bars, row)).forEach((value, feature) => {
      outputs[feature]![row] = value;
    });
    for (const name of stream.waiting) {
      // another symbol's bars may begin later
      if (stream.peers.size === 0 && row - begin >= lookbacks.get(name)! - 1) tooLong.add(`${name} waits`);
      const column = columns[name]!;
      if (Number.isNaN(column[row]!)) column[row] = whole.columns[name]![row]!;
    }
  }
  return [...tooLong, ...differences(whole, { time: bars.time, columns }, { from: begin, to: rows })];
}

/** Rows before `now` must not care what comes after: nothing at all, or the wildest bars. */
export async function futureDifferences(
  subject: Subject,
  bars: Bars,
  whole: Features,
  now: number,
): Promise<string[]> {
  const rows = bars.time.length;
  const wild = barsWith(bars, now, rows, (value, _, row) => [Number.NaN, 1e12, -value, 0][row % 4]!);
  const range = { from: 0, to: now };
  return [
    ...differences(whole, await subject.compute(barsBetween(bars, 0, now)), range),
    ...differences(whole, await subject.compute(wild), range),
  ];
}

/** A disturbance of rows [from, to) must be gone from every feature as soon as its lookback has passed it. */
export async function traceDifferences(
  subject: Subject,
  bars: Bars,
  whole: Features,
  { from, to }: { readonly from: number; readonly to: number },
  change: (value: number, column: BarColumn, row: number) => number,
): Promise<string[]> {
  const disturbed = await subject.compute(barsWith(bars, from, to, change));
  const rows = bars.time.length;
  return subject.features.flatMap(({ name, lookback }) => {
    const only = ({ time, columns }: Features): Features => ({ time, columns: { [name]: columns[name]! } });
    const [left, right] = [only(whole), only(disturbed)];
    const after = Math.min(rows, to - 1 + lookback);
    return [
      ...differences(left, right, { from: 0, to: from }),
      ...differences(left, right, { from: after, to: rows }),
    ];
  });
}
