import type { Bars } from '../../host/catalog/bars.ts';
import { copyBars } from '../../host/engine/compute.ts';
import { CopyEncoder } from '../../host/engine/copy.ts';
import type { Arena } from '../../host/engine/module.ts';
import type { Plan } from '../../host/engine/plan.ts';
import { type ColumnAddresses, type Parameters, Session } from '../../host/engine/session.ts';
import { threadMs } from './cpu.ts';

/** Bars in an arena. */
export type Laid = { readonly columns: ColumnAddresses; readonly rows: number };

export function layOut(arena: Arena, bars: Bars, plan: Plan): Laid {
  return { columns: copyBars(arena, bars, ['time', ...plan.columns]), rows: bars.time.length };
}

function prepare(arena: Arena, plan: Plan, { columns }: Laid, parameters: Parameters) {
  const session = new Session(arena, plan, parameters);
  session.load(columns);
  const time = columns.time!;
  return { session, time, encoder: new CopyEncoder(arena, { time, columns: session.outputAddresses() }) };
}

function compute(session: Session, rows: number, encode: (row: number, count: number) => void): void {
  for (let row = 0; row < rows; ) {
    const count = Math.min(session.room, rows - row);
    session.run(row, count);
    encode(row, count);
    row += count;
  }
}

/** Computes and, where that is asked for, encodes a plan over bars, one after the other, block by block; CPU time a cell in nanoseconds. */
export function nsPerCell(
  arena: Arena,
  plan: Plan,
  all: readonly Laid[],
  parameters: Parameters,
  { encoded = true } = {},
): number {
  const mark = arena.top;
  const start = threadMs();
  let cells = 0;
  for (const laid of all) {
    arena.release(mark);
    const { session, encoder, time } = prepare(arena, plan, laid, parameters);
    compute(session, laid.rows, (row, count) => {
      if (!encoded) return;
      encoder.point(time + row * 8, session.outputAddresses());
      encoder.encode(0, count);
    });
    cells += laid.rows * plan.features.length;
  }
  const took = threadMs() - start;
  arena.release(mark);
  return (took * 1e6) / cells;
}

/** CPU time in microseconds that a run takes before its first row: a session that is laid out, with its encoder. */
export function usBefore(arena: Arena, plan: Plan, laid: Laid, parameters: Parameters): number {
  const mark = arena.top;
  const runs = 50;
  let start = 0;
  for (let run = -runs; run < runs; run++) {
    if (run === 0) start = threadMs();
    arena.release(mark);
    prepare(arena, plan, laid, parameters);
  }
  const took = threadMs() - start;
  arena.release(mark);
  return (took * 1000) / runs;
}
