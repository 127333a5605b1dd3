import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const quietly = { stdio: 'ignore' } as const;

/** A file system in memory, of so many kilobytes, where this account may mount one. Others may pass through, not look. */
export function mountSmall(folder: string, kilobytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=711`, 'tmpfs', folder], quietly);
    return true;
  } catch {
    return false;
  }
}

export const unmount = (folder: string): void => {
  execFileSync('umount', [folder], quietly);
};

/** Gives a mounted one another size. False where what is in it has grown beyond that. */
export function resize(folder: string, kilobytes: number): boolean {
  try {
    execFileSync('mount', ['-o', `remount,size=${kilobytes}k`, folder], quietly);
    return true;
  } catch {
    return false;
  }
}

const kilobytesOf = (folder: string, column: 'used' | 'avail'): number =>
  Number(
    execFileSync('df', [`--output=${column}`, '-k', folder])
      .toString()
      .split('\n')[1],
  );

export const usedKilobytes = (folder: string): number => kilobytesOf(folder, 'used');
export const freeKilobytes = (folder: string): number => kilobytesOf(folder, 'avail');

/** Whether this account may mount. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'windrow-mount-'));
  try {
    const mounted = mountSmall(folder, 64);
    if (mounted) unmount(folder);
    return mounted;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
