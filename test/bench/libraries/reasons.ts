/** Why a library in C is faster where it is, by kind. */
export const reasons: Readonly<Record<string, string>> = {
  sum: 'A running sum costs an addition and a subtraction a row, and keeps every rounding error that it ever made. Ours adds blocks of the window, about one addition for each bit of its length.',
  mean: 'As sum.',
  sd: 'A running sum of squares cancels, as the table of digits shows. Ours merges centred moments of blocks, four passes of up to twenty operations for 30 rows.',
  bbands: 'As sd.',
  ema: 'A recursion with endless memory is one multiplication and addition a row, whatever its length; ours ends at a horizon and needs a doubling for each bit of that.',
  macd: 'As ema, three times.',
  rsi: 'As ema, twice.',
  atr: 'As ema.',
  adx: 'As ema, three times.',
  slope:
    'Running sums of values and of rows times values: two additions and subtractions a row, which lose digits as sums do. Ours merges centred trends.',
  corr: 'Five running sums, of which two cancel. Ours merges centred co-moments, and a root and a quotient take half of its time.',
  max: 'The largest of a window stays for several rows, and only a comparison is made.',
  min: 'As max.',
  median:
    'Two heaps keep the order from row to row in a few steps; ours passes over all values of the window in order.',
};
