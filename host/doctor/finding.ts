/** Of what a finding is. */
export type Area = 'machine' | 'files' | 'database' | 'rights' | 'settings' | 'disk' | 'time';

/**
 * ok: as it should be. note: worth knowing, nothing is lost by leaving it. warning: it works, but slower than it could or not
 * for long. error: a backfill does not get to its end like this.
 */
export type Level = 'ok' | 'note' | 'warning' | 'error';

export type Finding = {
  readonly area: Area;
  /** What was looked at: a setting by its name, else a noun. */
  readonly check: string;
  readonly level: Level;
  /** What was found. */
  readonly found: string;
  /** What follows from it, and what to do; absent where all is well. */
  readonly advice?: string;
};

/** What a check says of a value where it is not well. */
export type Advice = { readonly level: Exclude<Level, 'ok'>; readonly advice: string };

export const note = (advice: string): Advice => ({ level: 'note', advice });
export const warning = (advice: string): Advice => ({ level: 'warning', advice });
export const problem = (advice: string): Advice => ({ level: 'error', advice });

/** A finding that is well, unless there is advice. */
export const finding = (area: Area, check: string, found: string, advice?: Advice): Finding => ({
  ...{ area, check, found },
  ...(advice ?? { level: 'ok' }),
});

const unitsOfBytes = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes as Postgres writes them: powers of 1024, one digit behind the point where it says something. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < unitsOfBytes.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 && unit > 0 ? Number(value.toFixed(1)) : Math.round(value)}${unitsOfBytes[unit]}`;
}
