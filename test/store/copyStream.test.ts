import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyIn } from '../../host/store/copyStream.ts';
import { monthMicros } from '../../host/store/month.ts';
import { encodeCopy } from '../support/copyBytes.ts';
import { copyOut } from '../support/copyOut.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

describe('streams of COPY', () => {
  let db: TestDatabase;
  let client: Awaited<ReturnType<TestDatabase['connect']>>;

  beforeAll(async () => {
    db = await testDatabase();
    client = await db.connect();
    await client.query('create table streamed (ts_utc timestamp, value float8)');
  });

  afterAll(async () => {
    await client.end();
    await db.drop();
  });

  const drain = async (stream: AsyncIterable<Buffer>) => {
    for await (const _ of stream);
  };

  const into = 'copy streamed from stdin (format binary)';
  const rows = (count: number) => {
    const start = monthMicros('2024-07');
    return encodeCopy(Array.from({ length: count }, (_, row) => [{ time: start + row }, row]));
  };
  const sum = async () =>
    (await client.query('select count(*)::int as n, sum(value) as sum from streamed')).rows[0];

  test('memory may be overwritten as soon as a write has returned', async () => {
    const bytes = rows(200_000);
    const memory = new Uint8Array(300_001);
    const copied = await copyIn(client, into, async write => {
      for (let at = 0; at < bytes.length; at += memory.length) {
        const part = bytes.subarray(at, at + memory.length);
        memory.set(part);
        await write(memory.subarray(0, part.length));
        memory.fill(0xff);
      }
      return 'counted';
    });
    expect(copied).toMatchObject({ result: 'counted', rows: 200_000, bytes: bytes.length });
    expect(await sum()).toEqual({ n: 200_000, sum: (200_000 * 199_999) / 2 });
    await client.query('truncate streamed');
  });

  test("bytes that are no COPY are the server's error, and the connection goes on", async () => {
    const garbage = copyIn(client, into, write => write(new Uint8Array(64).fill(7)));
    await expect(garbage).rejects.toThrow('COPY file signature not recognized');
    const truncated = copyIn(client, into, write => write(rows(10).subarray(0, 100)));
    await expect(truncated).rejects.toThrow('unexpected EOF');
    const endless = copyIn(client, into, async write => {
      for (;;) await write(new Uint8Array(100_000));
    });
    await expect(endless).rejects.toThrow('COPY file signature not recognized');
    expect(await sum()).toEqual({ n: 0, sum: null });
  });

  test('a feed that throws cancels the COPY with its own error', async () => {
    const failing = copyIn(client, into, async write => {
      await write(rows(1000));
      throw new TypeError('no more');
    });
    await expect(failing).rejects.toBeInstanceOf(TypeError);
    const early = copyIn(client, into, async () => {
      throw new RangeError('not even once');
    });
    await expect(early).rejects.toBeInstanceOf(RangeError);
    expect(await sum()).toEqual({ n: 0, sum: null });
  });

  test('a reader that leaves early leaves the connection usable', async () => {
    const out = 'copy (select i from generate_series(1, 300000) i) to stdout (format binary)';
    let seen = 0;
    for await (const bytes of copyOut(client, out)) {
      seen += bytes.length;
      break;
    }
    expect(seen).toBeGreaterThan(0);
    expect(await sum()).toEqual({ n: 0, sum: null });
    const failing = copyOut(client, 'copy (select 1 / (i - 5000) from generate_series(1, 9000) i) to stdout');
    await expect(drain(failing)).rejects.toThrow('division by zero');
    await expect(drain(copyOut(client, 'copy nothing to stdout'))).rejects.toThrow('does not exist');
    expect(await sum()).toEqual({ n: 0, sum: null });
  });
});
