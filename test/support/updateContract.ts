import * as v from 'valibot';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const instant = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/));
const code = v.pipe(v.string(), v.regex(/^([A-Z]{2}_[A-Z_]+|[0-9A-Z]{5})$/));
const text = v.pipe(v.string(), v.minLength(1));

/**
 * The lines of `windrow update --json`, as docs/orchestration.md promises them. Strict: a field that is added is added
 * there too.
 */
export const updateLines = {
  plan: v.strictObject({ kind: v.literal('plan'), symbols: whole, due: whole }),
  symbol: v.pipe(
    v.strictObject({
      kind: v.literal('symbol'),
      symbol: text,
      status: v.picklist(['done', 'unchanged', 'failed', 'due']),
      code: v.optional(code),
      cause: v.optional(text),
      rows: whole,
      inserted: whole,
      cells: whole,
      nulls: whole,
      clipped: whole,
      barsRead: whole,
      first: v.optional(instant),
      last: v.optional(instant),
      nullFeatures: v.record(v.string(), v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
      tookMs: milliseconds,
    }),
    v.check(
      ({ status, code, cause }) => (status === 'failed') === (code !== undefined && cause !== undefined),
    ),
    v.check(({ rows, first, last }) => rows > 0 === (first !== undefined && last !== undefined)),
  ),
  note: v.strictObject({ kind: v.literal('note'), text: text }),
  report: v.strictObject({
    kind: v.literal('report'),
    runId: v.pipe(v.string(), v.uuid()),
    set: text,
    featureVersion: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
    dryRun: v.boolean(),
    startedAt: v.pipe(v.string(), v.isoTimestamp()),
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
    interrupted: v.boolean(),
    notes: v.array(v.string()),
    failures: v.array(v.strictObject({ symbol: v.string(), code, cause: text })),
  }),
  error: v.strictObject({
    kind: v.literal('error'),
    code: text,
    exitCode: v.picklist([1, 2, 3]),
    message: text,
    hint: v.string(),
  }),
};

export const updateLine = v.union(Object.values(updateLines));
export type UpdateLine = v.InferOutput<typeof updateLine>;
export type UpdateReportLine = v.InferOutput<typeof updateLines.report>;
