import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WindrowError } from '../../errors.ts';
import { folderError } from './folder.ts';
import { isAlive, ownMark } from './liveness.ts';

const pollMs = 25;
const patienceMs = 180_000;
/** Breaking a dead holder's lock takes well under a second; an older breaker was itself killed. */
const breakerMs = 10_000;

let drafts = 0;

/** Creates the file with its content in one step, so that no one ever reads a lock without its holder. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${process.pid}.${drafts++}`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw folderError(dirname(path), error);
  } finally {
    await rm(draft, { force: true }).catch(() => {});
  }
}

/** Removes the lock of a holder that no longer runs. One process at a time may do so, or it could hit a new holder. */
async function breakStale(path: string): Promise<void> {
  const breaker = `${path}.breaker`;
  if (!(await create(breaker, ownMark()))) {
    const age = await stat(breaker).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > breakerMs) await rm(breaker, { force: true });
    return;
  }
  try {
    const holder = await readFile(path, 'utf8').catch(() => undefined);
    if (holder !== undefined && !isAlive(holder)) await rm(path, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}

/** Runs `body` while this process alone holds the lock file at `path`. A holder that was killed does not keep it. */
export async function withFileLock<T>(path: string, body: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  while (!(await create(path, ownMark()))) {
    const holder = await readFile(path, 'utf8').catch(error => {
      // let go in this moment
      if (error.code === 'ENOENT') return undefined;
      throw folderError(dirname(path), error);
    });
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      await breakStale(path);
      continue;
    }
    if (Date.now() > deadline) {
      throw new WindrowError('WR_DATA_DIR_BUSY', {
        path,
        pid: holder.split(' ')[0],
        seconds: patienceMs / 1000,
      });
    }
    await sleep(pollMs);
  }
  try {
    return await body();
  } finally {
    await rm(path, { force: true });
  }
}
