import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { WindrowError } from '../errors.ts';
import { noteCopy, socketOf } from './copyWatch.ts';

/** Sends bytes of a COPY. When the promise resolves, the bytes have left and their memory may be used again. */
export type Write = (bytes: Uint8Array) => Promise<void>;

export type CopyIn<T> = {
  readonly result: T;
  /** As the server counts them. */
  readonly rows: number;
  readonly bytes: number;
  /** Time spent waiting for the server to take bytes and to finish. */
  readonly waitMs: number;
};

/** Of pieces that are smaller, such as a row of each of many symbols, so many bytes go together. */
const smallBytes = 8_192;
const togetherBytes = 65_536;

/** The server counts the rows that it has taken: as many as were sent, or they are not all there. */
export function checkRows(taken: number, sent: number, table: string): void {
  if (taken === sent) return;
  const what = `the server took ${taken} rows of "${table}", the encoder counted ${sent}`;
  throw new WindrowError('WR_INTERNAL', { what });
}

/** Runs a `COPY ... FROM STDIN` with the bytes that `feed` writes. When `feed` throws, the COPY fails with it. */
export async function copyIn<T>(
  client: pg.Client,
  sql: string,
  feed: (write: Write) => Promise<T>,
): Promise<CopyIn<T>> {
  const stream = client.query(copyFrom(sql));
  const { waits, moved, ended } = noteCopy(client, sql);
  let failure: Error | undefined;
  let fail!: (error: Error) => void;
  const failed = new Promise<never>((_, reject) => {
    fail = error => {
      failure ??= error;
      reject(failure);
    };
  });
  failed.catch(() => {});
  stream.on('error', fail);
  // pg tells of a lost connection those whose answer is due, and takes a COPY for answered where the server says so too early
  const lost = () => fail(new Error('Connection terminated unexpectedly'));
  client.once('error', fail).once('end', lost);
  const settle = (step: (done: (error?: Error | null) => void) => void): Promise<void> =>
    Promise.race([
      failed,
      new Promise<void>((resolve, reject) => {
        step(error => (error ? reject(error) : resolve()));
      }),
    ]);

  let bytes = 0;
  let waitMs = 0;
  const timed = async (step: Promise<void>) => {
    waits();
    const start = performance.now();
    await step;
    waitMs += performance.now() - start;
    moved();
  };
  const send = async (chunk: Uint8Array) => {
    // The stream writes a message's head apart, and the head alone would wake the server for five bytes.
    const socket = socketOf(client);
    socket.cork();
    const queued = settle(done => stream.write(chunk, done));
    socket.uncork();
    await queued;
    // The stream is content when the socket has queued the bytes; they must be out before their memory is reused.
    if (socket.writableLength > 0) await settle(done => socket.write(new Uint8Array(0), done));
  };
  let small: Buffer[] = [];
  let waiting = 0;
  const sendSmall = async (): Promise<void> => {
    if (waiting === 0) return;
    const together = Buffer.concat(small);
    small = [];
    waiting = 0;
    await timed(send(together));
  };
  const write: Write = async chunk => {
    if (failure) throw failure;
    bytes += chunk.length;
    if (chunk.length < smallBytes) {
      small.push(Buffer.from(chunk));
      waiting += chunk.length;
      if (waiting >= togetherBytes) await sendSmall();
      return;
    }
    await sendSmall();
    await timed(send(chunk));
  };

  const fed = async (): Promise<T> => {
    try {
      const result = await feed(write);
      await sendSmall();
      return result;
    } catch (error) {
      if (failure) throw failure;
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
      // The server answers the cancelled COPY; until then the connection takes no other statement.
      await Promise.race([failed, finished(stream)]).catch(() => {});
      throw error;
    }
  };
  try {
    const result = await fed();
    await timed(settle(done => stream.end(done)));
    return { result, rows: stream.rowCount, bytes, waitMs };
  } finally {
    ended();
    client.off('error', fail).off('end', lost);
  }
}
