import assert from 'node:assert/strict';
import type { CopyDecoder } from '../../../host/engine/copy.ts';
import type { Target } from '../target.ts';
import { cut, decoded, guarded, headOf } from '../twins/decoded.ts';
import copy from './copy.ts';

// The same in messages of a connection, themselves with faults: impossible lengths, other types, cut anywhere.

const words = [
  ...copy.words,
  ...[
    'd\0\0\0\x03',
    'd\0\0\0\x04',
    'd\0\0\0\x17',
    'd\x7f\xff\xff\xff',
    'd\xff\xff\xff\xff',
    'd',
    'c\0\0\0\x04',
    'E',
    'Z',
  ].map(word => Buffer.from(word, 'latin1')),
];

/** The payloads, message by message; where another type begins, or the length that cannot be. */
function unframed(bytes: Buffer): {
  readonly payload: Buffer;
  readonly taken: number;
  readonly impossible: boolean;
} {
  const payloads: Buffer[] = [];
  let at = 0;
  let impossible = false;
  while (at < bytes.length && bytes[at] === 0x64 && !impossible) {
    const length = bytes.length - at < 5 ? 4 : bytes.readInt32BE(at + 1);
    impossible = length < 4;
    payloads.push(bytes.subarray(at + 5, at + 1 + length));
    at = Math.min(bytes.length, at + Math.max(5, 1 + length));
  }
  return { payload: Buffer.concat(payloads), taken: at, impossible };
}

async function read(input: Buffer): Promise<string> {
  const head = headOf(input);
  const { payload, taken, impossible } = unframed(head.rest);
  const feed = (decoder: CopyDecoder): number => {
    let total = 0;
    for (const piece of cut(head.rest, head.sizes)) {
      const own = decoder.receive(piece);
      total += own;
      if (own < piece.length) break;
    }
    return total;
  };
  if (impossible) {
    const { decoder, untouched } = await guarded(head);
    assert.throws(() => feed(decoder), { code: 'WR_COPY_MALFORMED', message: /impossible length/ });
    assert(untouched(), 'memory beside the decoder was written');
    return 'impossible length';
  }
  const outcome = await decoded(head, payload, decoder => assert.equal(feed(decoder), taken, 'bytes taken'));
  return taken < head.rest.length ? 'another message' : outcome;
}

export default {
  words,
  read,
  outcomes: [
    'read',
    'another message',
    'impossible length',
    'it ends without its trailer',
    'bytes follow the trailer',
  ],
} satisfies Target;
