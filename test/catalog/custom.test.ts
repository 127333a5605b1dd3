import { describe, expect, test } from 'vitest';
import { familyByName, featureByName, featuresOf, setByName, versionOf } from '../../host/catalog/catalog.ts';
import type { Custom } from '../../host/catalog/customSchema.ts';
import { toText } from '../../host/catalog/expr.ts';
import { planFeatures } from '../../host/engine/engine.ts';
import { explain } from '../../host/engine/explain.ts';
import type { WindrowError } from '../../host/errors.ts';

const custom: Custom = {
  my_signals: {
    title: 'Reversion',
    define: { n: 20, dev: 'close - mean(close, n)' },
    features: {
      z20: 'dev / std(close, n)',
      turn: '# falls\n(dev < 0) * (dev[1] > 0)',
      cost: { formula: '100 * spread_close / mid', unit: '%', description: 'Spread in percent.' },
      again: 'z20[5] + my_signals.cost',
    },
  },
  others: { features: { far: 'my_signals.z20 - my_signals.dev + bollinger_rate.w20_bb_upper' } },
};
const made = setByName('fx', { custom });

const errorOf = (config: Custom, set = 'fx'): WindrowError => {
  try {
    setByName(set, { custom: config });
  } catch (error) {
    return error as WindrowError;
  }
  throw new Error('no error');
};
const oneOf = (features: Custom[string]['features'], define: Record<string, string> = {}): Custom => ({
  mine: { define, features },
});

describe('families of the user', () => {
  test('stand behind those of the set, with what they say of themselves', () => {
    expect(made.families.slice(-2).map(({ name, title, custom }) => ({ name, title, custom }))).toEqual([
      { name: 'my_signals', title: 'Reversion', custom: true },
      { name: 'others', title: 'Features of your own', custom: true },
    ]);
    expect(featureByName(made, 'my_signals.cost')).toMatchObject({
      unit: '%',
      description: 'Spread in percent.',
    });
    expect(featureByName(made, 'my_signals.z20')).toMatchObject({
      unit: 'none',
      description: 'my_signals.dev / std(close, 20)',
    });
    expect(setByName('fx', { custom: {} })).toBe(setByName('fx'));
  });

  test('can have one partition a month for all symbols, where a family is a table', () => {
    const across: Custom = { across: { partition: 'month', features: { a: 'close' } } };
    expect(setByName('fx', { custom: across }).families.at(-1)).toMatchObject({ partition: 'month' });
    expect(made.families.at(-1)).not.toHaveProperty('partition');
    expect(errorOf(across, 'stocks-daily')).toMatchObject({
      code: 'WR_CUSTOM',
      message: expect.stringContaining('keeps all families in one table, which is cut by month already'),
    });
    const other = { across: { ...across.across, partition: 'year' } } as unknown as Custom;
    expect(errorOf(other)).toMatchObject({ code: 'WR_CUSTOM' });
  });

  test('are explained with the words that they use, whoever defines them', () => {
    expect(explain(made, featureByName(made, 'others.far'))).toMatchObject({
      formula: 'my_signals.z20 - my_signals.dev + bollinger_rate.w20_bb_upper',
      where: {
        'my_signals.z20': 'my_signals.dev / std(close, 20)',
        'my_signals.dev': 'close - mean(close, 20)',
        rate_index: '100 * close / $baseline',
      },
      parameters: ['baseline'],
    });
  });

  test('are planned as the same expressions of the set are', () => {
    const same = setByName('fx', {
      custom: oneOf({ upper: 'mean(rate_index, 20) + 2 * pstd(rate_index, 20)' }),
    });
    const own = planFeatures(same, [featureByName(same, 'mine.upper')]);
    const builtin = featureByName(same, 'bollinger_rate.w20_bb_upper');
    const both = planFeatures(same, [builtin, featureByName(same, 'mine.upper')]);
    expect(own.ops).toEqual(planFeatures(same, [builtin]).ops);
    expect(both.ops).toEqual(own.ops);
  });

  test('can use the words of the set, parts of bars that no feature names among them', () => {
    const words = ['rate_index', 'open_index', 'high_index', 'low_index', 'mid', 'tick_rule', 'bqx_15'];
    const set = setByName('fx', { custom: oneOf({ all: words.join(' + ') }) });
    expect(toText(featureByName(set, 'mine.all').expr)).toBe(words.join(' + '));
    const daily = setByName('stocks-daily', { custom: oneOf({ beside: 'peer("gspc", returns) - returns' }) });
    expect(planFeatures(daily, [featureByName(daily, 'mine.beside')]).peers).toHaveLength(1);
  });

  test('have a version that changes with what they compute, each with its own', () => {
    const symbol = { type: 'double', parameters: { baseline: 1, pip: 1 } } as const;
    const versions = (config: Custom) => {
      const set = setByName('fx', { custom: config });
      return set.families.map(family => `${family.name} ${versionOf(set, family, symbol)}`);
    };
    const before = versions(custom);
    const changed = (config: Custom): string[] => {
      const now = versions(config);
      return before.filter(version => !now.includes(version)).map(version => version.split(' ')[0]!);
    };
    const signals = custom.my_signals!;
    const edited = (more: object): Custom => ({ ...custom, my_signals: { ...signals, ...more } });
    expect(changed(edited({ title: 'Another' }))).toEqual([]);
    expect(changed(edited({ define: { ...signals.define, unused: '1' } }))).toEqual([]);
    expect(changed(edited({ features: { ...signals.features, more: 'close' } }))).toEqual(['my_signals']);
    expect(changed(edited({ define: { n: 21, dev: 'close - mean(close, n)' } }))).toEqual([
      'my_signals',
      'others',
    ]);
    const spaced = { ...signals.features, z20: ' dev/std( close,n )' };
    expect(changed(edited({ features: spaced }))).toEqual([]);
    const { others: _, ...without } = custom;
    expect(changed(without)).toEqual(['others']);
  });

  test('can be switched off by name, without a change for those who use the feature', () => {
    const set = setByName('fx', { custom, off: ['my_signals.z20', 'bollinger_rate.w20_bb_upper'] });
    expect(set.off).toEqual(['bollinger_rate.w20_bb_upper', 'my_signals.z20']);
    expect(toText(featureByName(set, 'my_signals.z20').expr)).toBe('NaN');
    expect(featureByName(set, 'others.far').expr).toEqual(featureByName(made, 'others.far').expr);
  });

  test('are plain data on the way, and the same behind it', () => {
    const sent = setByName('fx', structuredClone({ custom }));
    expect(featuresOf(sent)).toEqual(featuresOf(made));
    expect(familyByName(sent, 'others').custom).toBe(true);
  });
});

describe('a family of the user is refused', () => {
  test.each<[string, Custom, string, string?]>([
    [
      'a family of the set',
      { bollinger_rate: { features: { a: 1 } } },
      'family bollinger_rate: set fx has a family of that name',
    ],
    ['a table of the set', { market_data: { features: { a: 1 } } }, 'set fx has a table of that name'],
    [
      'a table of a symbol',
      { time_features_eurusd: { features: { a: 1 } } },
      'the table of time_features that holds eurusd',
    ],
    [
      'no name for a table',
      { 'My-Family': { features: { a: 1 } } },
      'is no name',
      'did you mean "my_family"? ',
    ],
    [
      'a long name',
      { [`a${'b'.repeat(40)}`]: { features: { a: 1 } } },
      'a name of 41 characters, the limit is 40',
    ],
    ['no features', { mine: { features: {} } }, 'family mine: it has no features'],
    [
      'a feature of the set',
      oneOf({ w20_mean: '1' }),
      'feature mine.w20_mean: it has the name of the feature statistics_rate.w20_mean',
    ],
    [
      'a word of the set',
      oneOf({ a: '1' }, { mid: 'close' }),
      'word mine.mid: it has the name of the word mid of set fx',
    ],
    ['a column of the bars', oneOf({ close: '1' }), 'the column close of the bars'],
    ['a column of the table', oneOf({ pair: '1' }), 'the column pair of the table'],
    ['an operator', oneOf({ mean: '1' }), 'the operator mean'],
    ['a form', oneOf({ peer: '1' }), 'the operator peer'],
    ['null', oneOf({ null: '1' }), 'which is NULL'],
    ['a word of its own', oneOf({ a: '1' }, { a: '1' }), 'it has the name of the word mine.a'],
    ['a long column', oneOf({ [`a${'b'.repeat(63)}`]: 1 }), 'the limit is 63'],
    [
      'another shape',
      { mine: { features: { a: { formulas: '1' } } } } as unknown as Custom,
      'mine.features.a',
    ],
  ])('with the name of, or with: %s', (_, config, what, suggestion = '') => {
    const { code, message, values } = errorOf(config);
    expect(code).toBe('WR_CUSTOM');
    expect(message).toContain(what);
    expect(values.suggestion).toBe(suggestion);
    expect((values.path as string[])[0]).toBe('custom');
  });

  test('in a set of one table, where two name a column alike', () => {
    const two = { one: { features: { a: 'close' } }, two: { features: { a: 'open' } } };
    expect(errorOf(two, 'stocks-daily').message).toContain('it has the name of the feature one.a');
    expect(setByName('fx', { custom: two }).families.at(-1)!.name).toBe('two');
    for (const name of ['clipped', 'feature_version', 'source', 'updated_at', 'symbol', 'timestamp'])
      expect(errorOf(oneOf({ [name]: 'close' }), 'stocks-daily').message).toContain(
        `column ${name} of the table`,
      );
  });

  test.each<[string, Custom, string, string]>([
    ['a formula', oneOf({ a: 'cloze' }), 'mine.a, column 1: unknown word "cloze"', 'features'],
    ['a word', oneOf({ a: 'b' }, { b: 'cloze' }), 'mine.b, column 1: unknown word "cloze"', 'define'],
    ['a word that nobody uses', oneOf({ a: '1' }, { b: 'cloze' }), 'mine.b, column 1', 'define'],
    [
      'a circle',
      oneOf({ a: 'b', b: 'close + a' }),
      '"mine.a" would stand for itself: mine.a -> mine.b -> mine.a',
      'features',
    ],
    [
      'a peer that the set has not',
      oneOf({ a: 'peer("bse1", close)' }),
      'there are base1 to base6',
      'features',
    ],
  ])('for %s', (_, config, what, part) => {
    const { code, message, values } = errorOf(config);
    expect(code).toBe('WR_FORMULA');
    expect(message).toContain(what);
    expect((values.path as string[]).slice(0, 3)).toEqual(['custom', 'mine', part]);
  });

  test('when words stand for words without end', () => {
    const names = Array.from({ length: 300 }, (_, i) => `w${i}`);
    const chain = Object.fromEntries(
      names.map((name, i) => [name, i === 299 ? 'close' : `w${i + 1} + w${i + 1}`]),
    );
    expect(errorOf(oneOf({ a: 'w0' }, chain)).message).toContain('words stand for words more than 100 deep');
    // each word is read once, however often it is used
    const short = Object.fromEntries(Object.entries(chain).slice(220));
    const set = setByName('fx', { custom: oneOf({ a: 'w220' }, short) });
    const feature = featureByName(set, 'mine.a');
    expect(planFeatures(set, [feature]).steps.length).toBe(80);
    expect(versionOf(set, familyByName(set, 'mine'), { type: 'double', parameters: {} })).toMatch(
      /^[0-9a-f]{16}$/,
    );
    expect(explain(set, feature).lookback).toBe(1);
  });

  test.each([
    [
      'smoothings of smoothings',
      'ema(ema(close, 30000), 30000)',
      'looks back 2,097,151 bars, the limit is 100,000',
    ],
    ['shifts of shifts', 'close[60000][60000]', 'looks back 120,001 bars, the limit is 100,000'],
    [
      'windows in windows',
      `${'kurt('.repeat(200)}close${', 400)'.repeat(200)}`,
      String.raw`takes \d,\d+ planes, the limit is 4,000`,
    ],
  ])('when it is planned, for %s', (_, formula, what) => {
    const set = setByName('fx', { custom: oneOf({ a: formula }) });
    expect(() => planFeatures(set, [featureByName(set, 'mine.a')])).toThrow(
      expect.objectContaining({
        code: 'WR_PLAN_SIZE',
        message: expect.stringMatching(`feature "mine.a" ${what}`),
      }),
    );
  });
});
