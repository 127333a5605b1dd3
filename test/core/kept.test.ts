import { beforeAll, describe, expect, it } from 'vitest';
import { Kernels } from '../support/kernel.ts';

type Call = (...args: number[]) => number;

let kernels: Kernels;
let call: Record<string, Call>;
beforeAll(async () => {
  kernels = await Kernels.open('core/kept');
  call = kernels.arena.exports as unknown as Record<string, Call>;
});

const size = 61;

/** A plane, and room to keep all of it. */
function place(): { values: Float64Array; plane: number; kept: number } {
  const plane = kernels.arena.allocate(8 * size);
  const kept = kernels.arena.allocate(8 + 8 * size);
  kernels.arena.bytes(kept, 8).fill(0);
  const values = kernels.arena.f64(plane, size);
  values.set(values.map((_, t) => (t % 7 === 3 ? NaN : t % 5 === 0 ? 0 : t * 0.5)));
  return { values, plane, kept };
}

describe('rows kept', () => {
  it('are none at first', () => {
    const { plane, kept } = place();
    expect(call.keptRows!(kept)).toBe(0);
    expect(call.areKept!(kept, 0, plane, 0)).toBe(1);
    expect(call.areKept!(kept, 0, plane, 1)).toBe(0);
  });

  it('are found again, in whatever pieces they came', () => {
    const { plane, kept } = place();
    let count = 0;
    for (const rows of [1, 2, 0, 17, 1, 40]) {
      call.keepMore!(kept, plane + 8 * count, rows);
      count += rows;
      expect(call.keptRows!(kept)).toBe(count);
      for (let first = 0; first <= count; first++)
        expect(call.areKept!(kept, first, plane + 8 * first, count - first)).toBe(1);
      expect(call.areKept!(kept, 0, plane, count + 1)).toBe(0);
    }
    call.keepOnly!(kept, 5);
    expect(call.areKept!(kept, 0, plane, 5)).toBe(1);
    expect(call.areKept!(kept, 1, plane + 8, 5)).toBe(0);
    call.keepMore!(kept, plane + 8 * 5, 3);
    expect(call.areKept!(kept, 2, plane + 16, 6)).toBe(1);
  });

  it('are others where one bit differs', () => {
    const { values, plane, kept } = place();
    call.keepMore!(kept, plane, size);
    for (let row = 0; row < size; row++) {
      const before = values[row]!;
      values[row] = Object.is(before, 0) ? -0 : Number.isNaN(before) ? 1 : before * (1 + 2 ** -52);
      expect(call.areKept!(kept, 0, plane, size)).toBe(0);
      expect(call.areKept!(kept, 0, plane, row)).toBe(1);
      expect(call.areKept!(kept, row + 1, plane + 8 * (row + 1), size - row - 1)).toBe(1);
      values[row] = before;
    }
    expect(call.areKept!(kept, 0, plane, size)).toBe(1);
  });
});
