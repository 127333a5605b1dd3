import type { Arena } from '../../host/engine/module.ts';

/** Fills the memory that an arena hands out next with numbers that would show. */
export function soil(arena: Arena, bytes: number): void {
  const mark = arena.top;
  const address = arena.allocate(bytes);
  arena.f64(address, bytes / 8).fill(1.5e300);
  arena.release(mark);
}
