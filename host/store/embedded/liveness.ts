import { readFileSync } from 'node:fs';

/** When the process began, in the kernel's ticks: tells a process from a later one with the same number. */
function startedAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold anything; field 22 is the start time.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** A mark of this process that {@link isAlive} understands, also after the process number was given to another. */
export const ownMark = (): string => `${process.pid} ${startedAt(process.pid)}`;

export function processExists(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the process that wrote `mark` still runs. */
export function isAlive(mark: string): boolean {
  const [pid = '', started = ''] = mark.trim().split(' ');
  if (!processExists(Number(pid))) return false;
  return started === '' || startedAt(Number(pid)) === started;
}
