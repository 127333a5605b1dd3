/**
 * Copies rows, 8 bytes each, to another place or to one below their own. `memory.copy` leaves the module for it, which takes as
 * long as some hundred rows.
 */
export function copyRows(to: usize, from: usize, bytes: usize): void {
  for (const end = from + (bytes & ~63); from < end; to += 64, from += 64) {
    const first = v128.load(from);
    const second = v128.load(from, 16);
    const third = v128.load(from, 32);
    const fourth = v128.load(from, 48);
    v128.store(to, first);
    v128.store(to, second, 16);
    v128.store(to, third, 32);
    v128.store(to, fourth, 48);
  }
  for (const end = from + (bytes & 63); from < end; to += 8, from += 8) store<f64>(to, load<f64>(from));
}
