import { describe, expect, it } from 'vitest';
import { call, column } from '../../host/catalog/expr.ts';
import { type Operator, operators } from '../../host/catalog/operators.ts';
import { compute } from '../../host/engine/compute.ts';
import { plan } from '../../host/engine/plan.ts';
import { hex, shapes } from '../support/kernelShapes.ts';
import { fittedByMonth, twins } from '../support/operatorTwins.ts';

// Every operator of the vocabulary against its twin, over windows of every kind of binary expansion. All uses of a
// shape are one plan, so that windows share the sums that they would share in a set.

/** Kept out of the twins, because 20 days of minutes are needed, or months: the kernel's and the feature's tests hold them. */
const heldElsewhere = ['session_std', 'session_tercile', ...fittedByMonth];
/** Series that an operator is tried on; one that takes any number is given all of them. */
const seriesOf = <T>({ args, more }: Operator, of: readonly T[]): readonly T[] =>
  more ? of : of.slice(0, args.length);
const windows = [1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 200];
const rows = 620;
const time = Float64Array.from(
  { length: rows },
  (_, t) => (Date.UTC(2024, 1, 28, 20) + t * 3_600_000) * 1000,
);

const uses = operators
  .filter(({ name }) => !heldElsewhere.includes(name))
  .flatMap(operator => {
    const { params = [[]], least = 1 } = twins[operator.name] ?? {};
    const first = operator.params?.[0];
    const shortest = Math.max(first?.min ?? 1, least);
    const lists =
      first?.name === 'window'
        ? windows
            .filter(window => window >= shortest)
            .flatMap(window => params.map(rest => [window, ...rest]))
        : params;
    return lists.map(list => ({ operator, params: list, name: `${operator.name}(${list})` }));
  });

const pairs = [
  ['walk', 'ramp'],
  ['ties', 'walk'],
  ['holes', 'ties'],
  ['zeros', 'holes'],
  ['constant', 'walk'],
  ['walk', 'constant'],
  ['outlier', 'ties'],
  ['falling', 'zeros'],
] as const;

describe('operators', () => {
  it('have a twin each', () => {
    const names = operators.map(({ name }) => name).filter(name => !heldElsewhere.includes(name));
    expect(Object.keys(twins).sort()).toEqual(names.sort());
  });

  it.each(pairs)('equal their twins over %s and %s', async (left, right) => {
    const [a, b] = [shapes[left](rows), shapes[right](rows)];
    const c = shapes.ties(rows).reverse();
    const d = shapes.walk(rows).reverse();
    const series = [a, b, c, d];
    const inputs = (['close', 'open', 'high', 'low'] as const).map(column);
    const planned = plan(
      uses.map(({ operator, params, name }) => ({
        name,
        expr: call(operator.name, seriesOf(operator, inputs), params),
      })),
    );
    const { columns } = await compute(planned, { time, columns: { close: a, open: b, high: c, low: d } }, {});
    uses.forEach(({ operator, params, name }, use) => {
      const { value, tolerance = 0, magnitude, byDay } = twins[operator.name]!;
      const own = seriesOf(operator, series);
      const args = byDay || own.length === 0 ? [time, ...own] : own;
      // twins are slow: each use takes every fifth row, its neighbours the others
      for (let t = use % 5; t < rows; t += 5) {
        const found = columns[name]![t]!;
        const expected = value(args, params, t);
        if (Object.is(found, expected)) continue;
        const allowed =
          tolerance === 0 ? 0 : tolerance * (magnitude?.(args, params, t) ?? Math.abs(expected));
        if (Math.abs(found - expected) <= allowed) continue;
        expect.fail(`${name} of ${left} and ${right}, row ${t}: ${hex(found)} instead of ${hex(expected)}`);
      }
    });
  });
});
