import { interleave } from '../../../host/bench/rounds.ts';
import type { Bars } from '../../../host/catalog/bars.ts';
import { agreement } from './agreement.ts';
import type { Case } from './cases.ts';
import { writeBars } from './inputs.ts';
import { Own } from './own.ts';
import { type Asked, type Library, type Ran, runLibrary } from './runners.ts';

export const ours = 'Windrow';
const rounds = 5;
/** Of a case within one process; the median is one measurement. */
const limits = { repetitions: 15, budgetMs: 30 };

/** Times of libraries, round by round. */
export class Times {
  readonly #runs: Readonly<Record<string, readonly Ran[]>>;
  readonly rounds = rounds;

  constructor(runs: Readonly<Record<string, readonly Ran[]>>) {
    this.#runs = runs;
  }

  version(library: string): string {
    return this.#runs[library]?.[0]?.version ?? '';
  }

  /** Nanoseconds a row; empty where the library has no such case, or has another result. */
  ns(library: string, name: string): number[] {
    return (this.#runs[library] ?? []).flatMap(({ cases }) => cases.get(name)?.ns ?? []);
  }

  /** The time of a library over ours. */
  over(library: string, name: string): number[] {
    return this.ns(library, name).map((ns, round) => ns / this.ns(ours, name)[round]!);
  }

  /** The least of several libraries, and which it is in the first round. */
  leastOver(libraries: readonly string[], name: string): number[] {
    const each = libraries.map(library => this.over(library, name)).filter(({ length }) => length > 0);
    return (each[0] ?? []).map((_, round) => Math.min(...each.map(values => values[round]!)));
  }
}

/** Compares results, then times what agrees: every library in turn, in a process of its own. */
export async function compare(
  bars: Bars,
  cases: readonly Case[],
  libraries: readonly Library[],
): Promise<{
  readonly times: Times;
  readonly differs: readonly string[];
  readonly failed: readonly string[];
}> {
  const rows = bars.time.length;
  const path = writeBars('times', bars);
  const all = cases.map(({ name }) => name);
  const own = await Own.over(bars, cases);
  const once: Asked = { rows, cases: all, repetitions: 1, budgetMs: 0, keep: true };
  const mine = own.run(once);
  const differs: string[] = [];
  const failed: string[] = [];
  const timed: Record<string, () => Ran | Promise<Ran>> = {
    [ours]: () => own.run({ rows, cases: all, ...limits, keep: false }),
  };
  for (const library of libraries) {
    try {
      const theirs = await runLibrary(library, path, once);
      const found = agreement(library, cases, { ours: mine, theirs, bars });
      differs.push(...found.differs);
      const asked: Asked = { rows, cases: found.agreed, ...limits, keep: false };
      timed[library.name] = () => runLibrary(library, path, asked);
    } catch (cause) {
      const lines = String((cause as { stderr?: string }).stderr || cause).trim();
      failed.push(`${library.name}: ${lines.split('\n').at(-1)}`);
    }
  }
  return { times: new Times(await interleave<Ran>(timed, rounds)), differs, failed };
}
