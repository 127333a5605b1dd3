import * as v from 'valibot';
import { byName, strict, text } from '../shape.ts';

const formula = v.pipe(v.union([v.string(), v.pipe(v.number(), v.finite())]), v.transform(String));

/** What a family of the user is made of, as the configuration holds it: plain data, since it crosses threads. */
export const customFamilyEntries = {
  title: v.optional(text),
  /** `month`: the rows of all symbols in one partition a month. */
  partition: v.optional(v.literal('month')),
  /** Words for parts of formulas. */
  define: v.optional(byName(v.string(), formula)),
  features: byName(
    v.string(),
    v.union(
      [formula, strict({ formula, unit: v.optional(text), description: v.optional(text) })],
      'expected a formula, or an object that has one as `formula`',
    ),
  ),
};

export const customSchema = byName(v.string(), strict(customFamilyEntries));

/** A family of the user: features and the words that their formulas use. */
export type CustomFamily = v.InferInput<typeof customSchema>[string];
export type Custom = Readonly<Record<string, CustomFamily>>;
/** With everything as text. */
export type CustomRead = v.InferOutput<typeof customSchema>;
