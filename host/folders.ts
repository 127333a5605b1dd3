import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Makes a folder and those above it, and says whether any was missing. Node's own recursive `mkdir` goes round in circles for
 * ever where a system says of a folder in one that is there that there is none, as /proc does.
 */
export async function makeFolder(path: string, mode?: number): Promise<boolean> {
  const missing: string[] = [];
  let at = resolve(path);
  while (!(await isThere(at))) {
    missing.unshift(at);
    at = dirname(at);
  }
  if (missing.length === 0 && !(await stat(at)).isDirectory()) await mkdir(at);
  for (const folder of missing) {
    await mkdir(folder, { mode }).catch(error => {
      // somebody else was faster
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
  return missing.length > 0;
}
