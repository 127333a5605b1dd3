import { parentPort, workerData } from 'node:worker_threads';
import { from as copyFrom } from 'pg-copy-streams';
import { connectDatabase } from '../store/database.ts';
import type { FloorJob, FloorShare } from './floor.ts';

// One connection of the floor: takes the next partition, sends the bytes that lie in memory, commits.

/** The server takes pieces of this size fastest: a tenth faster than 16 kB, no slower than a megabyte. */
const pieceBytes = 262_144;

const { connection, jobs, next, pieces = pieceBytes } = workerData as FloorShare;
const client = await connectDatabase(connection);

function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieces) yield bytes.subarray(at, at + pieces);
}

/** Writes as long as the stream takes more, as `Readable.pipe` does. */
function send({ copy, bytes }: FloorJob): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = client.query(copyFrom(copy));
    const rest = cut(bytes);
    const pump = (): void => {
      for (let piece = rest.next(); !piece.done; piece = rest.next())
        if (!stream.write(piece.value)) return void stream.once('drain', pump);
      stream.end();
    };
    stream.once('error', reject).once('finish', resolve);
    pump();
  });
}

parentPort!.once('message', async () => {
  for (let job = jobs[Atomics.add(next, 0, 1)]; job; job = jobs[Atomics.add(next, 0, 1)]) {
    await client.query(job.before);
    await send(job);
    await client.query(job.after);
  }
  await client.end();
  parentPort!.postMessage('done');
});
parentPort!.postMessage('ready');
