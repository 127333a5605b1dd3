import type { Draw } from '../support/draws.ts';

export type Word = string | Uint8Array;

const longest = 8192;
/** What a length, a count or a sign may not be, or is at its limit. */
const numbers = [
  0, 1, 3, 4, 5, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

/** Bytes with a few faults: bits, words of the format, numbers at their limits, pieces gone, doubled or of another input. */
export function mutate(bytes: Buffer, other: Buffer, words: readonly Word[], { uniform }: Draw): Buffer {
  const below = (count: number): number => Math.floor(uniform() * count);
  const oneOf = <T>(from: readonly T[]): T => from[below(from.length)]!;
  const piece = (from: Buffer): Buffer => {
    const start = below(from.length);
    return from.subarray(start, start + 1 + below(uniform() < 0.8 ? 24 : from.length - start));
  };
  const put = (from: Buffer, start: number, count: number, what: Uint8Array): Buffer =>
    Buffer.concat([from.subarray(0, start), what, from.subarray(start + count)]);
  const changes: readonly ((from: Buffer) => Buffer)[] = [
    from => {
      const at = below(from.length);
      return put(from, at, 1, Buffer.of((from[at] ?? 0) ^ (1 << below(8))));
    },
    from => put(from, below(from.length), 1, Buffer.of(below(256))),
    from => put(from, below(from.length + 1), below(2) * below(7), Buffer.from(oneOf(words))),
    from => put(from, below(from.length + 1), below(2) * below(7), Buffer.from(oneOf(words))),
    from => {
      const [number, size] = [oneOf(numbers), oneOf([2, 4])];
      const big = Buffer.alloc(4);
      big.writeUInt32BE(size === 2 ? (number & 0xffff) * 0x10000 : number);
      return put(from, below(from.length), size, big.subarray(0, size));
    },
    from => {
      const gone = piece(from);
      return put(from, gone.byteOffset - from.byteOffset, gone.length, Buffer.alloc(0));
    },
    from => put(from, below(from.length + 1), 0, piece(from)),
    from => put(from, below(from.length + 1), 0, piece(other)),
    from =>
      Buffer.concat([from.subarray(0, below(from.length + 1)), other.subarray(below(other.length + 1))]),
    from => from.subarray(0, below(from.length + 1)),
  ];
  let changed = bytes;
  for (let left = 1 + below(4); left > 0; left--) changed = oneOf(changes)(changed);
  return changed.subarray(0, longest);
}
