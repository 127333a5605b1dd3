import { type Expr, peer } from '../expr.ts';
import type { Param } from '../operators/types.ts';

/** What a form reads between its parentheses, part by part; what is not there raises a fault with its place. */
export type FormReader = {
  /** A word in quotes that matches; `meaning` completes "expected ...". */
  readonly text: (pattern: RegExp, meaning: string) => string;
  readonly number: (param: Param) => number;
  readonly comma: () => void;
  readonly series: () => Expr;
  /** Raises a fault that marks the form. */
  readonly fail: (what: string) => never;
  /** Whether the set can have series of other symbols. */
  readonly peers: boolean;
};

/** What looks like an operator and is none: it says over which bars its body is computed. */
export type Form = {
  readonly name: string;
  readonly form: string;
  /** As of an operator: what a row is. */
  readonly summary: string;
  readonly read: (reader: FormReader) => Expr;
};

/** The first part of an expression that is of a kind that `wanted` names. */
function part(expr: Expr, wanted: readonly Expr['kind'][], seen = new Set<Expr>()): Expr | undefined {
  if (seen.has(expr)) return undefined;
  seen.add(expr);
  if (wanted.includes(expr.kind)) return expr;
  if (expr.kind === 'named' || expr.kind === 'peer') return part(expr.body, wanted, seen);
  if (expr.kind !== 'call') return undefined;
  for (const arg of expr.args) {
    const found = part(arg, wanted, seen);
    if (found) return found;
  }
  return undefined;
}

export const forms: readonly Form[] = [
  {
    name: 'peer',
    form: 'peer("symbol", a)',
    summary: 'a over the bars of another symbol, by equal times; NULL where that symbol has no bar',
    read: reader => {
      if (!reader.peers) reader.fail('features of this set see the bars of their own symbol only');
      const symbol = reader.text(/^[a-z0-9][a-z0-9._-]{0,30}$/, 'a symbol in lower case and in quotes');
      reader.comma();
      const body = reader.series();
      const inner = part(body, ['parameter', 'peer']);
      if (inner?.kind === 'parameter')
        reader.fail(`$${inner.name} is a number of the own symbol; inside peer(...) there is none`);
      if (inner?.kind === 'peer') reader.fail('a peer inside a peer is not possible');
      return peer(symbol, body);
    },
  },
];

export const formByName: ReadonlyMap<string, Form> = new Map(forms.map(form => [form.name, form]));
