import { type GenericSchema, safeParse } from 'valibot';
import { WindrowError } from '../../errors.ts';
import { isUnknownKey, pathOf } from '../../shape.ts';

/** Options of a set with its defaults; WR_SET_OPTION names the first that is wrong. */
export function readOptions<T>(
  set: string,
  schema: GenericSchema<unknown, T>,
  options: Readonly<Record<string, unknown>>,
): T {
  const read = safeParse(schema, options);
  if (read.success) return read.output;
  const [issue] = read.issues;
  const what = isUnknownKey(issue) ? 'there is no such option' : issue.message;
  throw new WindrowError('WR_SET_OPTION', { set, option: pathOf(issue).join('.'), what });
}
