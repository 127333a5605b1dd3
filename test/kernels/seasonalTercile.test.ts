import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { seeded, shapes } from '../support/kernelShapes.ts';

const minute = 60_000_000;
const day = 1440 * minute;
const random = seeded(17);

/** Bars every `step` minutes, closed at weekends; some are missing and the first have no time. */
function times(rows: number, step: number): Float64Array {
  let now = Date.parse('2024-01-02T00:00:00Z') * 1000;
  return Float64Array.from({ length: rows }, (_, t) => {
    do now += step * minute;
    while (Math.floor(now / day + 3) % 7 > 4 || random() < 0.03);
    return t < 25 ? NaN : now;
  });
}

function twin(
  time: Float64Array,
  s: Float64Array,
  n: Float64Array,
  count: number,
  maxRows: number,
  minRows: number,
) {
  const rowAt = new Map(Array.from(time, (at, t) => [at, t]));
  return (t: number): number => {
    if (Number.isNaN(time[t])) return NaN;
    if (Number.isNaN(s[t])) return n[t]! < minRows ? 1 : NaN;
    const others: number[] = [];
    const oldest = Math.max(0, t - maxRows + 1);
    for (
      let at = time[t]! - day;
      others.length < count && !(at < (time[oldest] ?? NaN)) && at > time[25]! - day;
      at -= day
    ) {
      const row = rowAt.get(at);
      if (row !== undefined && row >= oldest && !Number.isNaN(s[row])) others.push(s[row]!);
    }
    if (others.length < count) return 1;
    return Math.min(2, Math.floor((3 * others.filter(x => x < s[t]!).length) / count));
  };
}

const cases: KernelCase[] = [
  { step: 60, rows: 2_400, count: 20, maxRows: 700 },
  { step: 60, rows: 2_400, count: 70, maxRows: 2_300 }, // more days than places are kept for
  { step: 60, rows: 900, count: 3, maxRows: 90 },
  { step: 7, rows: 1_500, count: 2, maxRows: 1_200 },
  { step: 1440, rows: 300, count: 5, maxRows: 30 },
].flatMap(({ step, rows, count, maxRows }) => {
  const time = times(rows, step);
  const n = Float64Array.from({ length: rows }, (_, t) => (t % 24) + 1);
  return Object.entries(shapes).map(([label, make]) => {
    const s = make(rows);
    return {
      label: `${label}, every ${step} minutes`,
      name: 'seasonalTercile',
      planes: [time, s, n],
      params: [count, maxRows, 10],
      scratchBytes: 256,
      span: maxRows - 1,
      naive: twin(time, s, n, count, maxRows, 10),
    };
  });
});

keepsTheContract('seasonalTercile', cases);
