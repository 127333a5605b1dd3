import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toText } from '../../host/catalog/expr.ts';
import { operators } from '../../host/catalog/operators.ts';
import { parseFormula } from '../../host/catalog/text/parse.ts';
import { WindrowError } from '../../host/errors.ts';
import { exprs, formulaScope } from '../support/formulas.ts';

const parse = (text: string) => parseFormula(text, formulaScope, { name: 'mine.f' });
const canonical = (text: string): string => toText(parse(text));

function faultOf(text: string): { place: string; what: string; mark: string; suggestion: string } {
  try {
    parse(text);
  } catch (error) {
    const { code, values } = error as WindrowError;
    expect(code).toBe('WR_FORMULA');
    const { place, what, excerpt, suggestion } = values as Record<string, string>;
    return { place: place!.replace('mine.f, ', ''), what: what!, mark: excerpt!, suggestion: suggestion! };
  }
  throw new Error(`no error: ${text}`);
}

describe('formulas', () => {
  test.each([
    ['(close - mean(close, 20)) / std(close, 20)', '(close - mean(close, 20)) / std(close, 20)'],
    ['open-high-low', 'open - high - low'],
    ['open-(high-low)', 'open - (high - low)'],
    ['open/(high*low)', 'open / (high * low)'],
    ['(open*high)*low', 'open * high * low'],
    ['((close))', 'close'],
    ['add(open, mul(2, high))', 'open + 2 * high'],
    ['close[3]', 'lag(close, 3)'],
    ['close[1][2]', 'lag(lag(close, 1), 2)'],
    ['(open + high)[2*3]', 'lag(open + high, 6)'],
    ['close > open', 'gt(close, open)'],
    ['close + 1 < open * 2', 'lt(close + 1, open * 2)'],
    ['(close < open) * (low > 1)', 'lt(close, open) * gt(low, 1)'],
    ['-close', '0 - close'],
    ['-close[1] * 2', '(0 - lag(close, 1)) * 2'],
    ['-0.5', '-0.5'],
    ['-(2)', '-2'],
    ['- -2', '2'],
    ['+close', 'close'],
    ['close - -1', 'close - -1'],
    ['close*-1', 'close * -1'],
    ['1e-3 + 1E3 + .5 + 2.', '0.001 + 1000 + 0.5 + 2'],
    ['1e+21', '1e+21'],
    ['null + NULL + NaN', 'NaN + NaN + NaN'],
    ['  mean ( close ,20 )  ', 'mean(close, 20)'],
    ['mean( # the middle\n  close,\n  20) # of a month', 'mean(close, 20)'],
    ['clock(hour) + clock("hour")', 'clock(hour) + clock(hour)'],
    ['local_clock(dow, America/New_York)', 'local_clock(dow, America/New_York)'],
    ['local_clock(\'dow\', "America/New_York")', 'local_clock(dow, America/New_York)'],
    ['peer("gspc", close / close[1])', 'peer("gspc", close / lag(close, 1))'],
    ["peer('gspc', close)", 'peer("gspc", close)'],
    ['every(30, mean(bar_close(close), 10))', 'every(30, mean(bar_close(close), 10))'],
    [
      'every(5*12, bar_high(open + 1) - bar_low(open)[1])',
      'every(60, bar_high(open + 1) - lag(bar_low(open), 1))',
    ],
    [
      'every(7, bar_open(every(5, bar_sum(close))) / $pip)',
      'every(7, bar_open(every(5, bar_sum(close))) / $pip)',
    ],
    ['every(60, clock(hour))', 'every(60, clock(hour))'],
    ['close - every(60, bar_close(close))[1]', 'close - lag(every(60, bar_close(close)), 1)'],
    ['peer("gspc", close * $pip * $side)', 'peer("gspc", close * $pip * $side)'],
    ['$pip * mid + mine.level', '$pip * mid + mine.level'],
    ['quantile(close, 20, -1 + 1.5)', 'quantile(close, 20, 0.5)'],
    ['time', 'time'],
  ])('%j is read', (text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(canonical(expected)).toBe(expected);
  });

  test.each([
    ['', 'column 1', 'there is no formula'],
    [' # nothing', 'column 1', 'there is no formula'],
    ['cloze + 1', 'column 1', 'unknown word "cloze"', 'close'],
    ['mean(clos, 20)', 'column 6', 'unknown word "clos"', 'close'],
    ['meen(close, 20)', 'column 1', 'unknown operator "meen"', 'mean'],
    ['Close', 'column 1', 'unknown word "Close"', 'close'],
    ['peers("x", close)', 'column 1', 'unknown operator "peers"', 'peer'],
    ['mean', 'column 1', 'mean is written mean(a, window)'],
    ['peer + 1', 'column 1', 'peer is written peer("symbol", a)'],
    ['mean(close)', 'column 11', 'mean(a, window) takes 2, the window is missing'],
    ['mean()', 'column 6', 'the a is missing'],
    ['mean(close, 20', 'column 15', 'the formula ends here; expected ")" at the end of mean(a, window)'],
    ['ssa_error(close, 8, 5)', 'column 1', 'embedding is 5, expected at most half of n, which is 8'],
    ['mean(close, 20, 3)', 'column 15', 'mean(a, window) takes 2 and no more'],
    ['mean(close 20)', 'column 12', 'found "20"; expected "," before the window of mean(a, window)'],
    ['mean(20, close)', 'column 10', 'found a series'],
    ['mean(close, close + 1)', 'column 13', 'found a series'],
    ['mean(close, 2.5)', 'column 13', 'is a whole number from 1 to 65536; found 2.5'],
    ['mean(close, 0)', 'column 13', 'found 0'],
    ['mean(close, 1e9)', 'column 13', 'found 1000000000'],
    ['mean(close, null)', 'column 13', 'found NaN'],
    ['lag(close, -1)', 'column 12', 'a lag of -1 would look ahead'],
    ['close[-1]', 'column 7', 'a lag of -1 would look ahead'],
    ['close[1', 'column 8', 'expected "]" after the number of rows'],
    ['close[]', 'column 7', 'found "]"; expected a number, a word or "("'],
    ['close[open]', 'column 7', 'the lag of x[n] is a whole number from 0 to 65536; found a series'],
    ['std_of(close)', 'column 13', 'std_of(a, b, ...) takes 2 or more, the b is missing'],
    ['partial_mean_of(close, 2)', 'column 25', 'the at_least is missing'],
    ['partial_mean_of(close, open, high)', 'column 30', 'found a series'],
    ['partial_mean_of(close, open, high, 2,)', 'column 38', 'the at_least is missing'],
    ['partial_mean_of(close, open, (high, 2)', 'column 35', 'commas stand behind the name of an operator'],
    ['spearman_of(close, open, high, low, volume, 2)', 'column 1', 'series go by pairs, and 5 do not'],
    ['close(1)', 'column 1', '"close" is a series, not an operator; close[1]'],
    ['(close + 1', 'column 11', 'expected ")" that closes the "(" of column 1'],
    ['close)', 'column 6', 'found ")"; expected an operator or the end'],
    ['(open, close)', 'column 6', 'commas stand behind the name of an operator only'],
    ['open, close', 'column 5', 'a comma stands between what an operator is given'],
    ['close close', 'column 7', 'found "close"'],
    ['close +', 'column 8', 'the formula ends here; expected a number'],
    ['* close', 'column 1', 'found "*"; expected a number'],
    ['open < high < low', 'column 13', 'comparisons do not chain'],
    ['close >= open', 'column 7', 'write 1 - (a < b)'],
    ['close ? 1 : 2', 'column 7', 'write select(condition, a, b)'],
    ['close ^ 2', 'column 7', 'write a * a'],
    ['close @ 2', 'column 7', '"@" means nothing here'],
    ['12abc', 'column 1', '"12abc" is not a number'],
    ['1e999', 'column 1', 'is larger than any number'],
    ['"close"', 'column 1', '"close" in quotes is no series', 'close'],
    ['"close', 'column 1', 'a quote is not closed'],
    ['$pips', 'column 1', 'unknown parameter "$pips"; there are $baseline, $pip', 'pip'],
    ['spread_close', 'column 1', 'bars of fx have no column "spread_close"'],
    ['clock(hours)', 'column 7', 'found "hours"', 'hour'],
    ['clock()', 'column 7', 'the field is missing'],
    ['peer(gspc, close)', 'column 6', 'expects a symbol in lower case and in quotes'],
    ['peer("GSPC", close)', 'column 6', '"GSPC" is not a symbol'],
    ['peer("gspc", peer("x", close))', 'column 1', 'a peer inside a peer'],
    ['peer("gspc", bar_close(close))', 'column 1', 'bar_close is a series of bars'],
    ['every(0, bar_close(close))', 'column 7', 'whole number from 1 to 1440; found 0'],
    ['every(close, bar_close(close))', 'column 7', 'found a series'],
    ['every(30, mean(close, 10))', 'column 1', 'close is one of rows, as in bar_close(close)'],
    ['every(30, 5 * $pip)', 'column 1', 'takes a series of bars, got a number'],
    ['every(30, every(60, bar_close(close)))', 'column 1', 'every is one of rows'],
    ['every(30, bar_high(bar_close(close)))', 'column 11', 'bar_close is a series of bars'],
    ['every(30)', 'column 9', 'in every(minutes, a)'],
    ['bar_close', 'column 1', 'bar_close is written bar_close(a)'],
    ['close\n  + (open -\n  heigh)', 'line 3, column 3', 'unknown word "heigh"', 'high'],
    ['# é\nclose + ö', 'line 2, column 9', 'unknown word "ö"'],
  ])('%j is an error', (text, place, what, suggestion = '') => {
    const fault = faultOf(text);
    expect(fault.place).toBe(place);
    expect(fault.what).toContain(what);
    if (suggestion) expect(fault.suggestion).toBe(`did you mean "${suggestion}"? `);
  });

  test('a mark stands below what is wrong, in its line, shortened where that is long', () => {
    expect(faultOf('close\n  + (open - heigh)').mark).toBe('    + (open - heigh)\n              ^^^^^');
    expect(faultOf('mean(close, 20').mark).toBe('  mean(close, 20\n                ^');
    const [line, mark] = faultOf(`${'close + '.repeat(40)}bad + ${'close + '.repeat(40)}close`).mark.split(
      '\n',
    );
    expect(line!.length).toBeLessThan(120);
    expect(line!.slice(mark!.indexOf('^'), mark!.lastIndexOf('^') + 1)).toBe('bad');
  });

  test('are bounded in length and depth, however that comes about', () => {
    const deep = 'are nested more than 400 deep';
    expect(faultOf(`${'('.repeat(3000)}close${')'.repeat(3000)}`).what).toContain(deep);
    expect(faultOf(`${'-'.repeat(3000)}close`).what).toContain(deep);
    expect(faultOf(`${'abs('.repeat(1000)}close${')'.repeat(1000)}`).what).toContain(deep);
    expect(faultOf(`close${'[1]'.repeat(1000)}`).what).toContain(deep);
    expect(faultOf(`close${' + 1'.repeat(1000)}`).what).toContain(deep);
    expect(faultOf(`close${' '.repeat(10_000)}`).what).toContain('the limit is 10000');
    expect(canonical(`close${' + 1'.repeat(300)}`)).toMatch(/^close \+ 1/);
  });

  test('any expression is read back from its text', () => {
    fc.assert(
      fc.property(exprs({ most: Number.POSITIVE_INFINITY, peers: true }), expr => {
        const text = toText(expr);
        fc.pre(text.length <= 10_000);
        expect(parse(text)).toEqual(expr);
      }),
      { numRuns: 500 },
    );
  });

  test('any text is read, or refused with its place', () => {
    const pieces = fc.oneof(
      fc.constantFrom(
        ...'+-*/()[],<>#$."\'\n \t',
        '>=',
        '&&',
        '1',
        '2.5',
        'null',
        'close',
        'mid',
        'mine.level',
      ),
      fc.constantFrom(...operators.map(({ name }) => name), 'peer', 'hour', '$pip', 'America/New_York'),
      fc.string({ maxLength: 3, unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), parts => {
        const text = parts.join(' ').replaceAll(/ ([([,])/g, '$1');
        try {
          const read = toText(parse(text));
          expect(canonical(read)).toBe(read);
        } catch (error) {
          expect(error).toBeInstanceOf(WindrowError);
          const { code, values } = error as WindrowError;
          expect(code).toBe('WR_FORMULA');
          const { from, to, excerpt } = values as { from: number; to: number; excerpt: string };
          expect(from).toBeLessThanOrEqual(to);
          expect(to).toBeLessThanOrEqual(text.length);
          expect(excerpt.split('\n')).toHaveLength(2);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
