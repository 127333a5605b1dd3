/** What is wrong with a formula, and where in its text: offsets of the first character and behind the last. */
export class Fault extends Error {
  readonly from: number;
  readonly to: number;
  readonly suggestion: string;

  constructor(what: string, from: number, to: number, suggestion = '') {
    super(what);
    this.from = from;
    this.to = to;
    this.suggestion = suggestion;
  }
}

export type Token = {
  readonly kind: 'number' | 'word' | 'text' | 'parameter' | 'sign' | 'end';
  /** A number as it is written, a word, what stands between quotes, a parameter without its $, a sign. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
};

/** Signs of other languages, with what to write instead. */
const foreign: Readonly<Record<string, string>> = {
  '>=': 'write 1 - (a < b) for a >= b',
  '<=': 'write 1 - (a > b) for a <= b',
  '==': 'write (a - b) * (a - b) < 1e-12 or the like: equal numbers are rare',
  '!=': 'write abs(a - b) > 1e-12 or the like',
  '=': 'a formula has no assignments; names are given under "define"',
  '**': 'write a * a',
  '^': 'write a * a',
  '%': 'percent are 100 * a / b',
  '&&': 'write a * b for two conditions',
  '||': 'write max_of(a, b) for either of two conditions',
  '&': 'write a * b for two conditions',
  '|': 'write max_of(a, b) for either of two conditions',
  '!': 'write 1 - a for the opposite of a condition',
  '?': 'write select(condition, a, b)',
  '.': 'a number begins with a digit',
  ';': 'a feature is one formula',
};

const space = /(?:\s|#.*)*/y;
const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const word = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/uy;
const parameter = /\$([\p{L}_][\p{L}\p{N}_]*)/uy;
const quoted = /"([^"\n]*)"|'([^'\n]*)'/y;
const sign = />=|<=|==|!=|\*\*|&&|\|\||[^\s]/uy;
/** A word of a list, as the name of a time zone, which may hold signs. */
const plain = /[^\s,()"'#]+/y;

const ours = new Set('+-*/()[],<>');

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The token at or behind `at`; blanks and comments are stepped over. */
export function tokenAt(text: string, at: number): Token {
  const from = at + (match(space, text, at)?.[0].length ?? 0);
  if (from >= text.length) return { kind: 'end', text: '', from: text.length, to: text.length };
  const token = (kind: Token['kind'], found: string, length: number): Token => ({
    kind,
    text: found,
    from,
    to: from + length,
  });
  const digits = match(number, text, from)?.[0];
  if (digits !== undefined) {
    const behind = match(word, text, from + digits.length)?.[0];
    if (behind !== undefined)
      throw new Fault(`"${digits}${behind}" is not a number`, from, from + digits.length + behind.length);
    if (!Number.isFinite(Number(digits)))
      throw new Fault(`"${digits}" is larger than any number`, from, from + digits.length);
    return token('number', digits, digits.length);
  }
  const name = match(word, text, from)?.[0];
  if (name !== undefined) return token('word', name, name.length);
  const own = match(parameter, text, from);
  if (own) return token('parameter', own[1]!, own[0].length);
  const string = match(quoted, text, from);
  if (string) return token('text', string[1] ?? string[2]!, string[0].length);
  const [found = ''] = match(sign, text, from) ?? [];
  if (ours.has(found)) return token('sign', found, found.length);
  const advice = foreign[found];
  const what = /["']/.test(found) ? 'a quote is not closed on its line' : `"${found}" means nothing here`;
  throw new Fault(advice ? `${what}; ${advice}` : what, from, from + found.length);
}

/** A word that may hold signs, or one in quotes, at `at`, which is where a token begins. */
export function plainAt(text: string, at: number): Token | undefined {
  const string = match(quoted, text, at);
  if (string) return { kind: 'text', text: string[1] ?? string[2]!, from: at, to: at + string[0].length };
  const [found] = match(plain, text, at) ?? [];
  return found === undefined ? undefined : { kind: 'word', text: found, from: at, to: at + found.length };
}

/** Where a fault is, for a person: "line 2, column 5", or the column alone where there is one line. */
export function placeText(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  const column = `column ${[...before.at(-1)!].length + 1}`;
  return text.trimEnd().includes('\n') ? `line ${before.length}, ${column}` : column;
}

const shownWidth = 100;

/** The line with the fault, shortened where it is long, and below it a mark. */
export function excerpt(text: string, from: number, to: number): string {
  const start = text.lastIndexOf('\n', from - 1) + 1;
  const next = text.indexOf('\n', from);
  const line = text.slice(start, next < 0 ? text.length : next);
  const [at, until] = [from - start, Math.min(to - start, line.length)];
  const left = line.length <= shownWidth || at < shownWidth / 2 ? 0 : at - shownWidth / 2;
  const right = Math.min(line.length, left + shownWidth);
  const clean = (part: string): string => part.replaceAll(/\p{C}/gu, ' ');
  const width = (part: string): number => [...part].length;
  const head = left > 0 ? '...' : '';
  const shown = `${head}${clean(line.slice(left, right))}${right < line.length ? '...' : ''}`;
  const indent = ' '.repeat(head.length + width(line.slice(left, at)));
  const mark = '^'.repeat(Math.max(1, width(line.slice(at, Math.min(until, right)))));
  return `  ${shown}\n  ${indent}${mark}`;
}
