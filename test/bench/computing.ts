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

/** Computes and encodes a plan over bars, one after the other, block by block; CPU time a cell in nanoseconds. */
export function nsPerCell(arena: Arena, plan: Plan, all: readonly Laid[], parameters: Parameters): number {
  const mark = arena.top;
  const start = threadMs();
  let cells = 0;
  for (const { columns, rows } of all) {
    arena.release(mark);
    const session = new Session(arena, plan, parameters);
    session.load(columns);
    const time = columns.time!;
    const encoder = new CopyEncoder(arena, { time, columns: session.outputAddresses() });
    for (let row = 0; row < rows; ) {
      const count = Math.min(session.room, rows - row);
      session.run(row, count);
      encoder.point(time + row * 8, session.outputAddresses());
      encoder.encode(0, count);
      row += count;
    }
    cells += rows * plan.features.length;
  }
  const took = threadMs() - start;
  arena.release(mark);
  return (took * 1e6) / cells;
}
