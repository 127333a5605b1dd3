import { readFile } from 'node:fs/promises';

const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * CPU time of this thread, in milliseconds: what else the machine does is not in it. Linux counts the time of a thread that
 * runs by ticks of some milliseconds, and exactly when it stops: so it sleeps for an instant, which costs 15 microseconds.
 */
export function threadMs(): number {
  Atomics.wait(never, 0, 0, 0.1);
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Clock ticks per second of /proc, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** CPU time of a process's children that have ended, in milliseconds; NaN where there is no /proc. */
export async function endedChildrenMs(pid: number | string = 'self'): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // behind the name, which may hold anything, the state is field 3; cutime and cstime are 16 and 17
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields ? ((Number(fields[13]) + Number(fields[14])) / ticksPerSecond) * 1000 : Number.NaN;
}
