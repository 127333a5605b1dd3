import assert from 'node:assert/strict';
import { CopyDecoder } from '../../../host/engine/copy.ts';
import type { CellType } from '../../../host/engine/copyTable.ts';
import { Arena, loadModule } from '../../../host/engine/module.ts';
import { WindrowError } from '../../../host/errors.ts';
import { statsOf } from '../../wire/tables.ts';
import { decodeNaively } from './copy.ts';

const module = await loadModule();
const guardBytes = 4096;
const guardByte = 0xa5;

/** How an input is to be read: the first byte has columns, type and room, the next ones up to a 0 the sizes of the pieces. */
export type Head = {
  readonly columns: number;
  readonly type: CellType;
  readonly capacity: number;
  readonly sizes: Buffer;
  readonly rest: Buffer;
};

/** A decoder between guards; `untouched` says whether these are as they were. */
export async function guarded({ columns, type, capacity }: Head) {
  const arena = await Arena.create(module);
  const guard = (): number => {
    const address = arena.allocate(guardBytes);
    arena.bytes(address, guardBytes).fill(guardByte);
    return address;
  };
  const before = guard();
  const decoder = new CopyDecoder(arena, { columns, type, capacity });
  const guards = [before, guard()];
  const whole = Buffer.alloc(guardBytes, guardByte);
  const untouched = () => guards.every(address => whole.equals(arena.bytes(address, guardBytes)));
  return { decoder, untouched };
}

/** Pieces of so many bytes each, and what is left. */
export function* cut(bytes: Buffer, sizes: Iterable<number>): Generator<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

export function headOf(input: Buffer): Head {
  const [first = 0] = input;
  const end = input.indexOf(0, 1);
  const behind = end < 0 ? input.length : end;
  return {
    columns: 1 + (first & 7),
    type: first & 8 ? 'real' : 'double',
    capacity: 1 + (first >> 4),
    sizes: input.subarray(1, behind),
    rest: input.subarray(behind + 1),
  };
}

/** Feeds a decoder, and holds what it has then, or what is wrong, against what the naive reader finds in the stream. */
export async function decoded(
  head: Head,
  stream: Buffer,
  feed: (decoder: CopyDecoder) => void,
): Promise<string> {
  const { decoder, untouched } = await guarded(head);
  const { type } = head;
  const naive = decodeNaively(stream, head.columns, type);
  let fault: string | undefined;
  try {
    feed(decoder);
    assert.deepEqual(decoder.finish(), statsOf({ type, ...naive }));
  } catch (error) {
    if (!(error instanceof WindrowError)) throw error;
    const { row, rows, what = 'it ends without its trailer' } = error.values;
    assert.equal(row ?? rows, naive.time.length, 'rows that the error names');
    fault = String(what);
  }
  assert(untouched(), 'memory beside the decoder was written');
  assert.equal(fault, naive.fault);
  assert.deepEqual(Array.from(decoder.time()), naive.time);
  for (const [i, values] of naive.columns.entries()) assert.deepEqual(Array.from(decoder.column(i)), values);
  // the numbers in it are without end
  return fault?.replaceAll(/-?\b(0x[\da-f]+|\d+)/g, 'N') ?? 'read';
}
