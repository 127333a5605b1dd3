import fc from 'fast-check';
import {
  barParts,
  call,
  column,
  type Expr,
  named,
  number,
  parameter,
  peer,
} from '../../host/catalog/expr.ts';
import { operators } from '../../host/catalog/operators.ts';
import { aggregated, every, faultOfBars } from '../../host/catalog/resampled.ts';
import type { FeatureSet } from '../../host/catalog/set.ts';
import { DefinedWords, parseFormula, type Scope } from '../../host/catalog/text/parse.ts';

/** A scope in which the words are those of a list of definitions, as explain prints them. */
export function scopeOfDefinitions(
  set: Pick<FeatureSet, 'name' | 'bars' | 'parameters'>,
  where: Readonly<Record<string, string>>,
): Scope {
  const words = new DefinedWords(where, (name, text) => named(name, parseFormula(text, scope, { name })));
  const scope: Scope = {
    columns: set.bars.columns,
    bars: set.name,
    parameters: [...set.parameters.map(({ name }) => name), 'side'],
    faultOfPeer: () => undefined,
    word: (name, fail) => words.get(name, fail),
    words: () => words.names(),
  };
  return scope;
}

const leaf: fc.Arbitrary<Expr> = fc.oneof(
  fc.constantFrom('open', 'high', 'low', 'close', 'volume', 'time').map(name => column(name as 'close')),
  fc.constantFrom('baseline', 'pip').map(parameter),
  fc.oneof(fc.double({ noDefaultInfinity: true }), fc.integer(), fc.constant(-0)).map(number),
  fc.constantFrom('mid', 'mine.level').map(name => named(name, column('close'))),
);

/** How random expressions are: the largest whole number of a parameter, and whether there are other symbols. */
type Kind = { readonly most: number; readonly peers: boolean };

const paramsOf = (
  params: (typeof operators)[number]['params'] = [],
  { most }: Kind,
): fc.Arbitrary<(number | string)[]> =>
  fc.tuple(
    ...params.map(({ oneOf, integer, powerOfTwo, min, max }): fc.Arbitrary<number | string> => {
      if (oneOf) return fc.constantFrom(...oneOf);
      if (powerOfTwo) return fc.constantFrom(min!, max!);
      if (integer) return fc.integer({ min: min ?? -100, max: Math.min(max ?? 100, most) });
      return fc.double({ min: min ?? -1e300, max: max ?? 1e300, noNaN: true });
    }),
  );

/** Any expression of any operators, over rows and over bars of them, with words that {@link formulaScope} knows. */
export const exprs = (kind: Kind): fc.Arbitrary<Expr> => {
  const calls = (series: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> =>
    fc.constantFrom(...operators).chain(({ name, args, more, params, fault }) =>
      fc
        .tuple(
          fc.tuple(...args.map(() => series)),
          fc.array(series, { maxLength: more ? 3 : 0 }),
          paramsOf(params, kind),
        )
        .filter(([first, rest, numbers]) => fault?.(numbers, first.length + rest.length) === undefined)
        .map(([first, rest, numbers]) => call(name, [...first, ...rest], numbers)),
    );
  const peers = fc.constantFrom('gspc', 'x-1.b').map(name => peer(name, call('lag', [column('close')], [1])));
  return fc.letrec<{ rows: Expr; bars: Expr }>(tie => ({
    rows: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      calls(tie('rows')),
      fc
        .tuple(fc.integer({ min: 1, max: Math.min(1440, kind.most) }), tie('bars'))
        .filter(([, body]) => faultOfBars(body) === undefined)
        .map(([minutes, body]) => every(minutes, body)),
      ...(kind.peers ? [peers] : []),
    ),
    bars: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.tuple(fc.constantFrom(...barParts), tie('rows')).map(([part, rows]) => aggregated(part)(rows)),
      calls(tie('bars')),
      fc.constantFrom(column('time'), parameter('pip'), number(3)),
    ),
  })).rows;
};

export const formulaScope: Scope = scopeOfDefinitions(
  {
    name: 'fx',
    bars: { columns: ['open', 'high', 'low', 'close', 'volume'] } as unknown as FeatureSet['bars'],
    parameters: [{ name: 'baseline' }, { name: 'pip' }] as unknown as FeatureSet['parameters'],
  },
  { mid: 'close', 'mine.level': 'close' },
);
