import { median } from '../../../host/bench/rounds.ts';
import { type Bars, barColumns } from '../../../host/catalog/bars.ts';
import { copyBars } from '../../../host/engine/compute.ts';
import { Arena } from '../../../host/engine/module.ts';
import { type Plan, plan } from '../../../host/engine/plan.ts';
import { Session } from '../../../host/engine/session.ts';
import type { Case } from './cases.ts';
import type { Asked, Ran } from './runners.ts';

/** Windrow itself, in this process, asked as the other libraries are. Every result is written, as they write theirs. */
export class Own {
  readonly #arena: Arena;
  readonly #rows: number;
  readonly #columns: ReturnType<typeof copyBars>;
  readonly #mark: number;
  readonly #plans: ReadonlyMap<string, Plan>;

  private constructor(arena: Arena, bars: Bars, cases: readonly Case[]) {
    this.#arena = arena;
    this.#rows = bars.time.length;
    this.#columns = copyBars(arena, bars, ['time', ...barColumns]);
    this.#mark = arena.top;
    this.#plans = new Map(
      cases.map(({ name, exprs }) => [name, plan(exprs.map((expr, i) => ({ name: `f${i}`, expr })))]),
    );
  }

  static async over(bars: Bars, cases: readonly Case[]): Promise<Own> {
    return new Own(await Arena.create(), bars, cases);
  }

  #once(planned: Plan): { readonly ns: number; readonly planes: readonly Float64Array[] } {
    const arena = this.#arena;
    const rows = this.#rows;
    arena.release(this.#mark);
    const results = planned.features.map(() => arena.allocate(rows * 8));
    const session = new Session(arena, planned, {});
    session.load(this.#columns);
    session.keep(results);
    const start = process.cpuUsage();
    session.run(0, rows);
    const { user, system } = process.cpuUsage(start);
    const ns = ((user + system) * 1e3) / rows;
    return { ns, planes: results.map(address => arena.f64(address, rows)) };
  }

  run({ cases, repetitions, budgetMs, keep }: Asked): Ran {
    const one = (name: string) => {
      const planned = this.#plans.get(name)!;
      const first = this.#once(planned);
      const planes = keep ? first.planes.map(plane => plane.slice()) : [];
      const times: number[] = [];
      const start = performance.now();
      do times.push(this.#once(planned).ns);
      while (times.length < repetitions && performance.now() - start < budgetMs);
      return { ns: median(times), planes };
    };
    return { version: '', cases: new Map(cases.map(name => [name, one(name)])) };
  }
}
