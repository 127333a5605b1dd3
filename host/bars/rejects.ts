import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WindrowError } from '../errors.ts';
import { makeFolder } from '../folders.ts';
import type { RejectCause } from './types.ts';

export const rejectsSuffix = '.rejects.csv';

export type RejectsFile = {
  add(cause: RejectCause, detail: string, line: number, text: string): void;
  /** Writes what was added since; makes the file when there is something to write. */
  flush(): Promise<void>;
  close(): Promise<void>;
  /** Path of the file, once it exists. */
  readonly path: string | undefined;
};

const refused = (path: string, cause: unknown): WindrowError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WindrowError('WR_REJECTS_WRITE', { path, reason }, { cause });
};

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/**
 * The bad lines of one input: line number, cause, detail and the line itself, as CSV. It lies beside the input; where
 * that folder cannot be written to, in the current one.
 */
export const createRejectsFile = (
  input: string,
  dir: string | false | undefined,
  name = basename(input),
): RejectsFile => {
  let pending = '';
  let handle: FileHandle | undefined;
  let path: string | undefined;

  const create = async (): Promise<FileHandle> => {
    const places = dir ? [dir] : [dirname(input), process.cwd()];
    let cause: unknown;
    for (const place of places) {
      path = join(place, `${name}${rejectsSuffix}`);
      try {
        if (dir) await makeFolder(dir);
        const made = await open(path, 'w');
        await made.write('line,cause,detail,text\n');
        return made;
      } catch (error) {
        cause ??= error;
      }
    }
    throw refused(join(places[0] as string, `${name}${rejectsSuffix}`), cause);
  };

  return {
    add(cause, detail, line, text) {
      if (dir !== false) pending += `${line},${cause},${quoted(detail)},${quoted(text)}\n`;
    },
    async flush() {
      if (!pending) return;
      const text = pending;
      pending = '';
      handle ??= await create();
      try {
        await handle.write(text);
      } catch (cause) {
        throw refused(path as string, cause);
      }
    },
    async close() {
      await handle?.close();
      handle = undefined;
    },
    get path() {
      return path;
    },
  };
};
