import type { BarColumn, Bars } from '../catalog/bars.ts';
import { CopyEncoder, type CopyField } from '../engine/copy.ts';
import type { Arena } from '../engine/module.ts';
import { blockRows } from '../engine/plan.ts';

/** Writes bars as tuples of a binary COPY: time, columns, tail. Header and trailer are the caller's. */
export async function encodeBars(
  arena: Arena,
  bars: Bars,
  columns: readonly BarColumn[],
  tail: readonly CopyField[],
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const mark = arena.top;
  const place = (plane: Float64Array): number => {
    const address = arena.allocate(plane.byteLength);
    arena.f64(address, plane.length).set(plane);
    return address;
  };
  try {
    const { length } = bars.time;
    const time = place(bars.time);
    const planes = columns.map(name => place(bars.columns[name]!));
    const encoder = new CopyEncoder(arena, { time, columns: planes, tail });
    for (let row = 0; row < length; row += blockRows)
      await write(encoder.encode(row, Math.min(blockRows, length - row)));
  } finally {
    arena.release(mark);
  }
}
