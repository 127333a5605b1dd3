/**
 * Takes the payload of CopyData messages, in which a server sends the stream of a COPY, out of the connection's bytes.
 * A server sends a message per row, and a protocol need not: messages and bytes may be cut anywhere. Nothing is read
 * outside [input, input + bytes), and never more written than that many bytes, whatever the lengths say.
 */

/** u32: bytes of the message begun that are still to come. The struct is 16 bytes, zero at first. */
const LEFT: usize = 0;
/** i32: bytes of a message's head that were read before a cut went through it, and the part of its length among them. */
const SEEN: usize = 4;
const LENGTH: usize = 8;
/** i32: bytes of payload written by the last call. */
const WRITTEN: usize = 12;

/** A message begins with its type and its length, big endian, which counts itself but not the type. */
const COPY_DATA: u8 = 0x64;
const HEAD_BYTES: i32 = 5;

/** Copies without a call; longer pieces are written up to 16 bytes at a time, the last ones overlapping. */
// @ts-ignore: decorator
@inline
function copyPiece(to: usize, from: usize, bytes: usize): void {
  if (bytes >= 16) {
    const last = from + bytes - 16;
    const lastTo = to + bytes - 16;
    for (; from < last; from += 16, to += 16) v128.store(to, v128.load(from));
    v128.store(lastTo, v128.load(last));
  } else {
    for (const end = from + bytes; from < end; ++from, ++to) store<u8>(to, load<u8>(from));
  }
}

/**
 * Appends the payload of the messages in [input, input + bytes) at `output`, which does not overlap the input. Returns
 * how many bytes it took, fewer than given where a message of another type begins, or -1 when a length is impossible.
 */
export function unframe(frames: usize, input: usize, bytes: i32, output: usize): i32 {
  const end = input + <usize>bytes;
  let at = input;
  let to = output;
  let left = <usize>load<u32>(frames, LEFT);
  let seen = load<i32>(frames, SEEN);
  let length = load<i32>(frames, LENGTH);
  while (at < end) {
    if (left > 0) {
      const piece = min(left, end - at);
      copyPiece(to, at, piece);
      to += piece;
      at += piece;
      left -= piece;
      continue;
    }
    if (seen == 0) {
      if (load<u8>(at) != COPY_DATA) break;
      if (end - at >= <usize>HEAD_BYTES) {
        length = bswap<i32>(load<i32>(at, 1));
        seen = HEAD_BYTES;
        at += HEAD_BYTES;
      } else {
        length = 0;
        seen = 1;
        ++at;
      }
    } else {
      length = (length << 8) | load<u8>(at);
      ++seen;
      ++at;
    }
    if (seen == HEAD_BYTES) {
      if (length < 4) return -1;
      left = <usize>(length - 4);
      seen = 0;
    }
  }
  store<u32>(frames, <u32>left, LEFT);
  store<i32>(frames, seen, SEEN);
  store<i32>(frames, length, LENGTH);
  store<i32>(frames, <i32>(to - output), WRITTEN);
  return <i32>(at - input);
}
