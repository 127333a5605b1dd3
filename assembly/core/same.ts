/** Whether `rows` values have the same bits. */
export function same(a: usize, b: usize, rows: usize): bool {
  const end = a + (rows << 3);
  let differ = i64x2.splat(0);
  for (; a + 64 <= end; a += 64, b += 64) {
    const first = v128.or(v128.xor(v128.load(a), v128.load(b)), v128.xor(v128.load(a, 16), v128.load(b, 16)));
    const second = v128.or(v128.xor(v128.load(a, 32), v128.load(b, 32)), v128.xor(v128.load(a, 48), v128.load(b, 48)));
    differ = v128.or(differ, v128.or(first, second));
  }
  let rest: u64 = 0;
  for (; a < end; a += 8, b += 8) rest |= load<u64>(a) ^ load<u64>(b);
  return rest == 0 && !v128.any_true(differ);
}
