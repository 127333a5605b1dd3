import { kernelsOfMonths } from '../catalog/kernelNeeds.ts';
import type { PlannedNode } from './graph.ts';
import type { Plan } from './plan.ts';

/** What a feature depends on: rows, and where a model of months is behind it, rows before those months. */
type Need = {
  readonly rows: number;
  /** Rows that it looks back beside the two months of its model; nothing where it has none. */
  readonly beside: number | undefined;
  /** Symbols whose series it reads. */
  readonly symbols: ReadonlySet<string>;
};

/** How far back a plane looks where models of months are taken to look at one row, and what it reads of others. */
type Look = {
  readonly rows: number;
  readonly months: boolean;
  readonly symbols: ReadonlySet<string>;
};

function looker(nodes: readonly PlannedNode[]): (node: number) => Look {
  const known = new Map<number, Look>();
  const look = (node: number): Look => {
    const found = known.get(node);
    if (found) return found;
    const { source, inputs, spans, lookback } = nodes[node]!;
    const months = source.kind === 'kernel' && kernelsOfMonths.has(source.name);
    const parts = inputs.map(input => look(input.node));
    const behind = parts.map(({ rows }, i) => rows + inputs[i]!.lag + (months ? 0 : spans[i]!));
    const made = {
      rows: source.kind === 'kernel' ? Math.max(0, ...behind) : lookback,
      months: months || parts.some(part => part.months),
      symbols: new Set([
        ...(source.kind === 'peer' ? [source.symbol] : []),
        ...parts.flatMap(part => [...part.symbols]),
      ]),
    };
    known.set(node, made);
    return made;
  };
  return look;
}

function needsOf({ nodes, features }: Plan): Need[] {
  const look = looker(nodes);
  return features.map(({ ref, lookback }) => {
    const { rows, months, symbols } = look(ref.node);
    return { rows: lookback, beside: months ? rows + ref.lag : undefined, symbols };
  });
}

const needsByPlan = new WeakMap<Plan, readonly Need[]>();

const monthOf = (time: number): number => {
  const date = new Date(time / 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/**
 * Which features of a stream whose first bar is not the symbol's first would have another value if the bars before were
 * there. They wait until all that they depend on has been seen.
 */
export class Settling {
  readonly #needs: readonly Need[];
  /** Features by position. */
  #waiting: number[];
  #rows = 0;
  /** By symbol, how many rows there are up to the last in which a series of it may have lacked bars. */
  readonly #unsettled = new Map<string, number>();
  /** Rows in which a month begins, but for the first row: its month may have begun before. */
  readonly #monthStarts: number[] = [];
  #monthEnd = Number.NEGATIVE_INFINITY;

  constructor(plan: Plan) {
    const needs = needsByPlan.get(plan) ?? needsOf(plan);
    needsByPlan.set(plan, needs);
    this.#needs = needs;
    this.#waiting = [...needs.keys()];
  }

  /** Features that wait. */
  get waiting(): readonly number[] {
    return this.#waiting;
  }

  /** A row comes at this time. */
  add(time: number): void {
    if (time >= this.#monthEnd) this.#beginMonth(time);
    this.#rows++;
  }

  /** Rows come at these times. */
  addAll(time: Float64Array): void {
    for (const at of time) this.add(at);
  }

  #beginMonth(time: number): void {
    if (this.#rows > 0) this.#monthStarts.push(this.#rows);
    const month = monthOf(time) + 1;
    this.#monthEnd = Date.UTC(Math.floor(month / 12), month % 12) * 1000;
  }

  /** In the last row, or that many before it, a series of this symbol may lack bars. */
  doubt(symbol: string, rowsBefore = 0): void {
    this.#unsettled.set(symbol, this.#rows - rowsBefore);
  }

  /** All that reads this symbol waits for it again: of its bars there are some after all. */
  begin(symbol: string): void {
    this.doubt(symbol);
    const waiting = new Set(this.#waiting);
    this.#needs.forEach(({ symbols }, feature) => {
      if (symbols.has(symbol)) waiting.add(feature);
    });
    this.#waiting = [...waiting];
  }

  /** Lets go of the features that have seen enough, now that the rows are there. */
  settle(): void {
    if (this.#waiting.some(feature => this.#isSettled(this.#needs[feature]!)))
      this.#waiting = this.#waiting.filter(feature => !this.#isSettled(this.#needs[feature]!));
  }

  #isSettled({ rows, beside, symbols }: Need): boolean {
    let first = 0;
    for (const symbol of symbols) first = Math.max(first, this.#unsettled.get(symbol) ?? 0);
    if (this.#rows - first >= rows) return true;
    return beside !== undefined && this.#monthsSince(first, beside);
  }

  /** Whether the month before that of the earliest row that is looked at begins that many rows behind the first. */
  #monthsSince(first: number, beside: number): boolean {
    const earliest = this.#rows - beside;
    const own = this.#monthStarts.findLastIndex(start => start <= earliest);
    return own > 0 && this.#monthStarts[own - 1]! - first >= beside;
  }
}
