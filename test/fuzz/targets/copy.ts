import type { Target } from '../target.ts';
import { cut, decoded, headOf } from '../twins/decoded.ts';

// A server that lies: what comes out of a binary COPY is what a naive reader finds in it, value for value and fault for
// fault, however it is cut, and nothing is written beside the planes. The kernels have no coverage of their own: that of the
// naive reader, which takes the same branches, stands for it.

const words = [
  ...[
    '\0\0',
    '\xff\xff',
    '\0\x02',
    '\0\x03',
    '\x7f\xff',
    '\0\0\0\x08',
    '\0\0\0\x04',
    '\xff\xff\xff\xff',
    '\xff\xff\xff\xfe',
  ],
  ...[
    'PGCOPY\n\xff\r\n\0',
    'PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0',
    '\0\0\0\0',
    '\x80\0\0\0',
    '\x7f\xf0\0\0\0\0\0\0',
  ],
  ...[
    '\0\0\0\x08\0\x02\xbf\xf7\x9f\x8f\0\0',
    '\xff\xf8\0\0\0\0\0\0',
    '\x7f\x80\0\0',
    '\x7f\xff\xff\xff\xff\xff\xff\xff',
  ],
].map(word => Buffer.from(word, 'latin1'));

function read(input: Buffer): Promise<string> {
  const head = headOf(input);
  return decoded(head, head.rest, decoder => {
    for (const piece of cut(head.rest, head.sizes)) decoder.push(piece);
  });
}

export default {
  words,
  read,
  outcomes: [
    'read',
    'it ends without its trailer',
    'bytes follow the trailer',
    'the signature "PGCOPY" is missing',
    'header flags are N, known critical flags: none',
    'header extension has length N',
    'tuple has N fields, expected N',
    'time has length N, expected N',
    'time is outside NN to NN',
    'field N has length N, expected N or NULL',
  ],
} satisfies Target;
