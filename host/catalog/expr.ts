import { WindrowError } from '../errors.ts';
import type { BarColumn } from './bars.ts';
import { type Operator, operatorByName } from './operators.ts';

/** A feature's definition: an expression over the columns of the bars. Immutable, compared by its text. */
export type Expr =
  | { readonly kind: 'column'; readonly name: BarColumn | 'time' }
  | { readonly kind: 'number'; readonly value: number }
  /** A number that belongs to the symbol, for example the baseline of its index. */
  | { readonly kind: 'parameter'; readonly name: string }
  /** A part that the text calls by its name; `definitions` says what it is. */
  | { readonly kind: 'named'; readonly name: string; readonly body: Expr }
  /** A series over the bars of another symbol, or of who plays a role: its value at their newest bar, if recent enough. */
  | { readonly kind: 'peer'; readonly symbol: string; readonly body: Expr }
  /** A series of clock-aligned bars of so many minutes; a row has its value at the last complete bar. */
  | { readonly kind: 'resampled'; readonly minutes: number; readonly body: Expr }
  /** Of a series of rows what the bars of a resampled series are made of. */
  | { readonly kind: 'aggregated'; readonly part: BarPart; readonly body: Expr }
  | {
      readonly kind: 'call';
      readonly operator: Operator;
      readonly args: readonly Expr[];
      readonly params: readonly (number | string)[];
    };

/** What a bar has of the rows in it; the module numbers them in this order. */
export const barParts = ['open', 'high', 'low', 'close', 'sum'] as const;

export type BarPart = (typeof barParts)[number];

/** A series or a number where a series is expected. */
export type Series = Expr | number;

/** A number as an expression; an expression as it is. */
export const number = (series: Series): Expr =>
  typeof series === 'number' ? { kind: 'number', value: series } : series;

export const column = (name: BarColumn | 'time'): Expr => ({ kind: 'column', name });
export const parameter = (name: string): Expr => ({ kind: 'parameter', name });

export const peer = (symbol: string, body: Expr): Expr => ({ kind: 'peer', symbol, body });

export const named = (name: string, body: Expr): Expr => ({ kind: 'named', name, body });

/** Applies an operator, checking the number of series and the range of each parameter. */
export function call(name: string, args: readonly Series[], params: readonly (number | string)[] = []): Expr {
  const operator = operatorByName.get(name);
  if (!operator)
    throw new WindrowError('WR_EXPRESSION', { operator: name, what: 'there is no such operator' });
  const reject = (what: string): never => {
    throw new WindrowError('WR_EXPRESSION', { operator: name, what });
  };
  const least = operator.args.length;
  if (args.length < least || (args.length > least && !operator.more))
    reject(`takes ${least} series${operator.more ? ' or more' : ''}, got ${args.length}`);
  const wanted = operator.params ?? [];
  if (params.length !== wanted.length) reject(`takes ${wanted.length} parameters, got ${params.length}`);
  wanted.forEach((param, i) => {
    const value = params[i]!;
    if (param.oneOf) {
      if (!param.oneOf.includes(String(value)))
        reject(`${param.name} is "${value}", expected one of ${param.oneOf.join(', ')}`);
      return;
    }
    const { min = -Infinity, max = Infinity } = param;
    if (typeof value !== 'number' || !(value >= min && value <= max))
      reject(`${param.name} is ${value}, expected ${min} to ${max}`);
    if (param.integer && !Number.isInteger(value))
      reject(`${param.name} is ${value}, expected a whole number`);
    if (param.powerOfTwo && !Number.isInteger(Math.log2(Number(value))))
      reject(`${param.name} is ${value}, expected a power of two`);
  });
  const fault = operator.fault?.(params, args.length);
  if (fault !== undefined) reject(fault);
  return { kind: 'call', operator, args: args.map(number), params };
}

/** The expressions that an expression is made of. */
export function partsOf(expr: Expr): readonly Expr[] {
  if (expr.kind === 'call') return expr.args;
  return 'body' in expr ? [expr.body] : [];
}

const precedence: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2 };

/** A number or word as text that tells -0 from 0. */
export const textOf = (value: number | string): string => (Object.is(value, -0) ? '-0' : String(value));

/** The expression in the text form that `explain` shows; with its `definitions`, equal text is an equal expression. */
export function toText(expr: Expr, outer = 0): string {
  switch (expr.kind) {
    case 'column':
    case 'named':
      return expr.name;
    case 'number':
      return textOf(expr.value);
    case 'parameter':
      return `$${expr.name}`;
    case 'peer':
      return `peer("${expr.symbol}", ${toText(expr.body)})`;
    case 'resampled':
      return `every(${expr.minutes}, ${toText(expr.body)})`;
    case 'aggregated':
      return `bar_${expr.part}(${toText(expr.body)})`;
    case 'call': {
      const { operator, args, params } = expr;
      if (operator.infix) {
        const own = precedence[operator.infix]!;
        const text = `${toText(args[0]!, own)} ${operator.infix} ${toText(args[1]!, own + 0.5)}`;
        return own < outer ? `(${text})` : text;
      }
      return `${operator.name}(${[...args.map(arg => toText(arg)), ...params.map(textOf)].join(', ')})`;
    }
  }
}

/** The named parts of expressions, innermost first: name to text. */
export function definitions(...exprs: readonly Expr[]): Map<string, string> {
  const found = new Map<string, string>();
  // parts are shared, and a walk along all paths would not end
  const seen = new Set<Expr>();
  const visit = (part: Expr): void => {
    if (seen.has(part)) return;
    seen.add(part);
    for (const inner of partsOf(part)) visit(inner);
    if (part.kind !== 'named') return;
    const text = toText(part.body);
    const known = found.get(part.name);
    if (known !== undefined && known !== text) {
      const what = `two parts are called "${part.name}": ${known} and ${text}`;
      throw new WindrowError('WR_INTERNAL', { what });
    }
    found.set(part.name, text);
  };
  for (const expr of exprs) visit(expr);
  return found;
}

/** What the operators of an expression bring along beside its text: operator with parameters to tables and constants. */
export function bases(expr: Expr, into = new Map<string, string>()): Map<string, string> {
  for (const { operator, params } of callsOf(expr))
    if (operator.basis) into.set(`${operator.name}(${params.join(', ')})`, operator.basis(params));
  return into;
}

/** Every part of an expression, itself included, once: parts are shared, and a walk along all paths would not end. */
export function allParts(expr: Expr, seen = new Set<Expr>()): ReadonlySet<Expr> {
  if (seen.has(expr)) return seen;
  seen.add(expr);
  for (const part of partsOf(expr)) allParts(part, seen);
  return seen;
}

type Call = Expr & { readonly kind: 'call' };

/** Every call in an expression, once. */
export const callsOf = (expr: Expr): Call[] => [...allParts(expr)].filter(part => part.kind === 'call');
