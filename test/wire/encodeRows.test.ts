import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CopyEncoder, type CopyField, copyHeader, copyTrailer } from '../../host/engine/copy.ts';
import { CopyTable } from '../../host/engine/copyTable.ts';
import { Arena, loadModule } from '../../host/engine/module.ts';
import { place, plainTable, statsOf, streamOf, table } from './tables.ts';

const module = await loadModule();
const field: fc.Arbitrary<CopyField> = fc.oneof(fc.string({ maxLength: 20 }), fc.constant(null));

/** The constant field as the naive encoder takes it. */
const cellOf = (value: CopyField) => (value === null ? null : { text: String(value) });

describe('encodeRows', () => {
  test('writes the bytes, counts and checksum of the naive encoder, however it is cut', async () => {
    const property = fc.asyncProperty(
      table,
      fc.array(field, { maxLength: 2 }),
      fc.array(field, { maxLength: 2 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }),
      fc.integer({ min: 0, max: 1 }),
      async (input, head, tail, cuts, shift) => {
        const arena = await Arena.create(module);
        const encoder = new CopyEncoder(arena, {
          ...place(arena, input, shift),
          type: input.type,
          head,
          tail,
        });
        const parts: Uint8Array[] = [copyHeader];
        const rows = input.time.length;
        for (let row = 0; row < rows; ) {
          const count = Math.min(cuts.shift() ?? rows, rows - row);
          parts.push(Buffer.from(encoder.encode(row, count)));
          row += count;
        }
        const stream = Buffer.concat([...parts, copyTrailer]);
        expect(stream.toString('hex')).toBe(
          streamOf(input, head.map(cellOf), tail.map(cellOf)).toString('hex'),
        );
        expect(encoder.stats()).toEqual(statsOf(input));
      },
    );
    await fc.assert(property, { numRuns: 500 });
  });

  test('touches nothing outside its tuples and reads nothing outside its rows', async () => {
    for (const type of ['double', 'real'] as const) {
      for (const rows of [1, 7, 8, 19]) {
        const arena = await Arena.create(module);
        const input = plainTable(type, rows, 3);
        // A NULL in the last cell of one tile: what it leaves out must not be touched either.
        const columns = input.columns.map((column, i) =>
          i === 2 ? column.map((x, row) => (row === 5 ? NaN : x)) : column,
        );
        const layout = new CopyTable(arena, 3, type);
        const head = arena.allocate(2);
        layout.set('head', head);
        layout.set('headBytes', 2);
        new DataView(arena.memory.buffer).setInt16(head, 4);
        const bytes = streamOf({ ...input, columns });
        const tuples = bytes.subarray(copyHeader.length, -copyTrailer.length);

        // The last plane and then the output end where memory ends: a further byte would trap.
        const planes = place(arena, { ...input, columns });
        const last = planes.columns.pop()!;
        const end = arena.memory.buffer.byteLength;
        arena.bytes(end - rows * 8, rows * 8).set(arena.bytes(last, rows * 8));
        layout.point(planes.time, [...planes.columns, end - rows * 8]);
        const out = arena.allocate(tuples.length + 128) + 64;
        arena.bytes(out - 64, tuples.length + 128).fill(0xa5);
        expect(arena.exports.encodeRows(layout.address, 0, rows, out)).toBe(tuples.length);
        const around = Buffer.from(arena.bytes(out - 64, tuples.length + 128));
        expect(around.toString('hex')).toBe(`${'a5'.repeat(64)}${tuples.toString('hex')}${'a5'.repeat(64)}`);

        layout.point(planes.time, [...planes.columns, last]);
        expect(arena.exports.encodeRows(layout.address, 0, rows, end - tuples.length)).toBe(tuples.length);
        expect(Buffer.from(arena.bytes(end - tuples.length, tuples.length)).equals(tuples)).toBe(true);
      }
    }
  });

  test('grows its output for more rows than a block', async () => {
    const arena = await Arena.create(module);
    const input = plainTable('double', 5000, 2);
    const encoder = new CopyEncoder(arena, place(arena, input));
    expect(encoder.encode(0, 0).length).toBe(0);
    const stream = Buffer.concat([copyHeader, encoder.encode(0, 5000), copyTrailer]);
    expect(stream.equals(streamOf(input))).toBe(true);
  });

  test('follows planes that move, and starts again after a reset', async () => {
    const arena = await Arena.create(module);
    const input = plainTable('real', 20, 2);
    const planes = place(arena, input);
    const encoder = new CopyEncoder(arena, { ...planes, type: 'real' });
    encoder.encode(3, 5);
    encoder.reset();
    const first = Buffer.from(encoder.encode(0, 12));
    encoder.point(
      planes.time + 12 * 8,
      planes.columns.map(address => address + 12 * 8),
    );
    const stream = Buffer.concat([copyHeader, first, encoder.encode(0, 8), copyTrailer]);
    expect(stream.equals(streamOf(input))).toBe(true);
    expect(encoder.stats()).toEqual(statsOf(input));
  });

  test.each([NaN, Infinity, -Infinity, 0.5, 2 ** 53 + 2, -(2 ** 53) - 2])(
    'refuses the time %s and counts none of the rows',
    async time => {
      const arena = await Arena.create(module);
      const input = plainTable('double', 20, 1);
      const encoder = new CopyEncoder(arena, place(arena, { ...input, time: input.time.with(13, time) }));
      encoder.encode(0, 13);
      expect(() => encoder.encode(10, 10)).toThrow(expect.objectContaining({ code: 'WR_COPY_TIME' }));
      expect(() => encoder.encode(10, 10)).toThrow(`time of row 13 is ${time}`);
      expect(encoder.stats().rows).toBe(13);
    },
  );

  test('takes times before 2000 and 1970, and the largest there are', async () => {
    const arena = await Arena.create(module);
    const time = [-(2 ** 53), -1, 0, 946_684_799_999_999, 2 ** 53];
    const input = { ...plainTable('double', 5, 1), time };
    const encoder = new CopyEncoder(arena, place(arena, input));
    const stream = Buffer.concat([copyHeader, encoder.encode(0, 5), copyTrailer]);
    expect(stream.equals(streamOf(input))).toBe(true);
    expect(encoder.stats()).toEqual(statsOf(input));
  });

  test('takes as many columns as a table can have', async () => {
    const arena = await Arena.create(module);
    const input = plainTable('double', 9, 1600);
    const encoder = new CopyEncoder(arena, place(arena, input));
    const stream = Buffer.concat([copyHeader, encoder.encode(0, 9), copyTrailer]);
    expect(stream.equals(streamOf(input))).toBe(true);
    expect(encoder.stats()).toEqual(statsOf(input));
  });
});
