import { singles } from './cases.ts';
import { conventions } from './conventions.ts';
import { exactValues } from './exact.ts';
import { digitSeries, settledRow, writeBars } from './inputs.ts';
import { Own } from './own.ts';
import { type Asked, type Library, runLibrary } from './runners.ts';

// Correct digits against exact arithmetic, because speed that is bought with digits is none.

export const digitKinds = ['mean', 'sd', 'skew', 'kurt', 'slope', 'corr', 'ema'] as const;
const window = 30;
const samples = 60;

/** Digits of the worst of the sampled rows: by series, kind and library. */
export type Digits = ReadonlyMap<string, ReadonlyMap<string, Readonly<Record<string, number>>>>;

const most = 16;

/** Digits that every value has, of the size that the exact values have. NaN or infinity has none. */
function fewest(found: readonly number[], exact: readonly number[]): number {
  const size = Math.sqrt(exact.reduce((sum, x) => sum + x * x, 0) / exact.length);
  const worst = found.reduce((error, x, i) => {
    const own = Math.abs(x - exact[i]!) / size;
    return own <= error ? error : own; // NaN stays
  }, 0);
  return Number.isFinite(worst) ? Math.min(most, Math.max(0, -Math.log10(worst))) : 0;
}

export async function measureDigits(libraries: readonly Library[]): Promise<Digits> {
  const cases = singles.filter(({ name }) => digitKinds.some(kind => name === `${kind} ${window}`));
  const result = new Map<string, Map<string, Record<string, number>>>();
  for (const { name: series, bars } of digitSeries()) {
    const rows = bars.time.length;
    const step = Math.floor((rows - settledRow) / samples);
    const sampled = Array.from({ length: samples }, (_, i) => settledRow + i * step);
    const path = writeBars(series, bars);
    const asked: Asked = {
      ...{ rows, cases: cases.map(({ name }) => name) },
      ...{ repetitions: 1, budgetMs: 0, keep: true },
    };
    const byKind = new Map<string, Record<string, number>>();
    const runs = [{ name: 'Windrow', of: 'Windrow', ran: (await Own.over(bars, cases)).run(asked) }];
    for (const library of libraries)
      runs.push({ name: library.name, of: library.of, ran: await runLibrary(library, path, asked) });
    for (const kind of digitKinds) {
      const exact = exactValues(kind, window, bars, sampled);
      const own: Record<string, number> = {};
      for (const { name, of, ran } of runs) {
        const plane = ran.cases.get(`${kind} ${window}`)?.planes[0];
        if (!plane) continue;
        const { value } = conventions[of]?.[kind] ?? {};
        const expected = value ? exact.map(x => value(x, window)) : exact;
        own[name] = fewest(
          sampled.map(row => plane[row]!),
          expected,
        );
      }
      byKind.set(kind, own);
    }
    result.set(series, byKind);
  }
  return result;
}
