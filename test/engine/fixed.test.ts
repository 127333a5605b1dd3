import { expect, test } from 'vitest';
import { call, column, type Expr, parameter } from '../../host/catalog/expr.ts';
import { div, lag, mean, sub } from '../../host/catalog/vocabulary.ts';
import { compute } from '../../host/engine/compute.ts';
import { plan } from '../../host/engine/plan.ts';

const close = column('close');
const tenth = div(parameter('p'), 10);
const median = (a: Expr): Expr => call('median', [a], [3]);

const cases: readonly { name: string; expr: Expr; lookback: number; value: number }[] = [
  { name: 'shifted beside a column', expr: sub(close, lag(tenth, 2)), lookback: 1, value: 4 },
  { name: 'averaged beside a column', expr: sub(close, mean(tenth, 4)), lookback: 1, value: 4 },
  { name: 'shifted by itself', expr: lag(tenth, 3), lookback: 0, value: 1 },
  { name: 'shifted under a shift', expr: lag(sub(close, lag(tenth, 2)), 1), lookback: 2, value: 4 },
  { name: 'in a window', expr: sub(close, median(tenth)), lookback: 3, value: 4 },
];

for (const { name, expr, lookback, value } of cases) {
  test(`a number of the symbol has no past: ${name}`, async () => {
    const planned = plan([{ name, expr }]);
    expect(planned.features[0]).toMatchObject({ lookback, needs: lookback });
    const rows = 600;
    const bars = {
      time: Float64Array.from({ length: rows }, (_, i) => i * 60_000_000),
      columns: { close: new Float64Array(rows).fill(5) },
    };
    const found = (await compute(planned, bars, { p: 10 })).columns[name]!;
    const first = Math.max(lookback - 1, 0);
    expect(found).toEqual(Float64Array.from(found, (_, row) => (row < first ? Number.NaN : value)));
  });
}
