// Kernels whose table says which planes are wanted: one for each of its entries. They are given the address of a list of the
// planes' addresses, 32 bits each, in the order of the entries.

/** Address of plane `i`. */
// @ts-ignore: decorator
@inline
export function resultAt(outs: usize, i: i32): usize {
  return <usize>load<u32>(outs + ((<usize>i) << 2));
}

/** Two rows of plane `i`, NaN where they are not valid. */
// @ts-ignore: decorator
@inline
export function storeResult(outs: usize, i: i32, row: usize, value: v128, valid: v128): void {
  v128.store(resultAt(outs, i) + row, v128.bitselect(value, f64x2.splat(NaN), valid));
}
