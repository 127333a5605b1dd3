import * as v from 'valibot';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const positive = v.pipe(v.number(), v.finite(), v.minValue(Number.MIN_VALUE));
const text = v.pipe(v.string(), v.minLength(1));

const computing = {
  kind: v.literal('report'),
  set: text,
  families: whole,
  features: whole,
  rounds: whole,
  computeNsPerCell: positive,
  encodeNsPerCell: positive,
  cpu: text,
  cores: whole,
  node: text,
};

/** What `windrow bench --json` prints, as docs/performance.md promises it. Strict: a field that is added is added there too. */
export const benchReport = {
  /** Of a set that a backfill computes. */
  stored: v.pipe(
    v.strictObject({
      ...computing,
      server: text,
      symbols: whole,
      partitions: whole,
      rows: whole,
      cells: whole,
      bytes: whole,
      workers: whole,
      floorMs: positive,
      backfillMs: positive,
      cellsPerSecond: positive,
      copyFloorRatio: positive,
      copyFloorRatioLow: positive,
      copyFloorRatioHigh: positive,
      copyShare: positive,
      computeShare: positive,
      bound: v.picklist(['copy', 'compute', 'rest']),
    }),
    v.check(report => report.copyFloorRatioLow <= report.copyFloorRatio),
    v.check(report => report.copyFloorRatio <= report.copyFloorRatioHigh),
  ),
  /** Of one that is kept row by row. */
  computed: v.strictObject(computing),
};
