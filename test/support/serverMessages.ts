/** What a server sends, message by message: https://www.postgresql.org/docs/current/protocol-message-formats.html. */

export function message(type: string, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.from(`${type}\0\0\0\0`, 'latin1');
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

const short = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const text = (value: string): Buffer => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(Buffer.byteLength(value));
  return Buffer.concat([size, Buffer.from(value)]);
};

export const ready = message('Z', Buffer.from('I'));
export const commandComplete = (tag: string): Buffer => message('C', Buffer.from(`${tag}\0`));
export const rowDescription = (...names: readonly string[]): Buffer => {
  // of type text, in no table
  const kind = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);
  const fields = names.map(name => Buffer.concat([Buffer.from(`${name}\0`), kind]));
  return message('T', Buffer.concat([short(names.length), ...fields]));
};
export const dataRow = (...values: readonly string[]): Buffer =>
  message('D', Buffer.concat([short(values.length), ...values.map(text)]));
export const serverError = (state: string, what: string): Buffer =>
  message('E', Buffer.from(`SERROR\0VERROR\0C${state}\0M${what}\0\0`));

/** To one that connects: come in, without a password. */
export const welcome = Buffer.concat([message('R', Buffer.alloc(4)), ready]);
/** To what each connection of ours says first. */
export const sessionAnswer = Buffer.concat([
  commandComplete('SET'),
  rowDescription('server_version_num'),
  dataRow('180000'),
  commandComplete('SHOW'),
  ready,
]);
/** A row in a COPY, or a piece of its bytes. */
export const copyOut = message('H', Buffer.from([1, 0, 1, 0, 1]));
export const copyIn = message('G', Buffer.from([1, 0, 1, 0, 1]));
