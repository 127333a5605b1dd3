import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** The bytes of a `COPY ... TO STDOUT`, cut anywhere. Leaving the loop early reads the rest and drops it. */
export async function* copyOut(client: pg.Client, sql: string): AsyncGenerator<Buffer, void, undefined> {
  const stream = client.query(copyTo(sql));
  try {
    for await (const bytes of stream.iterator({ destroyOnReturn: false })) yield bytes as Buffer;
  } finally {
    if (!stream.readableEnded && !stream.errored && !stream.destroyed) {
      stream.resume();
      await finished(stream).catch(() => {});
    }
  }
}
