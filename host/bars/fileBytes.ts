import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { WindrowError } from '../errors.ts';

export type FileBytes = {
  /** Decoded bytes (inflated, UTF-8) in order, in pieces of any size. */
  readonly pieces: AsyncGenerator<Uint8Array, void, undefined>;
  /** Bytes taken from the file so far. */
  readonly progress: { bytes: number };
};

/** Raised by `pieces` after the last good piece when a gzip stream is cut off or damaged. */
export class BrokenGzip extends Error {
  readonly what: string;

  constructor(what: string, cause: unknown) {
    super(what, { cause });
    this.what = what;
  }
}

const readBytes = 128 * 1024;

/** The content of a file, inflated where it is gzip by its first bytes, whatever its name. */
export const openFile = (file: string): FileBytes => {
  const progress = { bytes: 0 };
  return { pieces: decode(file, progress), progress };
};

async function* decode(
  file: string,
  progress: { bytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const raw = peek(count(createReadStream(file, { highWaterMark: readBytes }), progress));
  const head = await raw.head();
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const inflated = isGzip ? peek(inflate(raw.rest())) : raw;
  const start = isGzip ? await inflated.head() : head;
  if (start[0] === 0xff && start[1] === 0xfe) yield* transcode(inflated.rest());
  else {
    refuseBinary(file, start);
    yield* withoutMark(inflated.rest());
  }
}

async function* count(
  source: AsyncIterable<Buffer>,
  progress: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    progress.bytes += piece.length;
    yield piece;
  }
}

/** Looks at the first piece of a sequence without taking it. */
const peek = (source: AsyncGenerator<Uint8Array>) => {
  let first: IteratorResult<Uint8Array> | undefined;
  const head = async (): Promise<Uint8Array> => {
    first = await source.next();
    return first.done ? new Uint8Array(0) : first.value;
  };
  async function* rest(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (first?.done) return;
      if (first) yield first.value;
      yield* source;
    } finally {
      await source.return(undefined);
    }
  }
  return { head, rest };
};

/**
 * Inflates piece by piece and hands out everything that came before a break. Iterating the stream itself would lose
 * what lies in its buffer when it is destroyed by the error.
 */
async function* inflate(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  const ready: Buffer[] = [];
  let failure: (Error & { code?: string }) | undefined;
  let wake = (): void => {};
  gunzip.on('data', (piece: Buffer) => ready.push(piece));
  gunzip.on('end', () => wake());
  gunzip.on('error', error => {
    failure = error;
    wake();
  });
  const step = (act: () => void): Promise<void> =>
    new Promise(resolve => {
      wake = resolve;
      act();
    });
  try {
    for await (const piece of source) {
      await step(() => gunzip.write(piece, () => wake()));
      while (ready.length > 0) yield ready.shift() as Buffer;
      if (failure) break;
    }
    if (!failure) await step(() => gunzip.end());
    while (ready.length > 0) yield ready.shift() as Buffer;
  } finally {
    gunzip.destroy();
  }
  if (!failure) return;
  const cut = failure.code === 'Z_BUF_ERROR';
  throw new BrokenGzip(cut ? 'is cut off' : `is damaged (${failure.message})`, failure);
}

/** Drops the byte order mark that some editors put before UTF-8. */
async function* withoutMark(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const piece of source) {
    const marked = isFirst && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf;
    isFirst = false;
    yield marked ? piece.subarray(3) : piece;
  }
}

/** UTF-16, which older MetaTrader 5 builds write, as UTF-8. */
async function* transcode(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-16le');
  const encoder = new TextEncoder();
  for await (const piece of source) yield encoder.encode(decoder.decode(piece, { stream: true }));
  yield encoder.encode(decoder.decode());
}

// First bytes of files that are often taken for CSV.
const signatures: readonly (readonly [string, string, string])[] = [
  [
    'PK\u0003\u0004',
    'it is a ZIP archive or a spreadsheet',
    'unzip it first, or save the spreadsheet as CSV',
  ],
  ['PAR1', 'it is a Parquet file', 'convert it to CSV first'],
  ['(\u00b5/\u00fd', 'it is compressed with zstd', 'decompress it first, or compress it with gzip'],
  ['BZh', 'it is compressed with bzip2', 'decompress it first, or compress it with gzip'],
  ['\u00fd7zXZ', 'it is compressed with xz', 'decompress it first, or compress it with gzip'],
  ['SQLite format', 'it is an SQLite database', 'export the table as CSV first'],
  ['%PDF', 'it is a PDF document', 'get the data as CSV'],
];

const refuseBinary = (file: string, start: Uint8Array): void => {
  const text = String.fromCharCode(...start.subarray(0, 512));
  for (const [signature, what, hint] of signatures) {
    if (text.startsWith(signature)) throw new WindrowError('WR_FILE_NOT_CSV', { file, what, hint });
  }
  if (/^\s*(<!doctype|<html|<\?xml)/i.test(text)) {
    const hint =
      'open it in a browser: a page that asks to log in or to wait is often saved in place of the file';
    throw new WindrowError('WR_FILE_NOT_CSV', { file, what: 'it is a web page', hint });
  }
  const at = start.subarray(0, 65_536).indexOf(0);
  if (at < 0) return;
  const hint = 'CSV and gzipped CSV can be imported';
  throw new WindrowError('WR_FILE_NOT_CSV', { file, what: `byte ${at + 1} is zero, so it is no text`, hint });
};
