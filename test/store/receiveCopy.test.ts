import { createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CopyDecoder } from '../../host/engine/copy.ts';
import { Arena } from '../../host/engine/module.ts';
import { receiveCopy } from '../../host/store/receiveCopy.ts';
import { copyData, encodeCopy } from '../support/copyBytes.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const epoch2000 = Date.UTC(2000, 0, 1) * 1000;

describe('rows received from a COPY', () => {
  let db: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
  });

  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const numbers = (count: number, value = 'i') =>
    `copy (select timestamp '2000-01-01' + i * interval '1 s', (${value})::float8
       from (select generate_series(0, ${count - 1}) as i) s) to stdout (format binary)`;
  const decoder = async () => new CopyDecoder(await Arena.create(), { columns: 1, capacity: 100 });
  const usable = async (connection = client) =>
    expect((await connection.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  const backendOf = async (connection: pg.Client) =>
    (await connection.query('select pg_backend_pid() as pid')).rows[0].pid;

  test('are all there, and the connection goes on', async () => {
    const other = client.query('select 2 as two');
    for (const count of [0, 1, 300_000]) {
      const rows = await decoder();
      const received = receiveCopy(client, numbers(count), rows);
      const behind = client.query('select 3 as three');
      expect(await received).toBe(count);
      expect(rows.finish().rows).toBe(count);
      expect(rows.column(0).every((value, row) => value === row)).toBe(true);
      expect(rows.time().at(-1) ?? Number.NaN).toBe(count > 0 ? epoch2000 + (count - 1) * 1e6 : Number.NaN);
      expect((await behind).rows).toEqual([{ three: 3 }]);
    }
    expect((await other).rows).toEqual([{ two: 2 }]);
  });

  test('end with an error of the server, at once or on the way, and the connection goes on', async () => {
    for (const [sql, code] of [
      ['copy nothing to stdout', '42P01'],
      ['copy', '42601'],
      [numbers(20_000, '1 / (i - 10000)'), '22012'],
      [numbers(2, '1 / (i - 1)'), '22012'],
    ] as const) {
      await expect(receiveCopy(client, sql, await decoder())).rejects.toMatchObject({ code });
      await usable();
    }
  });

  test('roll back with their transaction', async () => {
    await client.query('begin');
    await expect(receiveCopy(client, numbers(9000, '1 / (i - 5000)'), await decoder())).rejects.toThrow(
      'zero',
    );
    await expect(client.query('select 1')).rejects.toThrow('current transaction is aborted');
    await client.query('rollback');
    await usable();
  });

  test('end when the query is cancelled', async () => {
    const admin = await db.connect();
    const pid = await backendOf(client);
    const rows = await decoder();
    let cancelled: Promise<unknown> | undefined;
    const received = receiveCopy(client, numbers(100_000_000), {
      receive: bytes => {
        cancelled ??= admin.query('select pg_cancel_backend($1)', [pid]);
        return rows.receive(bytes);
      },
    });
    await expect(received).rejects.toMatchObject({ code: '57014' });
    await cancelled;
    await admin.end();
    await usable();
  });

  test('end when the connection is lost', async () => {
    const admin = await db.connect();
    const terminate = (pid: number) => admin.query('select pg_terminate_backend($1)', [pid]);
    const cut = async (_: number, socket: pg.Connection['stream']) => socket.destroy();
    for (const lose of [terminate, cut]) {
      const lost = await db.connect();
      const socket = (lost as unknown as { connection: pg.Connection }).connection.stream;
      const pid = await backendOf(lost);
      const rows = await decoder();
      let losing: Promise<unknown> | undefined;
      const received = receiveCopy(lost, numbers(100_000_000), {
        receive: bytes => {
          losing ??= lose(pid, socket);
          return rows.receive(bytes);
        },
      });
      await expect(received).rejects.toThrow(/Connection terminated|terminating connection/);
      await losing;
      await expect(receiveCopy(lost, numbers(1), rows)).rejects.toThrow(/terminated|not queryable/);
      await lost.end().catch(() => {});
    }
    await admin.end();
  });

  test('of another shape are an error at the end, and the connection goes on', async () => {
    for (const sql of [
      numbers(50_000, '1').replace('::float8', '::float4'),
      'copy (select 1 from generate_series(1, 9000)) to stdout',
    ]) {
      const rows = await decoder();
      await receiveCopy(client, sql, rows);
      expect(() => rows.finish()).toThrow(expect.objectContaining({ code: 'WR_COPY_MALFORMED' }));
      await usable();
    }
  });

  test('do not come from other statements', async () => {
    await client.query('create table received (i int)');
    for (const sql of ['select 1', '', 'create table also (i int)', 'insert into received values (1)']) {
      await expect(receiveCopy(client, sql, await decoder())).rejects.toThrow('no COPY TO STDOUT');
      await usable();
    }
    const other = receiveCopy(client, 'copy received from stdin', await decoder());
    await expect(other).rejects.toThrow('no COPY TO STDOUT');
    await usable();
  });

  test('let notices and settings through to whoever listens', async () => {
    const heard: string[] = [];
    const hear = (notice: { message?: string | undefined }) => void heard.push(notice.message ?? '');
    client.on('notice', hear);
    await client.query(`create function loud(i int) returns float8 language plpgsql as
      $$ begin if i % 1000 = 0 then raise notice 'row %', i; end if; return i; end $$`);
    const rows = await decoder();
    expect(await receiveCopy(client, numbers(3000, 'loud(i)'), rows)).toBe(3000);
    expect(rows.finish().rows).toBe(3000);
    expect(heard).toEqual(['row 0', 'row 1000', 'row 2000']);
    client.off('notice', hear);
  });
});

describe('what a server sends between the rows', () => {
  const message = (type: string, body: string | Uint8Array) => {
    const bytes = copyData(Buffer.from(body as string));
    bytes.write(type, 'latin1');
    return bytes;
  };
  const ready = message('Z', 'I');

  /** A server that lets everyone in and answers every query with the same bytes, `size` at a time. */
  async function serve(answer: Buffer, size: number) {
    const open = new Set<Socket>();
    const server: Server = createServer(socket => {
      open.add(socket);
      socket.once('data', () => {
        socket.write(Buffer.concat([message('R', '\0\0\0\0'), ready]));
        socket.on('data', async query => {
          if (query[0] === 'X'.charCodeAt(0)) return;
          for (let at = 0; at < answer.length; at += size) {
            socket.write(answer.subarray(at, at + size));
            await new Promise(resolve => setImmediate(resolve));
          }
        });
      });
      socket.on('error', () => {});
    });
    await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'u', database: 'd', ssl: false });
    client.on('error', () => {});
    await client.connect();
    const close = async () => {
      await client.end().catch(() => {});
      for (const socket of open) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    };
    return { client, close };
  }

  const rows = encodeCopy(Array.from({ length: 5 }, (_, row) => [{ time: epoch2000 + row }, row]));
  const aside = [
    message('N', 'SNOTICE\0Mheard\0\0'),
    message('S', 'TimeZone\0UTC\0'),
    message('A', '\0\0\0\x01news\0\0'),
  ];
  const answer = Buffer.concat([
    message('H', '\x01\0\x02\0\x01\0\x01'),
    ...[0, 30, 31, 60].flatMap((from, i, all) => [copyData(rows.subarray(from, all[i + 1])), ...aside]),
    message('c', ''),
    message('C', 'COPY 5\0'),
    ready,
  ]);

  test.each([answer.length, 1, 7, 64])('is told apart, arriving %i bytes at a time', async size => {
    const { client, close } = await serve(answer, size);
    let notices = 0;
    client.on('notice', () => void notices++);
    for (const times of [1, 2]) {
      const decoder = new CopyDecoder(await Arena.create(), { columns: 1 });
      expect(await receiveCopy(client, 'copy', decoder)).toBe(5);
      expect([...decoder.column(0)]).toEqual([0, 1, 2, 3, 4]);
      expect(decoder.finish().rows).toBe(5);
      expect(notices).toBe(4 * times);
    }
    await close();
  });

  test('ends the connection where a length is impossible', async () => {
    const bad = Buffer.from(answer);
    bad.writeInt32BE(-1, answer.indexOf('d') + 1);
    const { client, close } = await serve(bad, bad.length);
    const decoder = new CopyDecoder(await Arena.create(), { columns: 1 });
    await expect(receiveCopy(client, 'copy', decoder)).rejects.toMatchObject({ code: 'WR_COPY_MALFORMED' });
    await expect(client.query('select 1')).rejects.toThrow('not queryable');
    await close();
  });
});
