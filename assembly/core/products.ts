// Sums of the products of columns with each other, the columns in threes: nine sums of two lanes stay in registers while six
// columns are read. A sum's even rows are in its first lane and its odd rows in the second, so its order is that of the rows.

/**
 * Adds the products of the given rows, an even number of them, to the lower triangle of `sums`: vectors of 16 bytes, row by row,
 * `count` of them in each. The columns, a multiple of three, lie `stride` bytes apart.
 */
export function addProducts(sums: usize, columns: usize, stride: usize, count: i32, rows: i32): void {
  const rowBytes = (<usize>count) << 4;
  const bytes = (<usize>rows) << 3;
  for (let i = 0; i < count; i += 3) {
    const left = columns + <usize>i * stride;
    for (let j = 0; j <= i; j += 3) {
      tile(sums + <usize>i * rowBytes + ((<usize>j) << 4), rowBytes, left, columns + <usize>j * stride, stride, bytes);
    }
  }
}

function tile(place: usize, rowBytes: usize, left: usize, right: usize, stride: usize, bytes: usize): void {
  const place1 = place + rowBytes;
  const place2 = place1 + rowBytes;
  let s00 = v128.load(place);
  let s01 = v128.load(place, 16);
  let s02 = v128.load(place, 32);
  let s10 = v128.load(place1);
  let s11 = v128.load(place1, 16);
  let s12 = v128.load(place1, 32);
  let s20 = v128.load(place2);
  let s21 = v128.load(place2, 16);
  let s22 = v128.load(place2, 32);
  const twice = stride << 1;
  for (const end = left + bytes; left < end; left += 16, right += 16) {
    const b0 = v128.load(right);
    const b1 = v128.load(right + stride);
    const b2 = v128.load(right + twice);
    const a0 = v128.load(left);
    s00 = f64x2.add(s00, f64x2.mul(a0, b0));
    s01 = f64x2.add(s01, f64x2.mul(a0, b1));
    s02 = f64x2.add(s02, f64x2.mul(a0, b2));
    const a1 = v128.load(left + stride);
    s10 = f64x2.add(s10, f64x2.mul(a1, b0));
    s11 = f64x2.add(s11, f64x2.mul(a1, b1));
    s12 = f64x2.add(s12, f64x2.mul(a1, b2));
    const a2 = v128.load(left + twice);
    s20 = f64x2.add(s20, f64x2.mul(a2, b0));
    s21 = f64x2.add(s21, f64x2.mul(a2, b1));
    s22 = f64x2.add(s22, f64x2.mul(a2, b2));
  }
  v128.store(place, s00);
  v128.store(place, s01, 16);
  v128.store(place, s02, 32);
  v128.store(place1, s10);
  v128.store(place1, s11, 16);
  v128.store(place1, s12, 32);
  v128.store(place2, s20);
  v128.store(place2, s21, 16);
  v128.store(place2, s22, 32);
}
