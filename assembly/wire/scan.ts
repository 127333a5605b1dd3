/**
 * Counts and hashes rows that lie in planes, the same way before they are encoded and after they are decoded.
 *
 * A cell that is not finite is NULL. Row hash: the sum over the columns of y * key mod 2^64, where y is the cell's bits
 * (for float4 the f32 bits), folded so that flipping the signs of two columns does not cancel: an odd key alone leaves the
 * top bit where it is. For NULL y is all ones, which no finite cell folds to. The time joins with a key of its own, and the
 * sum goes through the finaliser of splitmix64 (Steele, Lea and Flood 2014), a bijection. The table's checksum is the sum
 * of its rows' hashes: independent of order and cutting, additive over row ranges. It finds accidents; it is not a defence
 * against forgers. Cost: about 0.7 ns per cell.
 */
import {
  ADDRESSES,
  CHECKSUM,
  COLUMNS,
  INFINITIES,
  KEYS,
  MASKS,
  NULLS,
  ROW_NULLS,
  ROWS,
  TILE,
  TIME,
  WIDTH,
} from "./layout";

const GOLDEN: u64 = 0x9e3779b97f4a7c15; // splitmix64's step, 2^64 over the golden ratio
const TIME_KEY: u64 = 0xd1342543de82ef95; // Steele and Vigna 2021, multipliers for 64-bit generators

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

/** Two cells as the words to be hashed. */
// @ts-ignore: decorator
@inline
function words<T>(cells: v128): v128 {
  if (sizeof<T>() == 8) return v128.xor(cells, i64x2.shr_u(cells, 32));
  return i64x2.extend_low_i32x4_u(f32x4.demote_f64x2_zero(cells));
}

/** All ones where the cell is NULL: x - x is zero unless x, as it is stored, is a NaN or an infinity. */
// @ts-ignore: decorator
@inline
function nullMask<T>(cells: v128): v128 {
  const wide = sizeof<T>() == 8 ? cells : f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(cells));
  const zero = f64x2.sub(wide, wide);
  return f64x2.ne(zero, zero);
}

// @ts-ignore: decorator
@inline
function hashed<T>(cells: v128, mask: v128, key: v128): v128 {
  return i64x2.mul(v128.or(words<T>(cells), mask), key);
}

// @ts-ignore: decorator
@inline
function count(counters: usize, more: i32): void {
  store<i32>(counters, load<i32>(counters) + more);
}

/** Counts NULLs of two neighbouring rows: a mask is -1. */
// @ts-ignore: decorator
@inline
function countInRows(nulls: usize, mask: v128): void {
  v128.store(nulls, i64x2.sub(v128.load(nulls), mask));
}

/** One bit per row of a tile. */
// @ts-ignore: decorator
@inline
function pairBits(pair0: v128, pair1: v128, pair2: v128, pair3: v128): i32 {
  return (
    i64x2.bitmask(pair0) | (i64x2.bitmask(pair1) << 2) | (i64x2.bitmask(pair2) << 4) | (i64x2.bitmask(pair3) << 6)
  );
}

// @ts-ignore: decorator
@inline
function rowHash(micros: i64, sum: u64): u64 {
  return mix(sum + <u64>micros * TIME_KEY);
}

// @ts-ignore: decorator
@inline
function add(layout: usize, rows: u64, hashes: u64): void {
  store<u64>(layout, load<u64>(layout, ROWS) + rows, ROWS);
  store<u64>(layout, load<u64>(layout, CHECKSUM) + hashes, CHECKSUM);
}

/**
 * Takes the tile of rows at byte `offset` of the planes into the layout's totals. Leaves in the layout where its NULLs
 * are (bit r of MASKS[column] is row r, and their number by row is in ROW_NULLS), and in TILE the rows' microseconds.
 */
export function scanTile<T>(layout: usize, offset: usize): void {
  let address: usize = load<u32>(layout, ADDRESSES);
  let keys: usize = load<u32>(layout, KEYS);
  let masks: usize = load<u32>(layout, MASKS);
  const rowNulls = layout + ROW_NULLS;
  const zero = i64x2.splat(0);
  v128.store(rowNulls, zero, 0);
  v128.store(rowNulls, zero, 16);
  v128.store(rowNulls, zero, 32);
  v128.store(rowNulls, zero, 48);
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
    let bits = 0;
    if (v128.any_true(v128.or(v128.or(mask0, mask1), v128.or(mask2, mask3)))) {
      countInRows(rowNulls, mask0);
      countInRows(rowNulls + 16, mask1);
      countInRows(rowNulls + 32, mask2);
      countInRows(rowNulls + 48, mask3);
      bits = pairBits(mask0, mask1, mask2, mask3);
      const nans = pairBits(
        f64x2.ne(cells0, cells0),
        f64x2.ne(cells1, cells1),
        f64x2.ne(cells2, cells2),
        f64x2.ne(cells3, cells3),
      );
      const column = (keys - <usize>load<u32>(layout, KEYS)) >> 1;
      count(<usize>load<u32>(layout, NULLS) + column, popcnt(bits));
      count(<usize>load<u32>(layout, INFINITIES) + column, popcnt(bits & ~nans));
    }
    store<u8>(masks, <u8>bits);
    keys += 8;
    masks += 1;
  }
  v128.store(layout, sum0, TILE);
  v128.store(layout, sum1, TILE + 16);
  v128.store(layout, sum2, TILE + 32);
  v128.store(layout, sum3, TILE + 48);
  const time = <usize>load<u32>(layout, TIME) + offset;
  let hashes: u64 = 0;
  for (let row: usize = 0; row < 64; row += 8) {
    const micros = <i64>load<f64>(time + row);
    hashes += rowHash(micros, load<u64>(layout + row, TILE));
    store<i64>(layout + row, micros, TILE);
  }
  add(layout, 8, hashes);
}

/** As `scanTile`, for the single row at byte `offset` of the planes. */
export function scanRow<T>(layout: usize, offset: usize): void {
  let address: usize = load<u32>(layout, ADDRESSES);
  let keys: usize = load<u32>(layout, KEYS);
  let nulls: usize = load<u32>(layout, NULLS);
  let infinities: usize = load<u32>(layout, INFINITIES);
  let masks: usize = load<u32>(layout, MASKS);
  let sum = i64x2.splat(0);
  for (const end = address + (<usize>load<u32>(layout, COLUMNS) << 2); address < end; address += 4) {
    const cell = v128.load_zero<u64>(<usize>load<u32>(address) + offset);
    const mask = nullMask<T>(cell);
    sum = i64x2.add(sum, hashed<T>(cell, mask, v128.load_splat<u64>(keys)));
    const bits = i64x2.bitmask(mask);
    count(nulls, bits);
    count(infinities, bits & ~i64x2.bitmask(f64x2.ne(cell, cell)));
    store<u8>(masks, <u8>bits);
    keys += 8;
    nulls += 4;
    infinities += 4;
    masks += 1;
  }
  const micros = <i64>load<f64>(<usize>load<u32>(layout, TIME) + offset);
  store<i64>(layout, micros, TILE);
  add(layout, 1, rowHash(micros, i64x2.extract_lane(sum, 0)));
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
