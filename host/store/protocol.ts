import type { Socket } from 'node:net';
import type pg from 'pg';
import { WindrowError } from '../errors.ts';

type Listener = (bytes: Buffer) => void;

/** What pg calls on a socket that it is going to read from; @types/pg does not know of it. */
type Reading = pg.Connection & { attachListeners(stream: Socket): void };

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
    for (const parser of stream.listeners('data') as Listener[]) {
      stream.removeListener('data', parser);
      stream.on('data', (bytes: Buffer) => {
        // what is destroyed delivers no more, but for what it had begun to
        if (stream.destroyed) return;
        try {
          parser(bytes);
        } catch (cause) {
          const what = cause instanceof Error ? cause.message : String(cause);
          stream.destroy(new WindrowError('WR_DATABASE_PROTOCOL', { url, what }, { cause }));
        }
      });
    }
  };
}
