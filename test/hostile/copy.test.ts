import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CopyDecoder } from '../../host/engine/copy.ts';
import { Arena, loadModule } from '../../host/engine/module.ts';
import { WindrowError } from '../../host/errors.ts';
import { copyData } from '../support/copyBytes.ts';
import { mutated } from '../support/mutations.ts';
import { streamOf, table } from '../wire/tables.ts';

// A server that lies: wrong counts of columns, impossible lengths, buffers that end too early. What comes is either the whole
// table or an error that says in which row, and nothing outside the planes is written.

const module = await loadModule();

const words = [
  Buffer.from([0, 0]),
  Buffer.from([0xff, 0xff]),
  Buffer.from([0x7f, 0xff]),
  Buffer.from([0x80, 0]),
  Buffer.from([0x7f, 0xff, 0xff, 0xff]),
  Buffer.from([0x80, 0, 0, 0]),
  Buffer.from([0xff, 0xff, 0xff, 0xff]),
  Buffer.from([0xff, 0xff, 0xff, 0xfe]),
  Buffer.from([0, 0, 0, 8]),
  Buffer.from([0, 0, 0, 4]),
  Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
  Buffer.from('d\0\0\0\x03', 'latin1'),
  Buffer.from('d\x7f\xff\xff\xff', 'latin1'),
];
const cuts = fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 20 });
const guardBytes = 4096;

function* cutInto(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

/** A decoder between guards; `untouched` says whether these are as they were. */
async function guarded(columns: number, type: 'double' | 'real') {
  const arena = await Arena.create(module);
  const guard = (): number => {
    const address = arena.allocate(guardBytes);
    arena.bytes(address, guardBytes).fill(0xa5);
    return address;
  };
  const before = guard();
  const decoder = new CopyDecoder(arena, { columns, type, capacity: 3 });
  const behind = guard();
  const untouched = () =>
    [before, behind].every(address => arena.bytes(address, guardBytes).every(byte => byte === 0xa5));
  return { decoder, untouched };
}

/** What became of it: a table whose cells can be read, or an error of ours. */
function outcome(decoder: CopyDecoder, columns: number, feed: () => void): string {
  try {
    feed();
    const { rows } = decoder.finish();
    for (let column = 0; column < columns; column++) expect(decoder.column(column)).toHaveLength(rows);
    return 'read';
  } catch (error) {
    expect(error).toBeInstanceOf(WindrowError);
    const { code, message } = error as WindrowError;
    expect(code).toMatch(/^WR_COPY_(MALFORMED|TRUNCATED)$/);
    expect(message).toMatch(/after \d+ rows|impossible length/);
    return code;
  }
}

const input = table.chain(sound =>
  fc.record({
    columns: fc.constantFrom(0, 0, 0, 0, 1, -1).map(more => Math.max(1, sound.columns.length + more)),
    type: fc.constantFrom(sound.type, sound.type, sound.type, 'double' as const, 'real' as const),
    bytes: mutated(fc.constant(streamOf(sound)), words),
    pieces: cuts,
  }),
);

test('a stream with faults is read or refused, and nothing is written beside it', async () => {
  const seen = new Map<string, number>();
  const property = fc.asyncProperty(input, async ({ columns, type, bytes, pieces }) => {
    const { decoder, untouched } = await guarded(columns, type);
    const found = outcome(decoder, columns, () => {
      for (const piece of cutInto(bytes, pieces)) decoder.push(piece);
    });
    expect(untouched()).toBe(true);
    seen.set(found, (seen.get(found) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: 300 });
  // faults of every kind were met, and some that do no harm
  expect([...seen.keys()].sort()).toEqual(['WR_COPY_MALFORMED', 'WR_COPY_TRUNCATED', 'read']);
});

test('so are messages with faults in the connection', async () => {
  const framed = table.chain(sound =>
    fc.record({
      columns: fc.constant(sound.columns.length),
      type: fc.constant(sound.type),
      pieces: cuts,
      bytes: fc
        .tuple(fc.constant(streamOf(sound)), cuts)
        .chain(([stream, messages]) =>
          mutated(fc.constant(Buffer.concat([...cutInto(stream, messages)].map(copyData))), words),
        ),
    }),
  );
  const property = fc.asyncProperty(framed, async ({ columns, type, bytes, pieces }) => {
    const { decoder, untouched } = await guarded(columns, type);
    outcome(decoder, columns, () => {
      for (const piece of cutInto(bytes, pieces)) {
        const taken = decoder.receive(piece);
        expect(taken).toBeLessThanOrEqual(piece.length);
        // a message of another type: the connection's own parser takes over
        if (taken < piece.length) return;
      }
    });
    expect(untouched()).toBe(true);
  });
  await fc.assert(property, { numRuns: 300 });
});
