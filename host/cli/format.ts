/** Numbers, sizes and times as people read them. The same on every machine, whatever its locale. */
let grouped: Intl.NumberFormat | undefined;

export function count(value: number): string {
  // made when a number is shown: it takes as long as all of --help
  grouped ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return grouped.format(value);
}

/** "1 row", "2,000 rows". */
export const counted = (value: number, noun: string, plural = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : plural}`;

const scaled = (value: number, units: readonly string[], step: number): string => {
  let rest = value;
  let unit = 0;
  while (rest >= step && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  const digits = unit === 0 || rest >= 100 ? 0 : rest >= 10 ? 1 : 2;
  return `${rest.toFixed(digits)} ${units[unit]}`.trim();
};

/** "1.25 GB"; powers of 1000. */
export const bytes = (value: number): string => scaled(value, ['B', 'kB', 'MB', 'GB', 'TB'], 1000);

/** "12.3 million", "950". */
export const large = (value: number): string =>
  value < 10_000 ? count(value) : scaled(value / 1000, ['thousand', 'million', 'billion', 'trillion'], 1000);

export const percent = (share: number): string => {
  if (!Number.isFinite(share)) return '-';
  const value = share * 100;
  if (value > 0 && value < 0.01) return '< 0.01 %';
  return `${value.toFixed(value === 0 || value >= 10 ? 0 : value >= 1 ? 1 : 2)} %`;
};

/** "40 ms", "0.8 s", "12 s", "3 min 05 s", "2 h 10 min". */
export const duration = (ms: number): string => {
  if (!Number.isFinite(ms)) return '-';
  if (ms < 95) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
};

/** A list for a sentence, cut after `most` items: "audusd, eurusd and 4 more". */
export const listed = (items: readonly string[], most = 6): string => {
  if (items.length <= most) return items.join(', ');
  return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
};
