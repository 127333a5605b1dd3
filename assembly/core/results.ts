// Kernels whose table says which planes are wanted: one for each of its entries, written to the addresses in their order.

/** Bytes that the addresses take. */
export const OUTS_BYTES: usize = 48;

/** Puts the addresses of planes one behind the other. */
// @ts-ignore: decorator
@inline
export function keepOuts(
  at: usize, out0: usize, out1: usize, out2: usize, out3: usize, out4: usize, out5: usize,
  out6: usize, out7: usize, out8: usize, out9: usize, out10: usize, out11: usize,
): void {
  store<u32>(at, <u32>out0);
  store<u32>(at, <u32>out1, 4);
  store<u32>(at, <u32>out2, 8);
  store<u32>(at, <u32>out3, 12);
  store<u32>(at, <u32>out4, 16);
  store<u32>(at, <u32>out5, 20);
  store<u32>(at, <u32>out6, 24);
  store<u32>(at, <u32>out7, 28);
  store<u32>(at, <u32>out8, 32);
  store<u32>(at, <u32>out9, 36);
  store<u32>(at, <u32>out10, 40);
  store<u32>(at, <u32>out11, 44);
}

/** Two rows of plane `i`, NaN where they are not valid. */
// @ts-ignore: decorator
@inline
export function storeResult(at: usize, i: i32, row: usize, value: v128, valid: v128): void {
  const out = <usize>load<u32>(at + ((<usize>i) << 2)) + row;
  v128.store(out, v128.bitselect(value, f64x2.splat(NaN), valid));
}
