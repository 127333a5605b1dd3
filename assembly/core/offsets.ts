// The mean of a block is kept as its offset from the block's newest value x (see kernels/moments.ts). The step between two
// neighbouring blocks and the offset of both together, of which all kernels that merge blocks must have the same bits.

/** d: the mean of the older block b less that of the newer block a. */
// @ts-ignore: decorator
@inline
export function stepOf(xA: v128, xB: v128, offsetA: v128, offsetB: v128): v128 {
  return f64x2.add(f64x2.sub(offsetB, offsetA), f64x2.sub(xB, xA));
}

/** Offset of both, given the share of the older block's rows. */
// @ts-ignore: decorator
@inline
export function offsetOf(offsetA: v128, d: v128, share: v128): v128 {
  return f64x2.add(offsetA, f64x2.mul(d, share));
}
