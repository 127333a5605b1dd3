/** All bits of a lane where a is a number; an infinity is one. */
// @ts-ignore: decorator
@inline
export function isNumber(a: v128): v128 {
  return f64x2.eq(a, a);
}
