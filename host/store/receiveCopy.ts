import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { WindrowError } from '../errors.ts';
import { noteCopy } from './copyWatch.ts';

/** Takes the rows of a COPY as they come off the connection. */
export type CopyReceiver = {
  /**
   * Takes the CopyData messages that the bytes begin with; they are cut anywhere, and the next call goes on where this
   * one ended. Returns how many bytes it took: fewer than given where a message of another type begins. The bytes may
   * be kept. When it throws, the place in the connection is lost and the connection ends.
   */
  receive(bytes: Uint8Array): number;
};

type Listener = (bytes: Buffer) => void;

/** What pg calls on the query that it runs; @types/pg knows of `submit` only. */
type CopyConnection = pg.Connection & { sendCopyFail(reason: string): void };

const headBytes = 5;

/**
 * CopyOutResponse, the completion of a statement before the last COPY, and what a server may send between any two messages:
 * none of them ends the COPYs.
 */
const asides: ReadonlySet<number> = new Set(Buffer.from('HCNAS'));
const copyDone = 'c'.charCodeAt(0);

/**
 * `COPY ... TO STDOUT`, one or several, as pg submits them. While they run, the connection's bytes come here: pg's parser
 * would make a message object of every row. Everything but CopyData is handed on to that parser, which answers as it
 * always does.
 */
class ReceivingQuery {
  readonly #sql: string;
  readonly #receivers: readonly CopyReceiver[];
  readonly #resolve: (rows: number[]) => void;
  readonly #reject: (error: unknown) => void;
  #socket: Duplex | undefined;
  #parsers: Listener[] = [];
  /** The beginning of a message that is none of ours, cut within its first five bytes. */
  #head: Buffer = Buffer.alloc(0);
  /** Bytes of such a message that are still to be handed on. */
  #foreign = 0;
  /** Whose turn it is. */
  #at = 0;
  /** Of each COPY that is complete. */
  readonly #rows: number[] = [];

  constructor(
    sql: string,
    receivers: readonly CopyReceiver[],
    resolve: (rows: number[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#sql = sql;
    this.#receivers = receivers;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: pg.Connection): void {
    const socket = connection.stream;
    this.#socket = socket;
    this.#parsers = socket.listeners('data') as Listener[];
    for (const parser of this.#parsers) socket.removeListener('data', parser);
    socket.on('data', this.#take);
    connection.query(this.#sql);
  }

  readonly #take = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; ) {
      if (this.#foreign > 0) {
        const rest = bytes.subarray(at, at + this.#foreign);
        this.#foreign -= rest.length;
        at += rest.length;
        this.#handOn(rest);
        continue;
      }
      if (this.#head.length === 0) {
        try {
          at += this.#receivers[this.#at]!.receive(bytes.subarray(at));
        } catch (error) {
          this.#socket?.destroy(error as Error);
          return;
        }
        if (at === bytes.length) return;
        if (bytes[at] === copyDone && this.#at < this.#receivers.length - 1) {
          this.#at++;
        } else if (!asides.has(bytes[at]!)) {
          // the end of the last COPY, or an error
          this.#giveBack();
          this.#handOn(bytes.subarray(at));
          return;
        }
      }
      const part = bytes.subarray(at, at + headBytes - this.#head.length);
      this.#head = Buffer.concat([this.#head, part]);
      at += part.length;
      if (this.#head.length < headBytes) return;
      this.#foreign = Math.max(0, this.#head.readUInt32BE(1) - 4);
      const head = this.#head;
      this.#head = Buffer.alloc(0);
      this.#handOn(head);
    }
  };

  #handOn(bytes: Buffer): void {
    for (const parser of this.#parsers) parser(bytes);
  }

  #giveBack(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.removeListener('data', this.#take);
    for (const parser of this.#parsers) socket.on('data', parser);
  }

  handleError(error: unknown): void {
    this.#giveBack();
    this.#reject(error);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const found = /^COPY (\d+)/.exec(text);
    if (found) this.#rows.push(Number(found[1]));
  }

  handleReadyForQuery(): void {
    if (this.#rows.length === this.#receivers.length) this.#resolve(this.#rows);
    else this.#reject(new WindrowError('WR_INTERNAL', { what: `no COPY TO STDOUT: ${this.#sql}` }));
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFail('no COPY TO STDOUT');
  }

  // of statements that are no COPY TO
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
}

/**
 * Runs statements of which so many are a `COPY ... TO STDOUT` as there are receivers, and gives the messages of each to its
 * own as they arrive, with no work of ours per row. Returns the numbers of rows as the server counts them. After a
 * server's error the connection takes further statements.
 */
export function receiveCopies(
  client: pg.Client,
  statements: readonly string[],
  receivers: readonly CopyReceiver[],
): Promise<number[]> {
  const sql = statements.join('; ');
  const { waits, ended } = noteCopy(client, sql);
  const watched = receivers.map(
    (receiver): CopyReceiver => ({
      receive(bytes) {
        // the next ones are what is waited for
        waits();
        return receiver.receive(bytes);
      },
    }),
  );
  waits();
  return new Promise<number[]>((resolve, reject) => {
    client.query(new ReceivingQuery(sql, watched, resolve, reject));
  }).finally(ended);
}

/** The same for one COPY. */
export const receiveCopy = async (client: pg.Client, sql: string, receiver: CopyReceiver): Promise<number> =>
  (await receiveCopies(client, [sql], [receiver]))[0]!;
