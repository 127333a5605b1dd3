import fc from 'fast-check';

/** A place in bytes of any length: the same share of them. Not a double, of which nearly all that are drawn are nearly 0. */
const place = fc.nat(1000).map(share => share / 1000);

type Change = (bytes: Buffer) => Buffer;

const at = (bytes: Buffer, share: number): number => Math.min(bytes.length, Math.floor(share * bytes.length));

const spliced = (bytes: Buffer, from: number, count: number, put: Uint8Array = Buffer.alloc(0)): Buffer =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + count)]);

const changes = (dictionary: readonly (string | Uint8Array)[]): fc.Arbitrary<Change> =>
  fc.oneof(
    // one bit, or one byte, is another
    fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(
      ([share, bit]): Change =>
        bytes => {
          const changed = Buffer.from(bytes);
          const index = Math.min(at(bytes, share), bytes.length - 1);
          if (index >= 0) changed[index]! ^= 1 << bit;
          return changed;
        },
    ),
    fc.tuple(place, fc.constantFrom(0, 0x7f, 0x80, 0xff, 0x22, 0x0a, 0x0d)).map(
      ([share, byte]): Change =>
        bytes =>
          spliced(bytes, at(bytes, share), 1, Buffer.of(byte)),
    ),
    // a word stands where none did, or in the place of something
    fc.tuple(place, fc.constantFrom(...dictionary), fc.nat(6)).map(
      ([share, word, count]): Change =>
        bytes =>
          spliced(bytes, at(bytes, share), count, Buffer.from(word)),
    ),
    // a piece is gone, or there twice
    fc.tuple(place, fc.nat(40)).map(
      ([share, count]): Change =>
        bytes =>
          spliced(bytes, at(bytes, share), count),
    ),
    fc.tuple(place, place, fc.nat(60)).map(
      ([from, to, count]): Change =>
        bytes => {
          const start = at(bytes, from);
          return spliced(bytes, at(bytes, to), 0, bytes.subarray(start, start + count));
        },
    ),
    // it ends early
    place.map(
      (share): Change =>
        bytes =>
          bytes.subarray(0, at(bytes, share)),
    ),
  );

/** Sound bytes with a few faults, among them words that a format gives a meaning to. */
export const mutated = (
  sound: fc.Arbitrary<Uint8Array>,
  dictionary: readonly (string | Uint8Array)[],
): fc.Arbitrary<Buffer> =>
  fc
    .tuple(sound, fc.array(changes(dictionary), { minLength: 1, maxLength: 3 }))
    .map(([bytes, all]) => all.reduce<Buffer>((changed, change) => change(changed), Buffer.from(bytes)));
