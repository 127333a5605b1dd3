import type { BarColumn } from '../catalog/bars.ts';
import { type BarPart, definitions, type Expr, partsOf, textOf, toText } from '../catalog/expr.ts';
import { type Kernel, kernelByName, spansOf } from '../catalog/kernels.ts';
import type { Builder, Ref } from '../catalog/lowering.ts';
import type { Operator } from '../catalog/operators.ts';
import { WindrowError } from '../errors.ts';
import { KernelIndex, type Made } from './kernelIndex.ts';

/** A plane of the plan: what fills it, from which planes, and how far back it sees. */
export type Node = {
  readonly source:
    | { readonly kind: 'column'; readonly name: BarColumn | 'time' }
    | { readonly kind: 'constant'; readonly value: number }
    | { readonly kind: 'parameter'; readonly name: string }
    /** Computed over the bars of another symbol and laid beside these. */
    | {
        readonly kind: 'peer';
        readonly name: string;
        readonly symbol: string;
        readonly body: Expr;
        /** What the body is called, whoever's it is. */
        readonly key: string;
      }
    /** In a graph of bars: what they have of a plane of rows. */
    | { readonly kind: 'aggregated'; readonly name: string; readonly part: BarPart; readonly of: Ref }
    /** A plane of bars, its value at the last complete one held; its inputs are the time and what the bars are made of. */
    | {
        readonly kind: 'resampled';
        readonly minutes: number;
        readonly bars: Graph;
        readonly body: Ref;
        /** Rows that a bar has at most, and bars behind the one under way that must not have more. */
        readonly mostRows: number;
        readonly within: number;
      }
    | {
        readonly kind: 'kernel';
        readonly name: string;
        readonly opcode: number;
        readonly params: readonly number[];
        readonly table?: Float64Array;
      };
  readonly inputs: readonly Ref[];
  /** Rows behind the current one that it reads of each of its inputs. */
  readonly spans: readonly number[];
  /** Rows that a value may depend on, the current one included; in a graph of bars those that the bars may have. */
  readonly lookback: number;
  /** Rows that must exist before the first value; fewer than `lookback` where an operator stops early. */
  readonly needs: number;
};

/** A node without what planning alone needs of it: the graph of its bars. */
export type PlannedNode = Omit<Node, 'source'> & {
  readonly source:
    | Exclude<Node['source'], { readonly kind: 'resampled' }>
    | Omit<Node['source'] & { readonly kind: 'resampled' }, 'bars'>;
};

export type PlanOptions = {
  /** Exponential means drop what weighs less than 2^-horizonBits of the total. Default 53. */
  readonly horizonBits?: number;
  /** Minutes from one row to the next, at least: says how many rows a coarser bar may have. Default 1. */
  readonly intervalMinutes?: number;
  /** How many minutes old the newest bar of another symbol may be in a row. Default 0: times must be equal. */
  readonly asOfMinutes?: number;
};

/** What an expression is called: its text with everything that the text stands for. */
const keyOf = (expr: Expr): string =>
  [...[...definitions(expr)].map(([name, text]) => `${name} := ${text}`), toText(expr)].join('; ');

/** Made of constants and parameters alone: the same in every row, so that no row needs another one's. */
const isFixed = (node: Node): boolean => node.lookback === 0;

const depths = new WeakMap<Expr, number>();

/** How deep an expression goes through bars made of bars: planes of one depth do not depend on each other. */
function depthOf(expr: Expr): number {
  const known = depths.get(expr);
  if (known !== undefined) return known;
  const depth = Math.max(0, ...partsOf(expr).map(depthOf)) + (expr.kind === 'resampled' ? 1 : 0);
  depths.set(expr, depth);
  return depth;
}

/**
 * The expressions of a plan as a graph of planes. Equal sub-expressions are one node: nodes are found again by kernel,
 * inputs and parameters, after a shift common to all inputs has been moved to the result, so that the standard
 * deviation of yesterday's window and yesterday's standard deviation are the same plane.
 */
export class Graph implements Builder {
  readonly nodes: Node[] = [];
  readonly horizonBits: number;
  readonly intervalMinutes: number;
  readonly asOfMinutes: number;
  readonly #kernels = new KernelIndex(this.nodes);
  /** Nodes that no kernel computes. */
  readonly #byKey = new Map<string, number>();
  readonly #byExpr = new Map<Expr, Ref>();
  readonly #made = new Map<string, unknown>();
  /** Graphs of bars, by minutes and depth. */
  readonly #bars = new Map<string, Graph>();
  /** Of a graph of bars: the graph of the rows that they are made of, and how many rows a bar has at most. */
  readonly #rows: Graph | undefined;
  readonly #rowsPerBar: number;

  constructor(
    { horizonBits = 53, intervalMinutes = 1, asOfMinutes = 0 }: PlanOptions = {},
    of?: { readonly rows: Graph; readonly minutes: number },
  ) {
    this.horizonBits = horizonBits;
    this.intervalMinutes = intervalMinutes;
    this.asOfMinutes = asOfMinutes;
    this.#rows = of?.rows;
    this.#rowsPerBar = of ? Math.ceil(of.minutes / intervalMinutes) : 1;
  }

  /** Planes, those over bars included. */
  get size(): number {
    return [...this.#bars.values()].reduce((sum, bars) => sum + bars.size, this.nodes.length);
  }

  lookbackOf({ node, lag }: Ref): number {
    return this.nodes[node]!.lookback + lag * this.#rowsPerBar;
  }

  needsOf({ node, lag }: Ref): number {
    return this.nodes[node]!.needs + lag;
  }

  add(expr: Expr): Ref {
    const known = this.#byExpr.get(expr);
    if (known) return known;
    const lowered = this.#lower(expr);
    const ref = isFixed(this.nodes[lowered.node]!) ? { node: lowered.node, lag: 0 } : lowered;
    this.#byExpr.set(expr, ref);
    return ref;
  }

  #lower(expr: Expr): Ref {
    switch (expr.kind) {
      case 'column':
        return this.#leaf({ kind: 'column', name: expr.name }, expr.name);
      case 'number':
        return this.constant(expr.value);
      case 'parameter':
        return this.#leaf({ kind: 'parameter', name: expr.name }, `$${expr.name}`);
      case 'named':
        return this.add(expr.body);
      case 'peer': {
        const { symbol, body } = expr;
        const name = keyOf(expr);
        return this.#leaf({ kind: 'peer', name, symbol, body, key: keyOf(body) }, name);
      }
      case 'resampled':
        return this.#resampled(expr);
      case 'aggregated':
        return this.#aggregated(expr.part, expr.body);
      case 'call':
        return this.#call(
          expr.operator,
          expr.args.map(arg => this.add(arg)),
          expr.params,
        );
    }
  }

  /** Equal calls of different expressions are lowered once. */
  #call(operator: Operator, args: readonly Ref[], params: readonly (number | string)[]): Ref {
    const key = `${operator.name}(${args.map(({ node, lag }) => `${node}@${lag}`)}|${params.map(textOf)})`;
    return this.once(key, () => operator.lower(this, args, params));
  }

  once<T>(name: string, make: () => T): T {
    const known = this.#made.get(name);
    if (known !== undefined) return known as T;
    const made = make();
    this.#made.set(name, made);
    return made;
  }

  time(): Ref {
    return this.#leaf({ kind: 'column', name: 'time' }, 'time');
  }

  constant(value: number): Ref {
    return this.#leaf({ kind: 'constant', value }, `#${Object.is(value, -0) ? '-0' : value}`);
  }

  #leaf(source: Node['source'], key: string): Ref {
    const fixed = source.kind !== 'column' && source.kind !== 'peer';
    const rows = this.#rowsPerBar;
    return this.#intern(key, () => ({
      source,
      inputs: [],
      spans: [],
      lookback: fixed ? 0 : rows,
      needs: fixed ? 0 : 1,
    }));
  }

  #aggregated(part: BarPart, body: Expr): Ref {
    if (!this.#rows)
      throw new WindrowError('WR_EXPRESSION', {
        operator: `bar_${part}`,
        what: 'stands outside of every(minutes, ...), which says how long a bar is',
      });
    const of = this.#rows.add(body);
    const name = `${part} ${of.node}@${of.lag}`;
    return this.#intern(name, () => ({
      source: { kind: 'aggregated', name, part, of },
      inputs: [],
      spans: [],
      lookback: Math.max(1, this.#rows!.lookbackOf(of)) - 1 + this.#rowsPerBar,
      // a bar may have one row
      needs: Math.max(1, this.#rows!.needsOf(of)),
    }));
  }

  #resampled(expr: Expr & { readonly kind: 'resampled' }): Ref {
    const { minutes } = expr;
    const key = `${minutes} ${depthOf(expr)}`;
    const bars = this.#bars.get(key) ?? new Graph(this, { rows: this, minutes });
    this.#bars.set(key, bars);
    const body = bars.add(expr.body);
    return this.#intern(`every ${key} ${body.node}@${body.lag}`, () => {
      const mostRows = bars.#rowsPerBar;
      const rows = bars.lookbackOf(body);
      const within = Math.floor(rows / mostRows);
      const inputs = [this.time(), ...bars.#rowsBehind(body)];
      // bars are full, and one row more shows one too full
      const span = (within + 1) * mostRows;
      return {
        source: { kind: 'resampled', minutes, bars, body, mostRows, within },
        inputs,
        spans: inputs.map(() => span),
        lookback: Math.max(rows + mostRows, span + 1),
        // that a bar is complete is known from a row behind it
        needs: bars.needsOf(body) + 1,
      };
    });
  }

  /** Planes of rows that a plane of bars is made of. */
  #rowsBehind(ref: Ref): Ref[] {
    const found = new Map<string, Ref>();
    const seen = new Set<number>();
    const visit = (node: number): void => {
      if (seen.has(node)) return;
      seen.add(node);
      const { source, inputs } = this.nodes[node]!;
      if (source.kind === 'aggregated') found.set(`${source.of.node}@${source.of.lag}`, source.of);
      for (const input of inputs) visit(input.node);
    };
    visit(ref.node);
    return [...found.values()];
  }

  kernel(name: string, inputs: readonly Ref[], params: readonly number[] = [], table?: Float64Array): Ref {
    const kernel = kernelByName.get(name);
    const fits = kernel && (kernel.list ? inputs.length > 0 : kernel.ins === inputs.length);
    if (!fits || kernel.params.length !== params.length)
      throw new Error(`kernel ${name} does not take ${inputs.length} planes and ${params.length} numbers`);
    const lag = this.#commonLag(inputs);
    const made = { kernel: name, opcode: kernel.opcode, inputs: this.#behind(inputs, lag), params, table };
    const known = this.#kernels.find(made);
    if (known !== undefined) return { node: known, lag };
    const node = this.nodes.push(this.#computed(kernel, made)) - 1;
    this.#kernels.add(made, node);
    return { node, lag };
  }

  /** The node of a kernel over just these planes, if there is one. */
  find(name: string, inputs: readonly Ref[], params: readonly number[]): number | undefined {
    return this.#kernels.find({
      kernel: name,
      opcode: kernelByName.get(name)!.opcode,
      inputs,
      params,
      table: undefined,
    });
  }

  /** How far back all planes are read that are not the same in every row. */
  #commonLag(inputs: readonly Ref[]): number {
    let common = Number.POSITIVE_INFINITY;
    for (const { node, lag } of inputs) if (lag < common && !isFixed(this.nodes[node]!)) common = lag;
    return common === Number.POSITIVE_INFINITY ? 0 : common;
  }

  /** The planes as they are read from so far back; one that is the same in every row is read where it is. */
  #behind(inputs: readonly Ref[], common: number): readonly Ref[] {
    const lagOf = ({ node, lag }: Ref): number => (isFixed(this.nodes[node]!) ? 0 : lag - common);
    if (inputs.every(ref => ref.lag === lagOf(ref))) return inputs;
    return inputs.map(ref => ({ node: ref.node, lag: lagOf(ref) }));
  }

  #computed(kernel: Kernel, { kernel: name, opcode, inputs, params, table }: Made): Node {
    const spans = spansOf(kernel, params, inputs.length);
    const rows = this.#rowsPerBar;
    let lookback = 0;
    let needs = 0;
    let needsWithSpans = 0;
    const needsOfEach = inputs.map((ref, i) => {
      const span = spans[i]!;
      // a window over what is fixed reads rows of its plane like any other
      const least = span > 0 ? 1 : 0;
      const own = Math.max(this.needsOf(ref), least);
      lookback = Math.max(lookback, Math.max(this.lookbackOf(ref), least * rows) + span * rows);
      needs = Math.max(needs, own);
      needsWithSpans = Math.max(needsWithSpans, own + span);
      return own;
    });
    return {
      source: { kind: 'kernel', name, opcode, params, ...(table ? { table } : {}) },
      inputs,
      spans,
      lookback,
      needs: kernel.needs?.(params, needs, needsOfEach) ?? needsWithSpans,
    };
  }

  #intern(key: string, make: () => Node): Ref {
    const known = this.#byKey.get(key);
    if (known !== undefined) return { node: known, lag: 0 };
    this.nodes.push(make());
    this.#byKey.set(key, this.nodes.length - 1);
    return { node: this.nodes.length - 1, lag: 0 };
  }
}
