import type { Bars } from '../../../host/catalog/bars.ts';
import { mixed } from './cases.ts';
import { exactValues } from './exact.ts';
import { Own } from './own.ts';

/** Allowed difference over the size of the exact values. */
const tolerance = 1e-9;
const samples = 20;

/** Compares sampled rows of every plane of the mixed sets with exact arithmetic. */
export async function checkMixed(bars: Bars): Promise<void> {
  const rows = bars.time.length;
  const own = await Own.over(bars, mixed);
  const asked = { rows, cases: mixed.map(({ name }) => name), repetitions: 1, budgetMs: 0, keep: true };
  const { cases } = own.run(asked);
  const sampled = Array.from({ length: samples }, (_, i) => 200 + i * Math.floor((rows - 200) / samples));
  for (const { name, of } of mixed)
    for (const [i, { kind, n }] of of.entries()) {
      const plane = cases.get(name)!.planes[i]!;
      const exact = exactValues(kind, n, bars, sampled);
      const size = Math.max(...exact.map(Math.abs));
      sampled.forEach((row, k) => {
        if (!(Math.abs(plane[row]! - exact[k]!) <= tolerance * size))
          throw new Error(`${name}, ${kind} ${n}, row ${row}: found ${plane[row]}, exact is ${exact[k]}`);
      });
    }
}
