import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CopyDecoder, copyHeader, copyTrailer } from '../../host/engine/copy.ts';
import { CopyTable } from '../../host/engine/copyTable.ts';
import { Arena, loadModule } from '../../host/engine/module.ts';
import { plainTable, statsOf, stored, streamOf, type Table, table } from './tables.ts';

const module = await loadModule();

/** The cells as they come back: rounded to the type, NaN where NULL. */
const kept = (input: Table) => input.columns.map(column => column.map(x => stored(input.type, x) ?? NaN));

function read(decoder: CopyDecoder, input: Table) {
  return {
    time: [...decoder.time()],
    columns: input.columns.map((_, column) => [...decoder.column(column)]),
  };
}

describe('decodeRows', () => {
  test('reads what the naive encoder wrote, however the stream is cut and the planes grow', async () => {
    const property = fc.asyncProperty(
      table,
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 60 }),
      async (input, capacity, cuts) => {
        const arena = await Arena.create(module);
        const decoder = new CopyDecoder(arena, { columns: input.columns.length, type: input.type, capacity });
        const stream = streamOf(input);
        for (let at = 0; at < stream.length; ) {
          const end = at + (cuts.shift() ?? stream.length);
          decoder.push(stream.subarray(at, end));
          at = end;
        }
        const { rows, nulls, checksum } = decoder.finish();
        expect(read(decoder, input)).toEqual({ time: input.time, columns: kept(input) });
        // What was infinite comes back as NaN: it counts as NULL, no longer as an infinity.
        const expected = statsOf(input);
        expect({ rows, nulls, checksum }).toEqual({
          rows: expected.rows,
          nulls: expected.nulls,
          checksum: expected.checksum,
        });
      },
    );
    await fc.assert(property, { numRuns: 500 });
  });

  test('reads a stream of many buffers, larger than its own input', async () => {
    const arena = await Arena.create(module);
    const input = plainTable('double', 20_000, 5);
    const stream = streamOf(input);
    for (const size of [stream.length, 65_537, 1000]) {
      const decoder = new CopyDecoder(arena, { columns: 5, capacity: 1 });
      for (let at = 0; at < stream.length; at += size) decoder.push(stream.subarray(at, at + size));
      expect(decoder.finish()).toEqual(statsOf(input));
      expect(read(decoder, input)).toEqual({ time: input.time, columns: input.columns });
      const [address] = decoder.columnAddresses;
      expect(arena.f64(address!, 1)[0]).toBe(input.columns[0]![0]);
      expect(arena.f64(decoder.timeAddress, 1)[0]).toBe(input.time[0]);
    }
  });

  test('keeps infinities of a foreign table, and counts them', async () => {
    const arena = await Arena.create(module);
    const decoder = new CopyDecoder(arena, { columns: 1 });
    const stream = streamOf(plainTable('double', 3, 1));
    stream.writeDoubleBE(-Infinity, copyHeader.length + 18);
    decoder.push(stream);
    expect(decoder.finish()).toMatchObject({ rows: 3, nulls: [1], infinities: [1] });
    expect(decoder.column(0)[0]).toBe(-Infinity);
  });

  test('skips a header extension and flags that do not matter', async () => {
    const input = plainTable('double', 10, 2);
    const extension = Buffer.alloc(300, 0xff);
    const header = Buffer.from(copyHeader);
    header.writeUInt32BE(0x0000_ffff, 11);
    header.writeInt32BE(extension.length, 15);
    const stream = Buffer.concat([header, extension, streamOf(input).subarray(copyHeader.length)]);
    for (const size of [1, 100, stream.length]) {
      const decoder = new CopyDecoder(await Arena.create(module), { columns: 2 });
      for (let at = 0; at < stream.length; at += size) decoder.push(stream.subarray(at, at + size));
      expect(decoder.finish()).toEqual(statsOf(input));
    }
  });

  const rowBytes = 2 + 12 + 2 * 12;
  const time = copyHeader.length + 2 * rowBytes + 2;
  const bad: [string, (bytes: Buffer) => Buffer | undefined, string][] = [
    ['another signature', b => void b.write('PGCOPX', 0), 'after 0 rows: the signature "PGCOPY" is missing'],
    ['text instead of binary', () => Buffer.from('2024-07-01 00:00:00\t1.07\n'), 'the signature'],
    ['a damaged end of the signature', b => void b.writeUInt8(1, 10), 'the signature'],
    ['OIDs', b => void b.writeUInt32BE(0x10000, 11), 'header flags are 0x10000'],
    ['a negative extension', b => void b.writeInt32BE(-1, 15), 'header extension has length -1'],
    [
      'a row of another width',
      b => void b.writeInt16BE(4, time - 2),
      'after 2 rows: tuple has 4 fields, expected 3',
    ],
    ['a field count of -2', b => void b.writeInt16BE(-2, time - 2), 'tuple has -2 fields'],
    ['a time of 4 bytes', b => void b.writeInt32BE(4, time), 'time has length 4, expected 8'],
    ['a NULL time', b => void b.writeInt32BE(-1, time), 'time has length -1, expected 8'],
    [
      'the time "infinity"',
      b => void b.writeBigInt64BE(2n ** 63n - 1n, time + 4),
      'time is outside 1684-07 to 2255-06',
    ],
    ['the time "-infinity"', b => void b.writeBigInt64BE(-(2n ** 63n), time + 4), 'time is outside'],
    ['a float4', b => void b.writeInt32BE(4, time + 24), 'field 3 has length 4, expected 8 or NULL'],
    ['an empty text', b => void b.writeInt32BE(0, time + 12), 'field 2 has length 0, expected 8 or NULL'],
    ['a length of 2 GiB', b => void b.writeInt32BE(2 ** 31 - 1, time + 12), 'field 2 has length 2147483647'],
    ['a length of -2', b => void b.writeInt32BE(-2, time + 12), 'field 2 has length -2'],
    [
      'bytes after the trailer',
      b => Buffer.concat([b, Buffer.of(0)]),
      'after 20 rows: bytes follow the trailer',
    ],
  ];

  test.each(bad)('refuses %s, at once and byte by byte', async (_, damage, message) => {
    const clean = streamOf(plainTable('double', 20, 2));
    const stream = damage(clean) ?? clean;
    for (const size of [stream.length, 1]) {
      const decoder = new CopyDecoder(await Arena.create(module), { columns: 2 });
      const feed = () => {
        for (let at = 0; at < stream.length; at += size) decoder.push(stream.subarray(at, at + size));
      };
      expect(feed).toThrow(expect.objectContaining({ code: 'WR_COPY_MALFORMED' }));
    }
    const decoder = new CopyDecoder(await Arena.create(module), { columns: 2 });
    expect(() => decoder.push(stream)).toThrow(message);
  });

  test('knows a stream that was cut at any byte', async () => {
    const stream = streamOf(plainTable('real', 9, 2));
    for (let bytes = 0; bytes < stream.length; ++bytes) {
      const decoder = new CopyDecoder(await Arena.create(module), { columns: 2, type: 'real' });
      decoder.push(stream.subarray(0, bytes));
      expect(() => decoder.finish()).toThrow(expect.objectContaining({ code: 'WR_COPY_TRUNCATED' }));
    }
  });

  test('neither reads nor writes outside its memory, whatever the bytes', async () => {
    const property = fc.asyncProperty(
      table,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
      fc.nat(),
      fc.integer({ min: 0, max: 12 }),
      async ({ ...input }, damage, length, capacity) => {
        const stream = streamOf(input).subarray(0, 10_000);
        for (const [at, byte] of damage) stream[at % stream.length] = byte;
        const bytes = stream.subarray(0, length % (stream.length + 1));
        const columns = input.columns.length;

        const arena = await Arena.create(module);
        const layout = new CopyTable(arena, columns, input.type);
        const planeBytes = 64 + capacity * 8 + 64;
        const planes = arena.allocate((columns + 1) * planeBytes);
        arena.bytes(planes, (columns + 1) * planeBytes).fill(0xa5);
        layout.set('capacity', capacity);
        layout.point(
          planes + 64,
          Array.from({ length: columns }, (_, i) => planes + 64 + (i + 1) * planeBytes),
        );
        // The input ends where memory ends: reading on would trap.
        const at = arena.memory.buffer.byteLength - bytes.length;
        arena.bytes(at, bytes.length).set(bytes);

        const consumed = arena.exports.decodeRows(layout.address, at, bytes.length);
        expect(consumed).toBeGreaterThanOrEqual(0);
        expect(consumed).toBeLessThanOrEqual(bytes.length);
        expect(layout.rows).toBeLessThanOrEqual(capacity);
        expect(Buffer.from(arena.bytes(at, bytes.length)).equals(bytes)).toBe(true);
        for (let plane = 0; plane <= columns; ++plane) {
          const start = planes + plane * planeBytes;
          const canaries = [...arena.bytes(start, 64), ...arena.bytes(start + planeBytes - 64, 64)];
          expect(canaries.every(byte => byte === 0xa5)).toBe(true);
        }
      },
    );
    await fc.assert(property, { numRuns: 1000 });
  });

  test('takes an empty table and empty buffers', async () => {
    const decoder = new CopyDecoder(await Arena.create(module), { columns: 3 });
    decoder.push(Buffer.alloc(0));
    decoder.push(copyHeader);
    decoder.push(Buffer.alloc(0));
    decoder.push(copyTrailer);
    decoder.push(Buffer.alloc(0));
    expect(decoder.finish()).toEqual({ rows: 0, nulls: [0, 0, 0], infinities: [0, 0, 0], checksum: 0n });
  });
});
