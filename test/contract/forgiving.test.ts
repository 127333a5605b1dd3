import { expect, test } from 'vitest';
import { call, column } from '../../host/catalog/expr.ts';
import { type Operator, operators } from '../../host/catalog/operators.ts';
import { compute } from '../../host/engine/compute.ts';
import { plan } from '../../host/engine/plan.ts';
import { draws } from '../support/draws.ts';
import { fittedByMonth, twins } from '../support/operatorTwins.ts';

// What the vocabulary says of NULLs: an operator that reads one is NULL itself, unless it is marked as forgiving; and one
// that is marked has a value in spite of a NULL somewhere.

const rows = 200;
const time = Float64Array.from({ length: rows }, (_, t) => (Date.UTC(2024, 1, 28, 20) + t * 60_000) * 1000);
const names = ['close', 'open', 'high', 'low', 'volume', 'bid_close'] as const;
/** Series that one with any number of them is given: two pairs are too few to lack one. */
const given = ({ name, args, more }: Operator): number =>
  name === 'spearman_of' ? names.length : more ? 4 : args.length;

const uses = operators
  .filter(({ name, args }) => args.length > 0 && !fittedByMonth.includes(name))
  .flatMap((operator: Operator) => {
    const { params = [[]], least = 1 } = twins[operator.name] ?? {};
    const first = operator.params?.[0];
    const window = first?.name === 'window' ? [Math.max(first.min ?? 1, least) + 6] : [];
    const inputs = names.slice(0, given(operator));
    return params.map((rest, i) => ({
      operator,
      name: `${operator.name} ${i}`,
      expr: call(operator.name, inputs.map(column), [...window, ...rest]),
    }));
  });
const planned = plan(uses);

/** 0 and 1, which make runs, or any numbers. */
const series = (seed: number, whole: boolean): Float64Array => {
  const draw = draws(seed);
  return Float64Array.from({ length: rows }, () => (whole ? Math.floor(2 * draw.uniform()) : draw.normal()));
};

const run = async (values: readonly Float64Array[]) =>
  (
    await compute(
      planned,
      { time, columns: Object.fromEntries(names.map((name, i) => [name, values[i]!])) },
      {},
    )
  ).columns;

test('operators step over NULLs where they say so, and nowhere else', async () => {
  const forgave = new Set<string>();
  const wrong = new Set<string>();
  for (const whole of [true, false]) {
    const values = names.map((_, i) => series(i + 1, whole));
    const before = await run(values);
    for (const [arg] of names.entries()) {
      for (let row = 100; row < 112; row++) {
        const changed = values.map((plane, i) => (i === arg ? plane.with(row, Number.NaN) : plane));
        const after = await run(changed);
        for (const { operator, name } of uses) {
          const [old, found] = [before[name]!, after[name]!];
          const other = found.findIndex((value, t) => !Number.isNaN(value) && !Object.is(value, old[t]));
          if (other < 0) continue;
          if (operator.forgiving) forgave.add(operator.name);
          else wrong.add(`${operator.name} has ${found[other]} in row ${other}, with NULL in row ${row}`);
        }
      }
    }
  }
  expect([...wrong]).toEqual([]);
  const marked = operators.filter(({ forgiving }) => forgiving).map(({ name }) => name);
  // the first two have the value that they had, not another; the last one looks back 20 days
  const unseen = ['select', ...fittedByMonth, 'carry_sign', 'session_tercile'];
  expect(marked.filter(name => !forgave.has(name))).toEqual(unseen);
});
