/**
 * Counts and hashes rows that lie in planes, the same way before they are encoded and after they are decoded.
 *
 * A cell that is not finite is NULL. Row hash: the sum over the columns of y * key mod 2^64, where y is the cell's
 * bits (for float4 the f32 bits; for NULL a quiet NaN), folded so that flipping the signs of two columns does not cancel:
 * an odd key alone leaves the top bit where it is. The time joins with a key of its own, and the sum goes through
 * the finaliser of splitmix64 (Steele, Lea and Flood 2014, variant 13 of Stafford), a bijection. The table's checksum is
 * the sum of its rows' hashes: independent of order and cutting, additive over row ranges. It finds accidents; it is not
 * a defence against forgers. Cost: about 0.7 ns per cell.
 */
import { ADDRESSES, CHECKSUM, COLUMNS, INFINITIES, KEYS, NULLS, ROWS, TILE, TIME, WIDTH } from './layout';

/** Rows of a tile: one cache line of a plane. */
export const TILE_ROWS: i32 = 8;

const GOLDEN: u64 = 0x9e3779b97f4a7c15;
const TIME_KEY: u64 = 0xd1342543de82ef95;

function mix(hash: u64): u64 {
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

/** Writes the odd factors of the columns: splitmix64 from seed 0. */
export function fillKeys(keys: usize, columns: i32): void {
  let state: u64 = 0;
  for (const end = keys + (<usize>columns << 3); keys < end; keys += 8) {
    state += GOLDEN;
    store<u64>(keys, mix(state) | 1);
  }
}

/** Two cells as they are stored, as f64. */
// @ts-ignore: decorator
@inline function stored<T>(cells: v128): v128 {
  if (sizeof<T>() == 8) return cells;
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(cells));
}

/** Two cells as the words to be hashed. */
// @ts-ignore: decorator
@inline function words<T>(cells: v128): v128 {
  if (sizeof<T>() == 8) return v128.xor(cells, i64x2.shr_u(cells, 32));
  return i64x2.extend_low_i32x4_u(f32x4.demote_f64x2_zero(cells));
}

/** Zero exactly where a stored cell is finite. */
// @ts-ignore: decorator
@inline function defect<T>(cells: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.sub(cells, cells);
  const narrow = f32x4.demote_f64x2_zero(cells);
  return f32x4.sub(narrow, narrow);
}

/** All ones where the cell is NULL. */
// @ts-ignore: decorator
@inline function nullMask<T>(cells: v128): v128 {
  const wide = stored<T>(cells);
  return f64x2.ne(f64x2.sub(wide, wide), f64x2.splat(0));
}

// @ts-ignore: decorator
@inline function nullWords<T>(): v128 {
  if (sizeof<T>() == 8) return i64x2.splat(0x7ff800007ff80000); // 0x7ff8 << 48, folded
  return i64x2.splat(0x7fc00000);
}

// @ts-ignore: decorator
@inline function hashed<T>(cells: v128, mask: v128, key: v128): v128 {
  return i64x2.mul(v128.bitselect(nullWords<T>(), words<T>(cells), mask), key);
}

// @ts-ignore: decorator
@inline function lanes(pair: v128): u32 {
  return <u32>(i64x2.extract_lane(pair, 0) + i64x2.extract_lane(pair, 1));
}

// @ts-ignore: decorator
@inline function count(counters: usize, more: u32): void {
  store<u32>(counters, load<u32>(counters) + more);
}

// @ts-ignore: decorator
@inline function rowHash(layout: usize, offset: usize, sum: u64): u64 {
  return mix(sum + <u64>(<i64>load<f64>(<usize>load<u32>(layout, TIME) + offset)) * TIME_KEY);
}

/** Sums the hashes of a tile that may hold NULLs, and counts these. */
function sumWithNulls<T>(layout: usize, offset: usize): void {
  let address: usize = load<u32>(layout, ADDRESSES);
  let keys: usize = load<u32>(layout, KEYS);
  let nulls: usize = load<u32>(layout, NULLS);
  let infinities: usize = load<u32>(layout, INFINITIES);
  const zero = i64x2.splat(0);
  let sum0 = zero;
  let sum1 = zero;
  let sum2 = zero;
  let sum3 = zero;
  for (const end = address + (<usize>load<u32>(layout, COLUMNS) << 2); address < end; address += 4) {
    const plane = <usize>load<u32>(address) + offset;
    const key = v128.load_splat<u64>(keys);
    const cells0 = v128.load(plane, 0);
    const cells1 = v128.load(plane, 16);
    const cells2 = v128.load(plane, 32);
    const cells3 = v128.load(plane, 48);
    const mask0 = nullMask<T>(cells0);
    const mask1 = nullMask<T>(cells1);
    const mask2 = nullMask<T>(cells2);
    const mask3 = nullMask<T>(cells3);
    sum0 = i64x2.add(sum0, hashed<T>(cells0, mask0, key));
    sum1 = i64x2.add(sum1, hashed<T>(cells1, mask1, key));
    sum2 = i64x2.add(sum2, hashed<T>(cells2, mask2, key));
    sum3 = i64x2.add(sum3, hashed<T>(cells3, mask3, key));
    const missing = lanes(i64x2.neg(i64x2.add(i64x2.add(mask0, mask1), i64x2.add(mask2, mask3))));
    if (missing) {
      const nan01 = i64x2.add(f64x2.ne(cells0, cells0), f64x2.ne(cells1, cells1));
      const nan23 = i64x2.add(f64x2.ne(cells2, cells2), f64x2.ne(cells3, cells3));
      count(nulls, missing);
      count(infinities, missing - lanes(i64x2.neg(i64x2.add(nan01, nan23))));
    }
    keys += 8;
    nulls += 4;
    infinities += 4;
  }
  v128.store(layout, sum0, TILE);
  v128.store(layout, sum1, TILE + 16);
  v128.store(layout, sum2, TILE + 32);
  v128.store(layout, sum3, TILE + 48);
}

/** Takes the tile of rows at byte `offset` of the planes into the layout's totals. Returns whether all is finite. */
export function scanTile<T>(layout: usize, offset: usize): bool {
  let address: usize = load<u32>(layout, ADDRESSES);
  let keys: usize = load<u32>(layout, KEYS);
  const zero = i64x2.splat(0);
  let sum0 = zero;
  let sum1 = zero;
  let sum2 = zero;
  let sum3 = zero;
  let defects = zero;
  for (const end = address + (<usize>load<u32>(layout, COLUMNS) << 2); address < end; address += 4) {
    const plane = <usize>load<u32>(address) + offset;
    const key = v128.load_splat<u64>(keys);
    const cells0 = v128.load(plane, 0);
    const cells1 = v128.load(plane, 16);
    const cells2 = v128.load(plane, 32);
    const cells3 = v128.load(plane, 48);
    defects = v128.or(defects, v128.or(defect<T>(cells0), defect<T>(cells1)));
    defects = v128.or(defects, v128.or(defect<T>(cells2), defect<T>(cells3)));
    sum0 = i64x2.add(sum0, i64x2.mul(words<T>(cells0), key));
    sum1 = i64x2.add(sum1, i64x2.mul(words<T>(cells1), key));
    sum2 = i64x2.add(sum2, i64x2.mul(words<T>(cells2), key));
    sum3 = i64x2.add(sum3, i64x2.mul(words<T>(cells3), key));
    keys += 8;
  }
  const finite = !v128.any_true(defects);
  if (finite) {
    v128.store(layout, sum0, TILE);
    v128.store(layout, sum1, TILE + 16);
    v128.store(layout, sum2, TILE + 32);
    v128.store(layout, sum3, TILE + 48);
  } else {
    sumWithNulls<T>(layout, offset);
  }
  let checksum = load<u64>(layout, CHECKSUM);
  for (let row: usize = 0; row < 64; row += 8) {
    checksum += rowHash(layout, offset + row, load<u64>(layout + row, TILE));
  }
  store<u64>(layout, checksum, CHECKSUM);
  store<u64>(layout, load<u64>(layout, ROWS) + 8, ROWS);
  return finite;
}

/** Takes the single row at byte `offset` of the planes into the layout's totals. */
export function scanRow<T>(layout: usize, offset: usize): void {
  let address: usize = load<u32>(layout, ADDRESSES);
  let keys: usize = load<u32>(layout, KEYS);
  let nulls: usize = load<u32>(layout, NULLS);
  let infinities: usize = load<u32>(layout, INFINITIES);
  let sum = i64x2.splat(0);
  for (const end = address + (<usize>load<u32>(layout, COLUMNS) << 2); address < end; address += 4) {
    const cell = v128.load_zero<u64>(<usize>load<u32>(address) + offset);
    const mask = nullMask<T>(cell);
    sum = i64x2.add(sum, hashed<T>(cell, mask, v128.load_splat<u64>(keys)));
    if (i64x2.extract_lane(mask, 0)) {
      count(nulls, 1);
      count(infinities, 1 + <u32>i64x2.extract_lane(f64x2.ne(cell, cell), 0));
    }
    keys += 8;
    nulls += 4;
    infinities += 4;
  }
  const hash = rowHash(layout, offset, i64x2.extract_lane(sum, 0));
  store<u64>(layout, load<u64>(layout, CHECKSUM) + hash, CHECKSUM);
  store<u64>(layout, load<u64>(layout, ROWS) + 1, ROWS);
}

/** Takes rows [row, row + rows) of the planes into the layout's totals. */
export function scanRows(layout: usize, row: i32, rows: i32): void {
  let offset = <usize>row << 3;
  const end = offset + (<usize>rows << 3);
  if (load<i32>(layout, WIDTH) == 8) {
    for (; offset + 64 <= end; offset += 64) scanTile<f64>(layout, offset);
    for (; offset < end; offset += 8) scanRow<f64>(layout, offset);
  } else {
    for (; offset + 64 <= end; offset += 64) scanTile<f32>(layout, offset);
    for (; offset < end; offset += 8) scanRow<f32>(layout, offset);
  }
}
