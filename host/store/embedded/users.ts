import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from './cluster.ts';
import { inFolder } from './folder.ts';
import { isAlive, ownMark } from './liveness.ts';

let opened = 0;

/** Notes that this process uses the server. Returns the note's path; removing it ends the use. */
export async function addUser(paths: Paths): Promise<string> {
  const note = join(paths.users, `${process.pid}-${opened++}`);
  await inFolder(paths.dataDir, () => writeFile(note, ownMark(), { mode: 0o600 }));
  return note;
}

/** Process numbers of those who use the server now. Notes of processes that were killed are removed on the way. */
export async function liveUsers(paths: Paths): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await readdir(paths.users).catch(() => [])) {
    const note = join(paths.users, name);
    const mark = await readFile(note, 'utf8').catch(() => '');
    if (isAlive(mark)) pids.push(Number.parseInt(mark, 10));
    else await rm(note, { force: true });
  }
  return pids;
}
