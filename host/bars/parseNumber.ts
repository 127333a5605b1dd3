// 10^0 .. 10^22 are exact doubles.
const powers = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

const decoder = new TextDecoder('latin1');

/** Texts that stand for "no value". */
const empty = new Set(['', 'null', 'nan', 'na', 'n/a', '-', 'none']);

/**
 * The number written in bytes [from, to): NaN for an empty field (or null, NaN, NA), Infinity for anything that is
 * no finite number. Up to 15 digits and 22 decimals it is one exact integer over one exact power of ten, whose
 * quotient is the nearest double (Clinger 1990); the rest is left to the host's parser.
 */
export const parseNumber = (bytes: Uint8Array, from: number, to: number): number => {
  let at = from;
  let negative = false;
  if (bytes[at] === 0x2d) {
    negative = true;
    at++;
  }
  let mantissa = 0;
  let digits = 0;
  let decimals = -1;
  for (; at < to; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (digit === -2 && decimals < 0) decimals = 0;
    else return parseSlowly(bytes, from, to);
  }
  if (digits === 0 || digits > 15) return parseSlowly(bytes, from, to);
  const value = decimals > 0 ? mantissa / (powers[decimals] as number) : mantissa;
  return negative ? -value : value;
};

const parseSlowly = (bytes: Uint8Array, from: number, to: number): number => {
  const text = decoder.decode(bytes.subarray(from, to)).trim();
  if (empty.has(text.toLowerCase())) return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number.POSITIVE_INFINITY;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;
};
