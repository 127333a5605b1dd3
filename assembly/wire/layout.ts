/**
 * The struct that a host writes once per table and that `encodeRows` and `decodeRows` share. All numbers are
 * little endian; addresses and counts are i32, totals are u64. `host/engine/copyTable.ts` mirrors the offsets.
 */

/** u64: rows written or read so far. */
export const ROWS: usize = 0;
/** u64: checksum of these rows, see scan.ts. */
export const CHECKSUM: usize = 8;
/** Number of f64 columns, at least 1. */
export const COLUMNS: usize = 16;
/** Bytes of a stored cell: 8 (float8) or 4 (float4). */
export const WIDTH: usize = 20;
/** Address of row 0 of the time plane: f64 microseconds since 1970. */
export const TIME: usize = 24;
/** Address of i32[columns]: where row 0 of each plane lies. */
export const ADDRESSES: usize = 28;
/** Address of u64[columns], written by `fillKeys`. */
export const KEYS: usize = 32;
/** Address of u32[columns]: NULLs per column so far, infinities included. */
export const NULLS: usize = 36;
/** Address of u32[columns]: cells per column that were infinite, or too large for float4. */
export const INFINITIES: usize = 40;

/** Encoder: bytes before the time field, which begin with the field count. */
export const HEAD: usize = 44;
export const HEAD_BYTES: usize = 48;
/** Encoder: bytes after the last column. */
export const TAIL: usize = 52;
export const TAIL_BYTES: usize = 56;

/** Decoder: rows that the planes can hold. */
export const CAPACITY: usize = 60;
/** Decoder: what comes next, PHASE_*. */
export const PHASE: usize = 64;
/** Decoder: bytes of the header extension still to be skipped. */
export const SKIP: usize = 68;
/** Decoder: how the last call ended, STATUS_*. */
export const STATUS: usize = 72;
/** Decoder: the number that a bad status is about, and the field (0 is the time) where it was met. */
export const FOUND: usize = 76;
export const FIELD: usize = 80;

/** Address of u8[columns]: bit r is set where row r of the tile last scanned is NULL. */
export const MASKS: usize = 84;
/** u64[8]: a word for each row of that tile, as its stages hand it on: sums, times, addresses. */
export const TILE: usize = 96;
/** u64[8]: NULLs of the rows of that tile. */
export const ROW_NULLS: usize = 160;
/** The size of the struct is 224. */

export const PHASE_HEADER: i32 = 0;
export const PHASE_ROWS: i32 = 1;
export const PHASE_DONE: i32 = 2;

export const STATUS_OK: i32 = 0;
/** The planes are full and a further row waits. */
export const STATUS_FULL: i32 = 1;
/** The trailer was read. */
export const STATUS_DONE: i32 = 2;
export const STATUS_BAD_SIGNATURE: i32 = 3;
/** FOUND holds the flags. */
export const STATUS_BAD_FLAGS: i32 = 4;
/** FOUND holds the length of the header extension. */
export const STATUS_BAD_EXTENSION: i32 = 5;
/** FOUND holds the field count. */
export const STATUS_BAD_FIELDS: i32 = 6;
/** FOUND holds the length of field FIELD. */
export const STATUS_BAD_LENGTH: i32 = 7;
/** The time is infinite or not exact as f64 microseconds. */
export const STATUS_BAD_TIME: i32 = 8;

/** Microseconds from 1970-01-01 to 2000-01-01, where Postgres begins to count. */
export const EPOCH_2000: i64 = 946684800000000;
/** Every whole number up to here is an f64: times from 1684-07 to 2255-06. */
export const MAX_TIME: i64 = 9007199254740992;

/** Lengths as they stand in the stream, read as a little-endian i32. */
export const LENGTH_8: i32 = 0x08000000;
export const LENGTH_4: i32 = 0x04000000;
export const LENGTH_NULL: i32 = -1;
