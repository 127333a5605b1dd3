import fc from 'fast-check';
import { expect, test } from 'vitest';
import { featuresOf, setByName } from '../../host/catalog/catalog.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { WindrowError } from '../../host/errors.ts';
import { mutated } from '../support/mutations.ts';

// Formulas that somebody mistyped: they are planned or refused with the place, whatever they ask for.

const sound = [
  '(close - mean(close, 20)) / std(close, 20)',
  'ema(close, 9) - ema(close, 26)',
  'every(30, mean(bar_close(close), 10))',
  'peer("eurusd", rate_index) - rate_index',
  '(max(high, 15) - min(low, 15)) * gt(close, open)',
  'skew(close[3], 60) + 1e-3 * lag(volume, 2)',
  'own + own[1]',
];
const words = [
  ...[
    '(',
    ')',
    '[',
    ']',
    ',',
    '+',
    '-',
    '*',
    '/',
    '<',
    '>',
    '==',
    '"',
    "'",
    '$',
    '$pip',
    '$nothing',
    '.',
    '..',
    ' ',
    '\n',
    '#',
  ],
  ...[
    '0',
    '1',
    '-1',
    '1e999',
    '1e-999',
    '0x1',
    '99999999999',
    '2147483648',
    'NaN',
    'null',
    'close',
    'own',
    'mean',
    'every(',
  ],
  ...[
    'constructor',
    '__proto__',
    'toString',
    '∞',
    '🙂',
    '\0',
    'peer("',
    'close[100000]',
    'mean(close, 99999)',
    '('.repeat(500),
  ],
];

const families = (text: string) => ({ mine: { define: { own: 'close / 2' }, features: { f: text } } });

test('a formula with faults is planned or refused, with the place', () => {
  let planned = 0;
  const codes = new Map<string, number>();
  fc.assert(
    fc.property(
      mutated(
        fc.constantFrom(...sound).map(text => Buffer.from(text)),
        words,
      ),
      bytes => {
        const text = bytes.toString();
        try {
          const set = setByName('fx', { custom: families(text) });
          const own = set.families.filter(({ custom }) => custom);
          planFeatures(set, featuresOf(set, own));
          planned++;
        } catch (error) {
          expect(error).toBeInstanceOf(WindrowError);
          const { code, message } = error as WindrowError;
          codes.set(code, (codes.get(code) ?? 0) + 1);
          expect(code).toMatch(/^WR_(FORMULA|CUSTOM|PLAN_SIZE)$/);
          expect(message).toMatch(/mine\.f|features\.f/);
        }
      },
    ),
    { numRuns: 200 },
  );
  expect(planned).toBeGreaterThan(0);
  expect(codes.get('WR_FORMULA')).toBeGreaterThan(50);
});
