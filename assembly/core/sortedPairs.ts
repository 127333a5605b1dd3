// Two lists side by side, one in each lane of a vector, sorted by the bitonic network of Batcher (1968): the comparisons
// do not depend on the values, so that both lists take the same steps.

/** Sorts the lanes of `count` vectors at `values` in place, ascending. `count` is a power of two; NaN has no place. */
export function sortPairs(values: usize, count: i32): void {
  for (let size = 2; size <= count; size <<= 1) {
    for (let block = 0; block < count; block += size) {
      // the second half of a block against the first one mirrored, so that every comparison is ascending
      let low = values + ((<usize>block) << 4);
      let high = low + ((<usize>(size - 1)) << 4);
      for (; low < high; low += 16, high -= 16) order(low, high);
    }
    for (let half = size >> 2; half > 0; half >>= 1) {
      const apart = (<usize>half) << 4;
      for (let block = 0; block < count; block += half << 1) {
        let low = values + ((<usize>block) << 4);
        for (const end = low + apart; low < end; low += 16) order(low, low + apart);
      }
    }
  }
}

/** Mean of the two middle values of each lane of sorted lists of an even count. */
export function middleOfPairs(values: usize, count: i32): v128 {
  const middle = values + ((<usize>(count >> 1)) << 4);
  return f64x2.mul(f64x2.add(v128.load(middle - 16), v128.load(middle)), f64x2.splat(0.5));
}

// @ts-ignore: decorator
@inline
function order(low: usize, high: usize): void {
  const a = v128.load(low);
  const b = v128.load(high);
  v128.store(low, f64x2.pmin(a, b));
  v128.store(high, f64x2.pmax(a, b));
}
