import { connect, createServer, type Server, type Socket } from 'node:net';
import { parse } from 'pg-connection-string';

/** A message of the server on its way to the client. */
export type Told = {
  readonly type: string;
  readonly bytes: Buffer;
  /** What the client said last, where it was a statement. */
  readonly statement: string;
};

/** What becomes of a message: other bytes, these and then the end of the connection, or nothing from now on and no end either. */
export type Fate = Buffer | { readonly last: Buffer } | 'silence';

/** Sees every message of one connection in its order. */
export type Meddler = (told: Told) => Fate;

export type Proxy = { readonly url: string; close(): Promise<void> };

/** Takes whole messages off the beginning of bytes. Returns the rest. */
function messagesIn(bytes: Buffer, each: (message: Buffer) => void): Buffer {
  let at = 0;
  while (bytes.length - at >= 5) {
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) break;
    each(bytes.subarray(at, end));
    at = end;
  }
  return bytes.subarray(at);
}

/** The statements among what a client says; its first message has no type. */
function statementsIn(): (bytes: Buffer) => string | undefined {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  return bytes => {
    let last: string | undefined;
    rest = Buffer.concat([rest, bytes]);
    if (!begun) {
      if (rest.length < 4 || rest.length < rest.readUInt32BE(0)) return undefined;
      rest = rest.subarray(rest.readUInt32BE(0));
      begun = true;
    }
    rest = messagesIn(rest, message => {
      const type = String.fromCharCode(message[0]!);
      if (type === 'Q') last = message.toString('utf8', 5, message.length - 1);
      if (type === 'P')
        last = message.toString(
          'utf8',
          message.indexOf(0, 5) + 1,
          message.indexOf(0, message.indexOf(0, 5) + 1),
        );
    });
    return last;
  };
}

function meddle(client: Socket, server: Socket, fateOf: Meddler): void {
  const statement = statementsIn();
  let said = '';
  let rest: Buffer = Buffer.alloc(0);
  let isSilent = false;
  const end = () => {
    client.destroy();
    server.destroy();
  };
  client.on('data', bytes => {
    said = statement(bytes) ?? said;
    server.write(bytes);
  });
  server.on('data', bytes => {
    rest = messagesIn(Buffer.concat([rest, bytes]), message => {
      if (isSilent || client.destroyed) return;
      const fate = fateOf({ type: String.fromCharCode(message[0]!), bytes: message, statement: said });
      if (fate === 'silence') isSilent = true;
      else if (Buffer.isBuffer(fate)) client.write(fate);
      else {
        isSilent = true;
        // what was written goes out first
        client.end(fate.last, end);
      }
    });
  });
  for (const socket of [client, server]) socket.on('error', end).on('close', end);
}

/** A server between clients and that of a URL, on this machine; each connection gets a meddler of its own. */
export async function proxyTo(url: string, meddlerOf: (connection: number) => Meddler): Promise<Proxy> {
  const { host, port, user, password, database } = parse(url);
  const to = Number(port || 5432);
  const sockets = new Set<Socket>();
  let count = 0;
  const server: Server = createServer(client => {
    const behind = host!.startsWith('/') ? connect(`${host}/.s.PGSQL.${to}`) : connect(to, host!);
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    meddle(client, behind, meddlerOf(count++));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as { port: number };
  return {
    url: `postgresql://${encodeURIComponent(user!)}:${encodeURIComponent(password!)}@127.0.0.1:${own}/${database}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
