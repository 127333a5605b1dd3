import { allParts, type BarPart, barParts, type Expr, peer } from '../expr.ts';
import type { Param } from '../operators/types.ts';
import {
  aggregated,
  aggregatedNulls,
  every,
  faultOfBars,
  faultOfRows,
  minutesParam,
  resampledNulls,
} from '../resampled.ts';

/** What a form reads between its parentheses, part by part; what is not there raises a fault with its place. */
export type FormReader = {
  /** A word in quotes that matches; `meaning` completes "expected ...". */
  readonly text: (pattern: RegExp, meaning: string) => string;
  readonly number: (param: Param) => number;
  readonly comma: () => void;
  readonly series: () => Expr;
  /** Raises a fault that marks the form. */
  readonly fail: (what: string) => never;
  /** Why there are no series of a symbol or role of that name, where there are none. */
  readonly faultOfPeer: (name: string) => string | undefined;
};

/** What looks like an operator and is none: it says over which bars its body is computed. */
export type Form = {
  readonly name: string;
  readonly form: string;
  /** As of an operator: what a row is. */
  readonly summary: string;
  readonly nulls?: string;
  readonly read: (reader: FormReader) => Expr;
};

/** The first part of an expression that is of a kind that `wanted` names. */
const part = (expr: Expr, wanted: readonly Expr['kind'][]): Expr | undefined =>
  [...allParts(expr)].find(({ kind }) => wanted.includes(kind));

const barSummaries: Readonly<Record<BarPart, string>> = {
  open: 'the first value of a',
  high: 'the highest value of a',
  low: 'the lowest value of a',
  close: 'the last value of a',
  sum: 'the sum of a over the rows',
};

const barForm = (part: BarPart): Form => ({
  name: `bar_${part}`,
  form: `bar_${part}(a)`,
  summary: `inside \`every\`: ${barSummaries[part]} in a bar`,
  nulls: aggregatedNulls,
  read: reader => {
    const body = reader.series();
    const fault = faultOfRows(body);
    return fault === undefined ? aggregated(part)(body) : reader.fail(fault);
  },
});

export const forms: readonly Form[] = [
  {
    name: 'peer',
    form: 'peer("symbol", a)',
    summary:
      'a over the bars of another symbol, or of the one that plays a role, with its numbers ($baseline, $side): its value at ' +
      'their newest bar; NULL where that is too old or nobody plays the role',
    read: reader => {
      const symbol = reader.text(/^[a-z0-9][a-z0-9._-]{0,30}$/, 'a symbol in lower case and in quotes');
      const unknown = reader.faultOfPeer(symbol);
      if (unknown !== undefined) reader.fail(unknown);
      reader.comma();
      const body = reader.series();
      if (part(body, ['peer'])) reader.fail('a peer inside a peer is not possible');
      const fault = faultOfRows(body);
      if (fault !== undefined) reader.fail(fault);
      return peer(symbol, body);
    },
  },
  {
    name: 'every',
    form: 'every(minutes, a)',
    summary:
      'a over bars of so many minutes, aligned to the clock of UTC: its value at the last complete one. Windows and shifts ' +
      'inside count bars; bars are made of rows by bar_open, bar_high, bar_low, bar_close and bar_sum',
    nulls: resampledNulls,
    read: reader => {
      const minutes = reader.number(minutesParam);
      reader.comma();
      const body = reader.series();
      const fault = faultOfBars(body);
      return fault === undefined ? every(minutes, body) : reader.fail(`every ${fault}`);
    },
  },
  ...barParts.map(barForm),
];

export const formByName: ReadonlyMap<string, Form> = new Map(forms.map(form => [form.name, form]));
