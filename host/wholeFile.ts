import { rename, rm, writeFile } from 'node:fs/promises';

/** Has a file written beside its place and moves it there when it is whole: whoever looks finds the old one or the new one. */
export async function writeWhole<T>(path: string, write: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${path}.${process.pid}.part`;
  try {
    const result = await write(draft);
    await rename(draft, path);
    return result;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

export const writeWholeFile = (path: string, data: string | Uint8Array): Promise<void> =>
  writeWhole(path, draft => writeFile(draft, data));
