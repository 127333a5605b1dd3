import * as v from 'valibot';

/**
 * What valibot's objects take for one: a list, whose indices would be its keys, is none; and names that valibot leaves
 * out in silence are refused.
 */
const isKeyed = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !['__proto__', 'prototype', 'constructor'].some(name => Object.hasOwn(value, name));

const keyed = <S extends v.GenericSchema>(schema: S) =>
  v.pipe(v.custom<v.InferInput<S>>(isKeyed, 'expected keys with values'), schema);

/** An object with these keys and no others. */
export const strict = <const E extends v.ObjectEntries>(entries: E) => keyed(v.strictObject(entries));

/** An object with values of one kind under keys of one kind. */
export const byName = <K extends v.GenericSchema<string, string>, V extends v.GenericSchema>(
  key: K,
  value: V,
) => keyed(v.record(key, value));

export const text = v.pipe(v.string(), v.minLength(1));

/** A whole number within limits. */
export function whole(from: number, to: number) {
  const message = `expected a whole number from ${from} to ${to}`;
  return v.pipe(
    v.number(message),
    v.safeInteger(message),
    v.minValue(from, message),
    v.maxValue(to, message),
  );
}

export const switched = v.boolean('expected true or false');

const positiveText = 'expected a positive number';
export const positive = v.pipe(v.number(positiveText), v.finite(positiveText), v.gtValue(0, positiveText));

type Issue = v.BaseIssue<unknown>;

/** The keys that lead to what an issue is about. */
export const pathOf = ({ path }: Issue): string[] => path?.map(({ key }) => String(key)) ?? [];

/** Whether an issue is about a key that must not be there, the last one of its path; one that is missing is no input. */
export const isUnknownKey = ({ path, input }: Issue): boolean =>
  path?.at(-1)?.origin === 'key' && input !== undefined;
