import { WindrowError } from '../../errors.ts';
import { suggest } from '../../suggest.ts';
import { type BarColumn, barColumns } from '../bars.ts';
import { call, column, type Expr, number, parameter, partsOf } from '../expr.ts';
import type { Param } from '../operators/types.ts';
import { type Operator, operatorByName } from '../operators.ts';
import { formByName } from './forms.ts';
import { excerpt, Fault, placeText, plainAt, type Token, tokenAt } from './tokens.ts';

/** What the words of a formula stand for. */
export type Scope = {
  /** Columns that the bars have; how the bars are called. */
  readonly columns: readonly string[];
  readonly bars: string;
  readonly parameters: readonly string[];
  /** Why there are no series of a symbol or role of that name, where there are none. */
  readonly faultOfPeer: (name: string) => string | undefined;
  /** What a word stands for that is no column; raises a fault by `fail` where it cannot be used. */
  readonly word: (name: string, fail: (what: string) => never) => Expr | undefined;
  /** All of these words. */
  readonly words: () => readonly string[];
};

/** The longest formula, in characters, and how deep its parts may be nested, those behind its words included. */
export const maxLength = 10_000;
export const maxDepth = 400;
const maxWords = 100;

/** How tight an infix sign binds. */
const binding: Readonly<Record<string, number>> = { '<': 1, '>': 1, '+': 2, '-': 2, '*': 3, '/': 3 };
const infixOperator: Readonly<Record<string, string>> = {
  ...{ '<': 'lt', '>': 'gt', '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' },
};
const comparison = binding['<']!;

const depths = new WeakMap<Expr, number>();
function depthOf(expr: Expr): number {
  const known = depths.get(expr);
  if (known !== undefined) return known;
  const depth = 1 + partsOf(expr).reduce((most, one) => Math.max(most, depthOf(one)), 0);
  depths.set(expr, depth);
  return depth;
}

/** The number that an expression of numbers alone comes to. */
function constant(expr: Expr): number | undefined {
  if (expr.kind === 'number') return expr.value;
  if (expr.kind === 'named') return constant(expr.body);
  if (expr.kind !== 'call' || expr.operator.infix === undefined) return undefined;
  const [a, b] = expr.args.map(constant);
  if (a === undefined || b === undefined) return undefined;
  return { '+': a + b, '-': a - b, '*': a * b, '/': a / b }[expr.operator.infix];
}

const rangeText = ({ min, max, integer, powerOfTwo }: Param): string => {
  const what = powerOfTwo ? 'a power of two' : integer ? 'a whole number' : 'a number';
  if (min === undefined && max === undefined) return what;
  return `${what} from ${min ?? 'any'} to ${max ?? 'any'}`;
};

/** How an operator is written: mean(a, window). */
export const signature = ({ name, args, more, params = [] }: Operator): string =>
  `${name}(${[...args, ...(more ? ['...'] : []), ...params.map(param => param.name)].join(', ')})`;

/** Precedence climbing over tokens that are read as they are needed: what is expected decides how text is read. */
class Parser {
  readonly #text: string;
  readonly #scope: Scope;
  #token: Token;
  #level = 0;

  constructor(text: string, scope: Scope) {
    this.#text = text;
    this.#scope = scope;
    this.#token = tokenAt(text, 0);
  }

  whole(): Expr {
    if (this.#ended()) throw new Fault('there is no formula', 0, 0);
    const expr = this.#expression(0);
    if (!this.#ended()) {
      const hint = this.#is(',')
        ? 'a comma stands between what an operator is given'
        : 'expected an operator or the end';
      this.#unexpected(hint);
    }
    return expr;
  }

  #fail(what: string, at: { readonly from: number; readonly to: number } = this.#token, hint = ''): never {
    throw new Fault(what, at.from, at.to, hint);
  }

  #unexpected(expected: string): never {
    const { kind, text } = this.#token;
    const found = kind === 'end' ? 'the formula ends here' : `found "${text}"`;
    return this.#fail(`${found}; ${expected}`);
  }

  readonly #ended = (): boolean => this.#token.kind === 'end';
  readonly #is = (sign: string): boolean => this.#token.kind === 'sign' && this.#token.text === sign;

  #next(): Token {
    const taken = this.#token;
    this.#token = tokenAt(this.#text, taken.to);
    return taken;
  }

  #expect(sign: string, where: string): void {
    if (!this.#is(sign)) this.#unexpected(`expected "${sign}" ${where}`);
    this.#next();
  }

  #limited(expr: Expr, at: Token): Expr {
    if (depthOf(expr) > maxDepth) this.#fail(`parts are nested more than ${maxDepth} deep`, at);
    return expr;
  }

  #expression(least: number): Expr {
    if (++this.#level > maxDepth) this.#fail(`parts are nested more than ${maxDepth} deep`);
    let left = this.#unary();
    for (;;) {
      const own = this.#token.kind === 'sign' ? binding[this.#token.text] : undefined;
      if (own === undefined || own < least) break;
      const sign = this.#next();
      const right = this.#expression(own + 1);
      left = this.#limited(call(infixOperator[sign.text]!, [left, right]), sign);
      if (own === comparison && this.#token.kind === 'sign' && binding[this.#token.text] === comparison)
        this.#fail('comparisons do not chain; write (a > b) * (b > c)');
    }
    this.#level--;
    return left;
  }

  #unary(): Expr {
    const sign = this.#token;
    if (!this.#is('-') && !this.#is('+')) return this.#history(this.#primary());
    this.#next();
    if (++this.#level > maxDepth) this.#fail(`parts are nested more than ${maxDepth} deep`, sign);
    const operand = this.#unary();
    this.#level--;
    if (sign.text === '+') return operand;
    if (operand.kind === 'number') return number(-operand.value);
    return this.#limited(call('sub', [0, operand]), sign);
  }

  /** x[3] is the value of three rows ago. */
  #history(expr: Expr): Expr {
    let series = expr;
    while (this.#is('[')) {
      const open = this.#next();
      const [param] = operatorByName.get('lag')!.params!;
      const rows = this.#number(param!, 'x[n]');
      this.#expect(']', 'after the number of rows');
      series = this.#limited(call('lag', [series], [rows]), open);
    }
    return series;
  }

  #primary(): Expr {
    const token = this.#token;
    if (token.kind === 'number') return number(Number(this.#next().text));
    if (token.kind === 'parameter') return this.#parameter();
    if (token.kind === 'word') return this.#word();
    if (token.kind === 'text')
      this.#fail(`"${token.text}" in quotes is no series`, token, suggest(token.text, this.#known()));
    if (!this.#is('(')) this.#unexpected('expected a number, a word or "("');
    this.#next();
    const expr = this.#expression(0);
    if (this.#is(',')) this.#fail('found ","; commas stand behind the name of an operator only');
    this.#expect(')', `that closes the "(" of ${placeText(this.#text, token.from)}`);
    return expr;
  }

  #parameter(): Expr {
    const token = this.#next();
    const known = this.#scope.parameters;
    if (known.includes(token.text)) return parameter(token.text);
    const names = known.map(name => `$${name}`);
    const there = names.length > 0 ? `there are ${names.join(', ')}` : 'this set has none';
    return this.#fail(`unknown parameter "$${token.text}"; ${there}`, token, suggest(token.text, known));
  }

  #known(): string[] {
    const { columns, words } = this.#scope;
    return [...columns, ...words(), ...operatorByName.keys(), ...formByName.keys()];
  }

  #word(): Expr {
    const token = this.#next();
    const { text: name } = token;
    const operator = operatorByName.get(name);
    const form = formByName.get(name);
    if (this.#is('(')) {
      if (operator) return this.#call(operator, token);
      if (form) return this.#form(token);
    } else if (operator || form) {
      this.#fail(`${name} is written ${operator ? signature(operator) : form!.form}`, token);
    }
    if (name === 'NaN' || name.toLowerCase() === 'null') return number(Number.NaN);
    const fail = (what: string): never => this.#fail(what, token);
    const column = this.#column(name, fail) ?? this.#scope.word(name, fail);
    if (column && this.#is('(')) {
      const what = `"${name}" is a series, not an operator; ${name}[1] is its value of one row ago`;
      this.#fail(what, token);
    }
    if (column) return column;
    if (!this.#is('(')) return this.#fail(`unknown word "${name}"`, token, suggest(name, this.#known()));
    const operators = [...operatorByName.keys(), ...formByName.keys()];
    return this.#fail(`unknown operator "${name}"`, token, suggest(name, operators));
  }

  #column(name: string, fail: (what: string) => never): Expr | undefined {
    const { columns, bars } = this.#scope;
    if (name === 'time' || columns.includes(name)) return column(name as BarColumn);
    const isColumn = (barColumns as readonly string[]).includes(name);
    return isColumn ? fail(`bars of ${bars} have no column "${name}"`) : undefined;
  }

  #call(operator: Operator, name: Token): Expr {
    const { args, params = [], more } = operator;
    const how = signature(operator);
    this.#next();
    // where there may be any number of series, the last parts are the parameters
    const further = more ? Math.max(0, this.#partsAhead() - args.length - params.length) : 0;
    const names = [...args, ...new Array<string>(further).fill('next')];
    const wanted = [...names, ...params.map(param => param.name)];
    const count = more ? `${args.length + params.length} or more` : wanted.length;
    const series: Expr[] = [];
    const numbers: (number | string)[] = [];
    wanted.forEach((part, i) => {
      if (this.#is(')') || this.#ended()) this.#unexpected(`${how} takes ${count}, the ${part} is missing`);
      const param = params[i - names.length];
      if (param === undefined) series.push(this.#expression(0));
      else numbers.push(param.oneOf ? this.#oneOf(param, how) : this.#number(param, how));
      if (i < wanted.length - 1 && !this.#is(')')) this.#expect(',', `before the ${wanted[i + 1]} of ${how}`);
    });
    if (this.#is(','))
      this.#fail(`${how} takes ${wanted.length === 0 ? 'nothing' : `${wanted.length} and no more`}`);
    this.#expect(')', `at the end of ${how}`);
    const fault = operator.fault?.(numbers, series.length);
    if (fault !== undefined) this.#fail(`of ${how}, ${fault}`, name);
    return this.#limited(call(operator.name, series, numbers), name);
  }

  /** How many parts there are before the parenthesis closes, by their commas. */
  #partsAhead(): number {
    let parts = 1;
    let depth = 0;
    for (let token = this.#token; token.kind !== 'end'; token = tokenAt(this.#text, token.to)) {
      if (token.kind !== 'sign') continue;
      if (token.text === '(' || token.text === '[') depth++;
      else if ((token.text === ')' || token.text === ']') && depth-- === 0) break;
      else if (token.text === ',' && depth === 0) parts++;
    }
    return parts;
  }

  #form(name: Token): Expr {
    const { form, read } = formByName.get(name.text)!;
    this.#next();
    const made = read({
      text: (pattern, meaning) => {
        if (this.#token.kind !== 'text') this.#unexpected(`${form} expects ${meaning}`);
        if (!pattern.test(this.#token.text)) this.#fail(`"${this.#token.text}" is not ${meaning}`);
        return this.#next().text;
      },
      number: param => this.#number(param, form),
      comma: () => this.#expect(',', `in ${form}`),
      series: () => this.#expression(0),
      fail: what => this.#fail(what, name),
      faultOfPeer: this.#scope.faultOfPeer,
    });
    this.#expect(')', `at the end of ${form}`);
    return this.#limited(made, name);
  }

  /** A parameter that is a number: written, named or reckoned from numbers, never a series. */
  #number(param: Param, how: string): number {
    const from = this.#token.from;
    const last = this.#expression(0);
    const at = { from, to: from + this.#text.slice(from, this.#token.from).trimEnd().length };
    const value = constant(last);
    const wanted = `the ${param.name} of ${how} is ${rangeText(param)}`;
    if (value === undefined) return this.#fail(`${wanted}; found a series`, at);
    if (param.name === 'lag' && value < 0)
      this.#fail(`a ${param.name} of ${value} would look ahead: a feature sees its bar and those before`, at);
    const { min = -Infinity, max = Infinity } = param;
    const isOther = param.powerOfTwo && !Number.isInteger(Math.log2(value));
    if (!(value >= min && value <= max) || (param.integer && !Number.isInteger(value)) || isOther)
      this.#fail(`${wanted}; found ${value}`, at);
    return value;
  }

  /** A parameter that is a word of a list, in quotes or not. */
  #oneOf(param: Param, how: string): string {
    const token = plainAt(this.#text, this.#token.from);
    const list = param.oneOf!;
    const some =
      list.length <= 12 ? list.join(', ') : `${list.slice(0, 3).join(', ')} and ${list.length - 3} more`;
    const wanted = `the ${param.name} of ${how} is one of ${some}`;
    if (token === undefined) return this.#unexpected(wanted);
    if (!list.includes(token.text))
      this.#fail(`${wanted}; found "${token.text}"`, token, suggest(token.text, list));
    this.#token = tokenAt(this.#text, token.to);
    return token.text;
  }
}

/** Where a formula stands, for errors: "my_signals.z20", and what a program may want to know of it. */
export type FormulaPlace = { readonly name: string; readonly path?: readonly string[] };

/** Reads a formula: the text form of an expression. WR_FORMULA says what is wrong, where, and what was meant. */
export function parseFormula(text: string, scope: Scope, { name, path = [] }: FormulaPlace): Expr {
  try {
    if (text.length > maxLength) {
      const what = `the formula has ${text.length} characters, the limit is ${maxLength}`;
      throw new Fault(what, maxLength, maxLength);
    }
    return new Parser(text, scope).whole();
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const { message: what, from, to, suggestion } = fault;
    const place = `${name}, ${placeText(text, from)}`;
    throw new WindrowError('WR_FORMULA', {
      ...{ place, what, suggestion, path, from, to },
      excerpt: excerpt(text, from, to),
    });
  }
}

/** Words with formulas of their own, read when they are first used. */
export class DefinedWords {
  readonly #formulas: Readonly<Record<string, string>>;
  readonly #read: (name: string, formula: string) => Expr;
  readonly #known = new Map<string, Expr>();
  readonly #open: string[] = [];

  /** `read` makes the expression of a formula; it may ask for other words. */
  constructor(formulas: Readonly<Record<string, string>>, read: (name: string, formula: string) => Expr) {
    this.#formulas = formulas;
    this.#read = read;
  }

  names(): string[] {
    return Object.keys(this.#formulas);
  }

  get(name: string, fail: (what: string) => never): Expr | undefined {
    if (!Object.hasOwn(this.#formulas, name)) return undefined;
    const known = this.#known.get(name);
    if (known) return known;
    const first = this.#open.indexOf(name);
    if (first >= 0)
      fail(`"${name}" would stand for itself: ${[...this.#open.slice(first), name].join(' -> ')}`);
    if (this.#open.length >= maxWords) fail(`words stand for words more than ${maxWords} deep`);
    this.#open.push(name);
    try {
      const expr = this.#read(name, this.#formulas[name]!);
      this.#known.set(name, expr);
      return expr;
    } finally {
      this.#open.pop();
    }
  }
}
