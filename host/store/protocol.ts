import type { Socket } from 'node:net';
import type pg from 'pg';
import { WindrowError } from '../errors.ts';

type Listener = (bytes: Buffer) => void;

/** What pg calls on a socket that it is going to read from; @types/pg does not know of it. */
type Reading = pg.Connection & { attachListeners(stream: Socket): void };

const headBytes = 5;
/** An error and a notice: fields, each a letter and a text that ends with 0, and a 0 behind the last. */
const withFields: ReadonlySet<number> = new Set(Buffer.from('EN'));

/** Whether fields end within their message. */
function haveEnd(body: Buffer): boolean {
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1);
    if (end < 0) return false;
    at = end + 1;
  }
  return at < body.length;
}

/**
 * Looks at bytes before pg's parser gets them, cut anywhere: of fields without an end it would look for the end for ever, and
 * no limit of time would be heard any more. Throws where it finds some, or a length that is none.
 */
function framing(): (bytes: Buffer) => void {
  let head: Buffer = Buffer.alloc(0);
  let left = 0;
  let body: Buffer[] | undefined;
  const ended = (): void => {
    if (body && !haveEnd(Buffer.concat(body))) throw new Error('the fields of an error have no end');
    body = undefined;
  };
  return bytes => {
    for (let at = 0; at < bytes.length; ) {
      if (left > 0) {
        const part = bytes.subarray(at, at + left);
        at += part.length;
        left -= part.length;
        body?.push(part);
        if (left === 0) ended();
        continue;
      }
      const more = bytes.subarray(at, at + headBytes - head.length);
      head = head.length === 0 ? more : Buffer.concat([head, more]);
      at += more.length;
      if (head.length < headBytes) return;
      left = head.readUInt32BE(1) - 4;
      if (left < 0) throw new Error(`a message has a length of ${left + 4} bytes`);
      body = withFields.has(head[0]!) ? [] : undefined;
      head = Buffer.alloc(0);
      if (left === 0) ended();
    }
  };
}

/**
 * pg parses what a server sends, and hands it to whoever waits for it, while the socket tells of it: where that throws, because
 * the bytes are no protocol or a message comes that nobody waits for, the process would end. So the connection ends instead,
 * and what waits for it fails with the cause. Called before the client connects.
 */
export function guardProtocol(client: pg.Client, url: string): void {
  const connection = (client as unknown as { connection: Reading }).connection;
  // of a message of a type that there is not, pg makes an error of the server, and reads on
  connection.prependListener('errorMessage', (error: Error & { code?: string }) => {
    if (error.code === undefined) throw error;
  });
  // of more values than it was told of, pg makes nothing that one could tell
  let described = 0;
  connection.prependListener('rowDescription', ({ fields }: { readonly fields: readonly unknown[] }) => {
    described = fields.length;
  });
  connection.prependListener('dataRow', ({ fields }: { readonly fields: readonly unknown[] }) => {
    if (fields.length !== described)
      throw new Error(`a row has ${fields.length} values, ${described} were announced`);
  });
  // who connects has nothing answered yet; from then on each answer has an end, or is an error
  let answered = true;
  let connected = false;
  for (const end of ['commandComplete', 'emptyQuery', 'errorMessage'])
    connection.prependListener(end, () => {
      answered = true;
    });
  connection.prependListener('readyForQuery', () => {
    if (!answered) throw new Error('it is ready for the next statement, and has not answered this one');
    answered = false;
    connected = true;
  });
  // pg would answer, with the password
  for (const kind of ['CleartextPassword', 'MD5Password', 'SASL', 'SASLContinue', 'SASLFinal'])
    connection.prependListener(`authentication${kind}`, () => {
      if (connected) throw new Error('it asks for a password behind the beginning');
    });
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = stream => {
    attach(stream);
    const look = framing();
    for (const parser of stream.listeners('data') as Listener[]) {
      stream.removeListener('data', parser);
      stream.on('data', (bytes: Buffer) => {
        // what is destroyed delivers no more, but for what it had begun to
        if (stream.destroyed) return;
        try {
          look(bytes);
          parser(bytes);
        } catch (cause) {
          const what = cause instanceof Error ? cause.message : String(cause);
          stream.destroy(new WindrowError('WR_DATABASE_PROTOCOL', { url, what }, { cause }));
        }
      });
    }
  };
}
