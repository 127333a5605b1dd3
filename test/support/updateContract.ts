import { z } from 'zod';

const whole = z.int().min(0);
const milliseconds = z.number().min(0);
const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const code = z.string().regex(/^([A-Z]{2}_[A-Z_]+|[0-9A-Z]{5})$/);

/**
 * The lines of `windrow update --json`, as docs/orchestration.md promises them. Strict: a field that is added is added
 * there too.
 */
export const updateLines = {
  plan: z.strictObject({ kind: z.literal('plan'), symbols: whole, due: whole }),
  symbol: z
    .strictObject({
      kind: z.literal('symbol'),
      symbol: z.string().min(1),
      status: z.enum(['done', 'unchanged', 'failed', 'due']),
      code: code.optional(),
      cause: z.string().min(1).optional(),
      rows: whole,
      inserted: whole,
      cells: whole,
      nulls: whole,
      clipped: whole,
      barsRead: whole,
      first: instant.optional(),
      last: instant.optional(),
      nullFeatures: z.record(z.string(), z.int().min(1)),
      tookMs: milliseconds,
    })
    .refine(
      ({ status, code, cause }) => (status === 'failed') === (code !== undefined && cause !== undefined),
    )
    .refine(({ rows, first, last }) => rows > 0 === (first !== undefined && last !== undefined)),
  note: z.strictObject({ kind: z.literal('note'), text: z.string().min(1) }),
  report: z.strictObject({
    kind: z.literal('report'),
    runId: z.uuid(),
    set: z.string().min(1),
    featureVersion: z.string().regex(/^[0-9a-f]{16}$/),
    dryRun: z.boolean(),
    startedAt: z.iso.datetime(),
    tookMs: milliseconds,
    symbols: whole,
    done: whole,
    unchanged: whole,
    failed: whole,
    due: whole,
    rows: whole,
    cells: whole,
    nulls: whole,
    clipped: whole,
    interrupted: z.boolean(),
    notes: z.array(z.string()),
    failures: z.array(z.strictObject({ symbol: z.string(), code, cause: z.string().min(1) })),
  }),
  error: z.strictObject({
    kind: z.literal('error'),
    code: z.string().min(1),
    exitCode: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    message: z.string().min(1),
    hint: z.string(),
  }),
};

export const updateLine = z.union(Object.values(updateLines));
export type UpdateLine = z.infer<typeof updateLine>;
export type UpdateReportLine = z.infer<typeof updateLines.report>;
