import { z } from 'zod';

const formula = z.union([z.string(), z.number()]).transform(String);

/** A family of the user, as the configuration holds it: plain data, since it crosses threads. */
export const customFamilySchema = z.strictObject({
  title: z.string().min(1).optional(),
  /** Words for parts of formulas. */
  define: z.record(z.string(), formula).optional(),
  features: z.record(
    z.string(),
    z.union([
      formula,
      z.strictObject({
        formula,
        unit: z.string().min(1).optional(),
        description: z.string().min(1).optional(),
      }),
    ]),
  ),
});

export const customSchema = z.record(z.string(), customFamilySchema);

/** A family of the user: features and the words that their formulas use. */
export type CustomFamily = z.input<typeof customSchema>[string];
export type Custom = Readonly<Record<string, CustomFamily>>;
/** With everything as text. */
export type CustomRead = z.output<typeof customSchema>;
