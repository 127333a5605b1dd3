import type { Model } from '../catalog/family.ts';
import type { Arena } from './module.ts';
import { blockRows } from './plan.ts';
import type { Session } from './session.ts';

/** What a model's outputs are in the first row behind an anchor. */
export type Fit = {
  readonly model: string;
  /** First instant of the month or hour, in microseconds since the Unix epoch, UTC. */
  readonly anchor: number;
  /** By the names of the outputs; NaN for NULL. */
  readonly values: Readonly<Record<string, number>>;
};

// Units of the clock, mirrored by assembly/anchorRows.ts.
const units = { month: 0, hour: 1 } as const;

/** A model's outputs as a plan names them. */
export const fitSeries = (models: readonly Model[]) =>
  models.flatMap(({ name, outputs }) =>
    outputs.map(output => ({ name: `${name}.${output.name}`, expr: output.expr })),
  );

/** Gathers the outputs of models at their anchors while a session goes block by block through rows. */
export class FitReader {
  readonly found: Fit[] = [];
  readonly #arena: Arena;
  readonly #session: Session;
  readonly #models: readonly Model[];
  readonly #rows: number;
  #before = Number.NaN;

  /** The session's plan has been made with `fitSeries(models)`. */
  constructor(arena: Arena, session: Session, models: readonly Model[]) {
    this.#arena = arena;
    this.#session = session;
    this.#models = models;
    this.#rows = models.length > 0 ? arena.allocate(blockRows * 16) : 0;
  }

  /** Looks at the block that the session has computed last, whose times lie at `time`. */
  read(time: number, rows: number): void {
    if (this.#models.length === 0) return;
    const arena = this.#arena;
    const addresses = this.#session.fitAddresses();
    let first = 0;
    for (const { name, anchor, outputs } of this.#models) {
      const count = arena.exports.anchorRows(time, rows, units[anchor], this.#before, this.#rows);
      const places = arena.f64(this.#rows, 2 * count).slice();
      const planes = addresses.slice(first, first + outputs.length);
      for (let i = 0; i < count; i++) {
        const row = places[2 * i]!;
        const values = outputs.map((output, plane) => [output.name, arena.f64(planes[plane]!, rows)[row]!]);
        this.found.push({ model: name, anchor: places[2 * i + 1]!, values: Object.fromEntries(values) });
      }
      first += outputs.length;
    }
    this.#before = arena.f64(time, rows)[rows - 1]!;
  }
}
