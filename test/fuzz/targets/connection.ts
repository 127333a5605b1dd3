import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { DatabaseError } from 'pg';
import { CopyDecoder } from '../../../host/engine/copy.ts';
import { Arena, loadModule } from '../../../host/engine/module.ts';
import { WindrowError } from '../../../host/errors.ts';
import { copyIn } from '../../../host/store/copyStream.ts';
import { connectDatabase } from '../../../host/store/database.ts';
import { inUserTerms } from '../../../host/store/postgresErrors.ts';
import { receiveCopy } from '../../../host/store/receiveCopy.ts';
import { message, sessionAnswer, welcome } from '../../support/serverMessages.ts';
import type { Target } from '../target.ts';

// A server that lies in all that it says: to one that connects, asks, receives a COPY or sends one. The first byte says what is
// done, the next ones up to a 0 are the sizes of the pieces in which the rest comes, then the connection ends. So does what
// was begun, with an answer or an error of ours.

const words = [
  ...[...'RSKZTDCEHGWdcNA1'].flatMap(type => [
    message(type),
    message(type, Buffer.alloc(4)),
    Buffer.from(type),
  ]),
  ...[message('C', Buffer.from('COPY 3\0')), message('Z', Buffer.from('I')), message('Z', Buffer.from('E'))],
  message('E', Buffer.from('SERROR\0C42P01\0Mno such table\0\0')),
  message('R', Buffer.from('\0\0\0\x0aSCRAM-SHA-256\0\0', 'latin1')),
  message('H', Buffer.from('\x01\0\x01\0\x01', 'latin1')),
  message('G', Buffer.from('\x01\0\x01\0\x01', 'latin1')),
  ...['\x7f\xff\xff\xff', '\xff\xff\xff\xff', '\0\0\0\x04', '\0\0\0\x03', '\x7f\xff', '\0'].map(word =>
    Buffer.from(word, 'latin1'),
  ),
];

const data = Buffer.from('dddd');

/** The client's end of a connection to nowhere: each thing that the client says is answered by the next of these. */
class Script extends Duplex {
  readonly #answers: (readonly Buffer[])[];
  #said = 0;

  constructor(answers: readonly (readonly Buffer[])[]) {
    super();
    this.#answers = [...answers];
  }

  connect(): void {
    process.nextTick(() => this.emit('connect'));
  }
  setNoDelay(): void {}
  setKeepAlive(): void {}
  setTimeout(): void {}
  override _read(): void {}
  override _write(said: Buffer, _: unknown, done: () => void): void {
    done();
    // data is not answered
    if (said.length === 0 || said[0] === data[0]) return;
    const answer = this.#answers.shift() ?? [];
    const isLast = this.#answers.length === 0;
    const saidBefore = ++this.#said;
    setImmediate(() => {
      for (const piece of answer) this.push(piece);
      this.#leave(isLast ? 5 : 30, saidBefore);
    });
  }

  /** Ends the connection where the client waits for more, and says nothing meanwhile. */
  #leave(turns: number, said: number): void {
    if (turns > 0) setImmediate(() => this.#leave(turns - 1, said));
    else if (said === this.#said) this.destroy();
  }
}

const module = await loadModule();
const rowsOfNothing = async () => new CopyDecoder(await Arena.create(module), { columns: 1, capacity: 1 });

const actions = ['connect', 'query', 'receive', 'send'] as const;

async function read(input: Buffer): Promise<string> {
  const [first = 0] = input;
  const action = actions[first % actions.length]!;
  const end = Math.max(1, input.indexOf(0, 1));
  const sizes = input.subarray(1, end);
  const pieces: Buffer[] = [];
  let at = Math.min(input.length, end + 1);
  for (const size of sizes) {
    pieces.push(input.subarray(at, at + size));
    at += size;
  }
  pieces.push(input.subarray(at));
  const [before, behind] = [pieces.slice(0, 1), pieces.slice(1)];
  const answers = { connect: [pieces], query: [pieces], receive: [pieces], send: [before, behind] }[action];
  const script = new Script(action === 'connect' ? answers : [[welcome], [sessionAnswer], ...answers]);
  const config = {
    user: 'me',
    password: 's3cr3t',
    database: 'db',
    host: 'nowhere',
    port: 1,
    stream: () => script,
  };
  const where = { url: 'postgresql://me@nowhere/db', user: 'me', database: 'db' };
  try {
    const client = await connectDatabase({ config, where } as never);
    try {
      await inUserTerms(client, async () => {
        if (action === 'query') await client.query('select 1');
        if (action === 'receive') await receiveCopy(client, 'copy t to stdout', await rowsOfNothing());
        if (action === 'send') await copyIn(client, 'copy t from stdin', async write => write(data));
      });
    } finally {
      script.destroy();
    }
    return `${action}: done`;
  } catch (error) {
    if (error instanceof DatabaseError && error.code !== undefined) return `${action}: refused`;
    if (!(error instanceof WindrowError)) throw error;
    assert(!error.message.includes('s3cr3t'), error.message);
    return `${action}: ${error.code}`;
  }
}

export default {
  words,
  read,
  outcomes: [
    ...['connect: WR_DATABASE_PASSWORD', 'connect: WR_DATABASE_PROTOCOL', 'connect: WR_DATABASE_UNREACHABLE'],
    ...['query: done', 'query: refused', 'query: WR_DATABASE_LOST', 'query: WR_DATABASE_PROTOCOL'],
    ...[
      'receive: done',
      'receive: refused',
      'receive: WR_DATABASE_LOST',
      'receive: WR_DATABASE_PROTOCOL',
      'receive: WR_INTERNAL',
    ],
    ...[
      'send: done',
      'send: refused',
      'send: WR_DATABASE_LOST',
      'send: WR_DATABASE_PROTOCOL',
      'send: WR_DATABASE_RIGHTS',
    ],
  ],
} satisfies Target;
