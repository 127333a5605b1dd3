import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrepareOptions } from '../../host/backfill/prepare.ts';
import { type EncodedPartition, encodePartitions } from '../../host/bench/encoded.ts';
import type { Database } from '../../host/store/database.ts';

/** The binary COPY of one partition, encoded beforehand into a file. */
export type EncodedFile = EncodedPartition & { readonly file: string };

/** Encodes the partitions that a backfill would publish, each into a file. */
export async function encodeFiles(
  database: Database,
  options: PrepareOptions,
  folder: string,
): Promise<EncodedFile[]> {
  await mkdir(folder, { recursive: true });
  const partitions = await encodePartitions(database, options, async name => {
    const file = join(folder, `${name}.copy`);
    const out = await open(file, 'w');
    return { file, write: (chunk: Uint8Array) => out.writeFile(chunk), close: () => out.close() };
  });
  return partitions.map(({ sink, ...partition }) => ({ ...partition, file: sink.file }));
}

/** The bytes of each partition in memory that threads share. */
export async function loadBytes(partitions: readonly EncodedFile[]): Promise<Uint8Array[]> {
  const loaded: Uint8Array[] = [];
  for (const { file, bytes } of partitions) {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes));
    shared.set(await readFile(file));
    loaded.push(shared);
  }
  return loaded;
}
