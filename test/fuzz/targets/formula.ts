import assert from 'node:assert/strict';
import { featuresOf, setByName } from '../../../host/catalog/catalog.ts';
import { planFeatures } from '../../../host/engine/engine.ts';
import { WindrowError } from '../../../host/errors.ts';
import type { Target } from '../target.ts';

// A formula of a family of one's own: it is planned, or refused with its place, whatever it asks for.

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
  ],
  ...[
    '\n',
    '#',
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
  ],
  ...[
    '('.repeat(500),
    'every(30, ',
    'bar_close(close)',
    'ema(',
    'std(',
    'mean(',
    'lag(',
    'quantile(',
    'rank(',
    'median(',
  ],
  ...[
    'corr(',
    'if(',
    'where(',
    'log(',
    'max(',
    'argmax(',
    'volume',
    'high',
    'low',
    'open',
    'spread_close',
    'rate_index',
  ],
];

function read(input: Buffer): string {
  const custom = { mine: { define: { own: 'close / 2' }, features: { f: input.toString() } } };
  try {
    const set = setByName('fx', { custom });
    const own = set.families.filter(family => family.custom);
    planFeatures(set, featuresOf(set, own));
    return 'planned';
  } catch (error) {
    if (!(error instanceof WindrowError)) throw error;
    assert.match(error.code, /^WR_(FORMULA|CUSTOM|PLAN_SIZE)$/);
    assert.match(error.message, /mine\.f|features\.f/);
    return error.code;
  }
}

export default { words, read, outcomes: ['planned', 'WR_FORMULA'] } satisfies Target;
