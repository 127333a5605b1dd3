import { CopyDecoder, CopyEncoder, copyHeader, copyTrailer } from '../../host/engine/copy.ts';
import type { CellType } from '../../host/engine/copyTable.ts';
import { Arena } from '../../host/engine/module.ts';

// Nanoseconds per cell of encoding and decoding a month of one table, in blocks of 512 rows, on one core.
// A cell is a cell of a column; the cost of times and tails is spread over these. `node test/bench/wire.ts`

type Case = {
  readonly columns: number;
  readonly type: CellType;
  readonly nulls: 'none' | 'one column' | 'scattered' | 'all';
};

const rows = 28_000;
const block = 512;
const repeats = 15;

const cases: readonly Case[] = [
  { columns: 10, type: 'double', nulls: 'none' },
  { columns: 35, type: 'double', nulls: 'none' },
  { columns: 70, type: 'double', nulls: 'none' },
  { columns: 10, type: 'real', nulls: 'none' },
  { columns: 70, type: 'real', nulls: 'none' },
  { columns: 10, type: 'double', nulls: 'one column' },
  { columns: 70, type: 'double', nulls: 'one column' },
  { columns: 70, type: 'double', nulls: 'scattered' },
  { columns: 70, type: 'double', nulls: 'all' },
  { columns: 70, type: 'real', nulls: 'scattered' },
];

/** Whether the cell is NULL; `scattered` is one cell in about 100. */
function isNull(nulls: Case['nulls'], row: number, column: number): boolean {
  if (nulls === 'one column') return column === 3;
  if (nulls === 'scattered') return (row * 7919 + column * 104_729) % 101 === 0;
  return nulls === 'all';
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

async function measure({
  columns,
  type,
  nulls,
}: Case): Promise<{ encode: number; decode: number; bytes: number }> {
  const arena = await Arena.create();
  // Planes of one block, as a session leaves them.
  const time = arena.allocate(block * 8);
  const planes = Array.from({ length: columns }, () => arena.allocate(block * 8 + 64));
  const encoder = new CopyEncoder(arena, { time, columns: planes, type });
  for (const [column, address] of planes.entries()) {
    const plane = arena.f64(address, block);
    for (let row = 0; row < block; ++row) {
      plane[row] = isNull(nulls, row, column) ? Number.NaN : 1.1 + row * 1e-5 + column;
    }
  }
  arena.f64(time, block).set(Array.from({ length: block }, (_, row) => 1.7e15 + row * 6e7));

  const encodeAll = (take?: (bytes: Uint8Array) => void): number => {
    let bytes = 0;
    for (let row = 0; row < rows; row += block) {
      const tuples = encoder.encode(0, Math.min(block, rows - row));
      bytes += tuples.length;
      take?.(tuples);
    }
    return bytes;
  };
  const parts: Buffer[] = [Buffer.from(copyHeader)];
  const bytes = encodeAll(tuples => parts.push(Buffer.from(tuples)));
  const { checksum } = encoder.stats();
  const stream = Buffer.concat([...parts, copyTrailer]);

  const encode: number[] = [];
  const decode: number[] = [];
  const mark = arena.top;
  for (let repeat = 0; repeat <= repeats; ++repeat) {
    encoder.reset();
    const began = performance.now();
    encodeAll();
    const encoded = performance.now();
    arena.release(mark);
    const decoder = new CopyDecoder(arena, { columns, type, capacity: rows });
    const opened = performance.now();
    for (let at = 0; at < stream.length; at += 65_536) decoder.push(stream.subarray(at, at + 65_536));
    const decoded = performance.now();
    // A wrong answer is not a fast one.
    if (encoder.stats().checksum !== checksum || decoder.finish().checksum !== checksum)
      throw new Error('checksum differs');
    // The first round compiles.
    if (repeat === 0) continue;
    encode.push(encoded - began);
    decode.push(decoded - opened);
  }
  const nanoseconds = (took: number[]): number => (median(took) * 1e6) / (rows * columns);
  return { encode: nanoseconds(encode), decode: nanoseconds(decode), bytes };
}

console.log('columns  type    NULLs       encode ns/cell  decode ns/cell  encode MB/s');
for (const item of cases) {
  const { encode, decode, bytes } = await measure(item);
  const rate = bytes / (encode * rows * item.columns * 1e-3);
  console.log(
    [
      String(item.columns).padStart(7),
      item.type.padEnd(6),
      item.nulls.padEnd(10),
      encode.toFixed(2).padStart(14),
      decode.toFixed(2).padStart(14),
      rate.toFixed(0).padStart(11),
    ].join('  '),
  );
}
