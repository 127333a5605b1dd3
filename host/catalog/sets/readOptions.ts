import type { z } from 'zod';
import { WindrowError } from '../../errors.ts';

/** Options of a set with its defaults; WR_SET_OPTION names the first that is wrong. */
export function readOptions<T>(
  set: string,
  schema: z.ZodType<T>,
  options: Readonly<Record<string, unknown>>,
): T {
  const read = schema.safeParse(options);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const option = [...(issue?.path ?? []), ...keys].join('.');
  const what = keys.length > 0 ? 'there is no such option' : (issue?.message ?? 'is not valid');
  throw new WindrowError('WR_SET_OPTION', { set, option, what });
}
