import { WindrowError } from '../../errors.ts';

/** What the system says of a data folder, or of a file in it, in Windrow's terms. */
export function folderError(dir: string, cause: unknown): WindrowError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new WindrowError('WR_DISK_FULL', { where: dir }, { cause });
  return new WindrowError('WR_DATA_DIR', { dir, what: `cannot be used: ${message}` }, { cause });
}

/** Runs `body`, which does no more than read or write files of the folder. */
export async function inFolder<T>(dir: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw folderError(dir, error);
  }
}
