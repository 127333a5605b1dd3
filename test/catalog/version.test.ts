import { expect, test } from 'vitest';
import { setByName, versionOf } from '../../host/catalog/catalog.ts';
import { call, type Expr } from '../../host/catalog/expr.ts';
import type { Family } from '../../host/catalog/family.ts';
import { kernelByName } from '../../host/catalog/kernels.ts';
import { operators } from '../../host/catalog/operators.ts';

const set = setByName('fx');
const symbol = { type: 'double', parameters: {} } as const;
const version = (expr: Expr): string => {
  const toys: Family = {
    name: 'toys',
    title: 'Toys',
    features: [{ name: 'toy', expr, unit: 'days', description: 'A toy.' }],
  };
  return versionOf(set, toys, symbol);
};

test('the version of a family changes with a table that its text does not show', () => {
  const expr = call('days_to_holiday', [], ['us', 30]);
  if (expr.kind !== 'call') throw new Error('a call is no call');
  const longer = { ...expr.operator, basis: () => 'another year of holidays' };
  expect(version({ ...expr, operator: longer })).not.toBe(version(expr));
  expect(version({ ...expr })).toBe(version(expr));
});

test('every operator that lowers to a constant table says what is in it', () => {
  for (const { name, args, params = [], basis, lower } of operators) {
    const tables: Float64Array[] = [];
    const ref = { node: 0, lag: 0 };
    const builder = {
      horizonBits: 53,
      constant: () => ref,
      once: <T>(_: string, make: () => T): T => make(),
      time: () => ref,
      kernel: (name: string, _: unknown, __?: unknown, table?: Float64Array) => {
        // what a kernel is asked for follows from the parameters
        if (table && !kernelByName.get(name)!.results) tables.push(table);
        return ref;
      },
    };
    const values = params.map(({ oneOf, min = 1, max = 2 }) => oneOf?.[0] ?? Math.min(max, Math.max(2, min)));
    lower(
      builder,
      args.map(() => ref),
      values,
    );
    if (tables.length > 0) expect(basis?.(values), name).toBeTruthy();
  }
});
