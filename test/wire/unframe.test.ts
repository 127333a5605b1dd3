import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CopyDecoder, copyHeader } from '../../host/engine/copy.ts';
import { Arena, loadModule } from '../../host/engine/module.ts';
import { copyData } from '../support/copyBytes.ts';
import { plainTable, statsOf, streamOf, table } from './tables.ts';

const module = await loadModule();

const copyDone = Buffer.from('c\0\0\0\x04', 'latin1');

/** Cuts bytes into pieces of the given sizes and a last one with the rest. */
function* cutInto(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

describe('messages of CopyData', () => {
  test('carry a stream, however it is cut into messages and these into buffers', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 60 });
    const property = fc.asyncProperty(table, sizes, sizes, async (input, messages, cuts) => {
      const { type, columns } = input;
      const decoder = new CopyDecoder(await Arena.create(module), {
        columns: columns.length,
        type,
        capacity: 1,
      });
      const bytes = Buffer.concat([...cutInto(streamOf(input), messages)].map(copyData));
      for (const part of cutInto(bytes, cuts)) expect(decoder.receive(part)).toBe(part.length);
      expect(decoder.receive(copyDone)).toBe(0);
      const { rows, nulls, checksum } = statsOf(input);
      expect(decoder.finish()).toMatchObject({ rows, nulls, checksum });
      expect([...decoder.time()]).toEqual(input.time);
    });
    await fc.assert(property, { numRuns: 500 });
  });

  test('may be one, or one per row, in buffers of any size', async () => {
    const input = plainTable('double', 20_000, 5);
    const stream = streamOf(input);
    const rowBytes = 14 + 5 * 12;
    const perRow = Array.from({ length: 20_000 }, (_, row) => (row === 0 ? copyHeader.length : rowBytes));
    for (const messages of [[], perRow]) {
      const bytes = Buffer.concat([...cutInto(stream, messages)].map(copyData).concat(copyDone));
      for (const size of [bytes.length, 65_536, 8192, 1001]) {
        const decoder = new CopyDecoder(await Arena.create(module), { columns: 5 });
        let taken = 0;
        for (let at = 0; at < bytes.length; at += size)
          taken += decoder.receive(bytes.subarray(at, at + size));
        expect(taken).toBe(bytes.length - copyDone.length);
        expect(decoder.finish()).toEqual(statsOf(input));
      }
    }
  });

  test('end where another begins, and go on behind it', async () => {
    const input = plainTable('double', 40, 2);
    const stream = streamOf(input);
    const decoder = new CopyDecoder(await Arena.create(module), { columns: 2 });
    const first = copyData(stream.subarray(0, 333));
    expect(decoder.receive(Buffer.concat([first, Buffer.from('NOTICE')]))).toBe(first.length);
    expect(decoder.receive(Buffer.from('Sd'))).toBe(0);
    expect(decoder.receive(Buffer.alloc(0))).toBe(0);
    const rest = copyData(stream.subarray(333));
    expect(decoder.receive(rest)).toBe(rest.length);
    expect(decoder.finish()).toEqual(statsOf(input));
  });

  test.each([0, 3, -1, -(2 ** 31)])('are refused with a length of %i', async length => {
    const bytes = copyData(Buffer.alloc(64));
    bytes.writeInt32BE(length, 1);
    for (const size of [bytes.length, 1]) {
      const decoder = new CopyDecoder(await Arena.create(module), { columns: 1 });
      const receive = () => {
        for (let at = 0; at < bytes.length; at += size) decoder.receive(bytes.subarray(at, at + size));
      };
      expect(receive).toThrow(
        'COPY stream after 0 rows: a message of the connection has an impossible length',
      );
    }
  });

  test('are taken to the end although the stream in them is bad, and the end tells', async () => {
    const stream = streamOf(plainTable('double', 30, 2));
    const bad = Buffer.from(stream);
    bad.writeInt32BE(-7, copyHeader.length + 2);
    const late = Buffer.concat([stream, Buffer.alloc(200_000)]);
    for (const [bytes, message] of [
      [bad, 'after 0 rows: time has length -7, expected 8'],
      [late, 'after 30 rows: bytes follow the trailer'],
    ] as const) {
      const decoder = new CopyDecoder(await Arena.create(module), { columns: 2 });
      const again = copyData(Buffer.concat([bytes, bytes]));
      expect(decoder.receive(again)).toBe(again.length);
      expect(() => decoder.finish()).toThrow(message);
      expect(() => decoder.finish()).toThrow(message);
    }
  });

  test('neither lead outside their memory, whatever the bytes', async () => {
    const bytes = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }).map(payload => copyData(Buffer.from(payload))),
        fc.uint8Array({ maxLength: 9 }),
        fc.integer().map(length => {
          const head = copyData(Buffer.alloc(3));
          head.writeInt32BE(length, 1);
          return head;
        }),
      ),
      { maxLength: 20 },
    );
    const property = fc.asyncProperty(bytes, async parts => {
      const input = Buffer.concat(parts);
      const arena = await Arena.create(module);
      const frames = arena.allocate(16);
      const output = arena.allocate(input.length + 64);
      arena.bytes(frames, 16).fill(0);
      arena.bytes(output, input.length + 64).fill(0xa5);
      // The input ends where memory ends: reading on would trap.
      const at = arena.memory.buffer.byteLength - input.length;
      arena.bytes(at, input.length).set(input);
      const taken = arena.exports.unframe(frames, at, input.length, output);
      expect(taken).toBeGreaterThanOrEqual(-1);
      expect(taken).toBeLessThanOrEqual(input.length);
      expect(Buffer.from(arena.bytes(at, input.length)).equals(input)).toBe(true);
      expect(arena.bytes(output + input.length, 64).every(byte => byte === 0xa5)).toBe(true);
      const written = arena.i32(frames + 12, 1)[0]!;
      if (taken >= 0) expect(written).toBeLessThanOrEqual(Math.max(0, taken - 5));
    });
    await fc.assert(property, { numRuns: 1000 });
  });
});

describe('planes that grow', () => {
  test('stay where they are as long as nothing lies behind them', async () => {
    const arena = await Arena.create(module);
    const input = plainTable('double', 20_000, 5);
    const decoder = new CopyDecoder(arena, { columns: 5, capacity: 3 });
    const place = decoder.timeAddress;
    decoder.push(streamOf(input));
    expect(decoder.timeAddress).toBe(place);
    expect(input.columns.map((_, column) => [...decoder.column(column)])).toEqual(input.columns);
    const other = new CopyDecoder(arena, { columns: 5, capacity: 3 });
    const mark = arena.allocate(8);
    arena.f64(mark, 1).fill(7);
    other.push(streamOf(input));
    expect(arena.f64(mark, 1)[0]).toBe(7);
    expect(other.timeAddress).toBeGreaterThan(mark);
    expect(other.finish()).toEqual(statsOf(input));
    expect(input.columns.map((_, column) => [...other.column(column)])).toEqual(input.columns);
  });
});
