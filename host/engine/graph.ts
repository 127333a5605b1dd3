import type { BarColumn } from '../catalog/bars.ts';
import { definitions, type Expr, toText } from '../catalog/expr.ts';
import { kernelByName, spansOf } from '../catalog/kernels.ts';
import type { Builder, Ref } from '../catalog/lowering.ts';

/** A plane of the plan: what fills it, from which planes, and how far back it sees. */
export type Node = {
  readonly source:
    | { readonly kind: 'column'; readonly name: BarColumn | 'time' }
    | { readonly kind: 'constant'; readonly value: number }
    | { readonly kind: 'parameter'; readonly name: string }
    /** Computed over the bars of another symbol and laid beside these. */
    | { readonly kind: 'peer'; readonly name: string; readonly symbol: string; readonly body: Expr }
    | {
        readonly kind: 'kernel';
        readonly name: string;
        readonly params: readonly number[];
        readonly table?: Float64Array;
      };
  readonly inputs: readonly Ref[];
  /** Bars that a value may depend on, the current one included. */
  readonly lookback: number;
  /** Bars that must exist before the first value; fewer than `lookback` where an operator stops early. */
  readonly needs: number;
};

/** What a plan calls a series of another symbol: its text with everything that the text stands for. */
const peerKey = (expr: Expr & { readonly kind: 'peer' }): string =>
  [...[...definitions(expr.body)].map(([name, text]) => `${name} := ${text}`), toText(expr)].join('; ');

/** Made of constants and parameters alone: the same in every row, so that no row needs another one's. */
const isFixed = (node: Node): boolean => node.lookback === 0;

/**
 * The expressions of a plan as a graph of planes. Equal sub-expressions are one node: nodes are found again by kernel,
 * inputs and parameters, after a shift common to all inputs has been moved to the result, so that the standard
 * deviation of yesterday's window and yesterday's standard deviation are the same plane.
 */
export class Graph implements Builder {
  readonly nodes: Node[] = [];
  readonly horizonBits: number;
  readonly #byKey = new Map<string, number>();
  readonly #byExpr = new Map<Expr, Ref>();

  constructor(horizonBits: number) {
    this.horizonBits = horizonBits;
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
        const name = peerKey(expr);
        return this.#leaf({ kind: 'peer', name, symbol: expr.symbol, body: expr.body }, name);
      }
      case 'call':
        return expr.operator.lower(
          this,
          expr.args.map(arg => this.add(arg)),
          expr.params,
        );
    }
  }

  time(): Ref {
    return this.#leaf({ kind: 'column', name: 'time' }, 'time');
  }

  constant(value: number): Ref {
    return this.#leaf({ kind: 'constant', value }, `#${Object.is(value, -0) ? '-0' : value}`);
  }

  #leaf(source: Node['source'], key: string): Ref {
    const fixed = source.kind !== 'column' && source.kind !== 'peer';
    return this.#intern(key, () => ({ source, inputs: [], lookback: fixed ? 0 : 1, needs: fixed ? 0 : 1 }));
  }

  kernel(name: string, inputs: readonly Ref[], params: readonly number[] = [], table?: Float64Array): Ref {
    const kernel = kernelByName.get(name);
    if (!kernel || kernel.ins !== inputs.length || kernel.params.length !== params.length)
      throw new Error(`kernel ${name} does not take ${inputs.length} planes and ${params.length} numbers`);
    const moving = inputs.filter(ref => !isFixed(this.nodes[ref.node]!));
    const common = moving.length === 0 ? 0 : Math.min(...moving.map(ref => ref.lag));
    const own = inputs.map(({ node, lag }) => ({ node, lag: isFixed(this.nodes[node]!) ? 0 : lag - common }));
    const tableKey = table ? `|${table.join()}` : '';
    const key = `${name}(${own.map(ref => `${ref.node}@${ref.lag}`).join()}|${params.join()}${tableKey})`;
    const ref = this.#intern(key, () => {
      const spans = spansOf(kernel, params);
      // a window over what is fixed reads rows of its plane like any other
      const each = (of: 'lookback' | 'needs'): number[] =>
        own.map(({ node, lag }, i) => Math.max(this.nodes[node]![of] + lag, spans[i]! > 0 ? 1 : 0));
      const needs = each('needs');
      const withSpans = (bars: readonly number[]): number => Math.max(...bars.map((n, i) => n + spans[i]!));
      return {
        source: { kind: 'kernel', name, params, ...(table ? { table } : {}) },
        inputs: own,
        lookback: withSpans(each('lookback')),
        needs: kernel.needs?.(params, Math.max(...needs), needs) ?? withSpans(needs),
      };
    });
    return { node: ref.node, lag: common };
  }

  #intern(key: string, make: () => Node): Ref {
    const known = this.#byKey.get(key);
    if (known !== undefined) return { node: known, lag: 0 };
    this.nodes.push(make());
    this.#byKey.set(key, this.nodes.length - 1);
    return { node: this.nodes.length - 1, lag: 0 };
  }
}
