import { barParts } from '../catalog/expr.ts';
import type { Ref } from '../catalog/lowering.ts';
import type { Arena } from './module.ts';
import type { BarProgram, Op } from './plan.ts';

// What an op over bars keeps in memory, mirrored by assembly/resample.ts. Words of 32 bits.
const words = 16;
const seriesWords = 6;
const heldWords = 6;
const spanWords = 4;
/** Offset of the value held, in bytes. */
const heldValue = 16;
const field = {
  session: 0,
  time: 1,
  series: 2,
  seriesCount: 3,
  held: 4,
  heldCount: 5,
  spans: 6,
  times: 7,
  width: 8, // two words, and so has
  end: 10,
  rows: 12,
  most: 13,
  calm: 14,
} as const;

const minuteMicros = 60_000_000;
/** As if no bar had ever had too many rows. */
const alwaysCalm = 2 ** 31 - 2;

/** What is asked of the session of a program over bars. */
type BarSession = {
  readonly address: number;
  load(series: Readonly<Record<string, number>>): void;
  keep(addresses: readonly number[]): void;
  rewind(): void;
  forget(): void;
};

/** An op over bars, laid out in an arena between the session of its rows and that of its bars. */
export class Resampling {
  readonly address: number;
  readonly #arena: Arena;
  readonly #session: BarSession;
  readonly #held: number;
  readonly #heldCount: number;

  /** `rows` says how many rows the session of the rows computes at once, `word` where it has a plane. */
  constructor(
    arena: Arena,
    session: BarSession,
    { inputs, outs }: Op,
    { minutes, mostRows, plan, series, within }: BarProgram,
    { rows, word }: { readonly rows: number; readonly word: (ref: Ref) => number },
  ) {
    const perBar = (): number => arena.allocate(rows * 8);
    this.#arena = arena;
    this.#session = session;
    const values = series.map(perBar);
    const results = outs.map(perBar);
    const times = plan.columns.length > 0 ? perBar() : 0;
    session.load({
      ...(times > 0 ? { time: times } : {}),
      ...Object.fromEntries(series.map(({ name }, i) => [name, values[i]!])),
    });
    session.keep(results);
    const spans = arena.allocate((rows + 1) * spanWords * 4);
    const seriesAt = arena.allocate(series.length * seriesWords * 4);
    series.forEach(({ part, of }, i) => {
      const entry = [word(of), barParts.indexOf(part), values[i]!];
      arena.i32(seriesAt + i * seriesWords * 4, entry.length).set(entry);
    });
    this.#held = arena.allocate(outs.length * heldWords * 4);
    this.#heldCount = outs.length;
    outs.forEach((node, i) => {
      const entry = [word({ node, lag: 0 }), results[i]!, within[i]!];
      arena.i32(this.#held + i * heldWords * 4, entry.length).set(entry);
    });
    this.address = arena.allocate(words * 4);
    const header = arena.i32(this.address, words);
    header[field.session] = session.address;
    header[field.time] = word(inputs[0]!);
    header[field.series] = seriesAt;
    header[field.seriesCount] = series.length;
    header[field.held] = this.#held;
    header[field.heldCount] = outs.length;
    header[field.spans] = spans;
    header[field.times] = times;
    header[field.most] = mostRows;
    arena.f64(this.address + field.width * 4, 1)[0] = minutes * minuteMicros;
  }

  /** Begins anew, and leaves the bars that there are in the planes of their session. */
  rewind(): void {
    this.#session.rewind();
    const arena = this.#arena;
    arena.f64(this.address + field.end * 4, 1)[0] = Number.NaN;
    const header = arena.i32(this.address, words);
    header[field.rows] = 0;
    header[field.calm] = alwaysCalm;
    for (let i = 0; i < this.#heldCount; i++)
      arena.f64(this.#held + i * heldWords * 4 + heldValue, 1)[0] = Number.NaN;
  }

  /** Makes the bars NULL that there have been. */
  forget(): void {
    this.#session.forget();
  }
}
