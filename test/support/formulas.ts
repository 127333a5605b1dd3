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
import { aggregated, every } from '../../host/catalog/resampled.ts';
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
    parameters: set.parameters.map(({ name }) => name),
    peers: true,
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
    ...params.map(({ oneOf, integer, min, max }): fc.Arbitrary<number | string> => {
      if (oneOf) return fc.constantFrom(...oneOf);
      if (integer) return fc.integer({ min: min ?? -100, max: Math.min(max ?? 100, most) });
      return fc.double({ min: min ?? -1e300, max: max ?? 1e300, noNaN: true });
    }),
  );

/** Any expression of any operators, with words that {@link formulaScope} knows. */
export const exprs = (kind: Kind): fc.Arbitrary<Expr> =>
  fc.letrec<{ expr: Expr }>(tie => ({
    expr: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc
        .constantFrom(...operators)
        .chain(({ name, args, params }) =>
          fc
            .tuple(fc.tuple(...args.map(() => tie('expr'))), paramsOf(params, kind))
            .map(([series, numbers]) => call(name, series, numbers)),
        ),
      fc
        .tuple(fc.integer({ min: 1, max: 1440 }), fc.constantFrom(...barParts), tie('expr'))
        .map(([minutes, part, rows]) => every(minutes, call('lag', [aggregated(part)(rows)], [1]))),
      ...(kind.peers
        ? [fc.constantFrom('gspc', 'x-1.b').map(symbol => peer(symbol, call('lag', [column('close')], [1])))]
        : []),
    ),
  })).expr;

export const formulaScope: Scope = scopeOfDefinitions(
  {
    name: 'fx',
    bars: { columns: ['open', 'high', 'low', 'close', 'volume'] } as unknown as FeatureSet['bars'],
    parameters: [{ name: 'baseline' }, { name: 'pip' }] as unknown as FeatureSet['parameters'],
  },
  { mid: 'close', 'mine.level': 'close' },
);
