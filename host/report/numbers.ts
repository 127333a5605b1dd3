const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 });

/** A value as a person reads it on an axis: four significant digits, 12.3M for millions, 1.2e-7 for what is tiny. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value)) return String(value);
  if (size >= 1e15 || size < 1e-5) return value.toExponential(2).replace(/\.?0+e/, 'e');
  if (size >= 1e6) return compact.format(value);
  if (size >= 1000) return grouped.format(value);
  return String(Number(value.toPrecision(4)));
}

/** "0 %", "0.02 %", "12 %". */
export function shareText(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.01) return '< 0.01 %';
  return `${Number(value.toPrecision(value >= 10 ? 3 : 2))} %`;
}

const month = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'short' });
const weekday = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', weekday: 'short' });
const dateOf = (micros: number): Date => new Date(micros / 1000);

/** "8 Sep". */
export const dayText = (micros: number): string =>
  `${dateOf(micros).getUTCDate()} ${month.format(dateOf(micros))}`;
/** "8 Sep 2025". */
export const dateText = (micros: number): string => `${dayText(micros)} ${dateOf(micros).getUTCFullYear()}`;
/** "Mon 8 Sep". */
export const weekdayText = (micros: number): string => `${weekday.format(dateOf(micros))} ${dayText(micros)}`;
