import { keepsTheContract } from '../support/kernelContract.ts';

const dayMicros = 86_400_000_000;
const table = Float64Array.of(-3, 0, 1, 9, 40, 41);

const planes = {
  hours: Float64Array.from({ length: 1_400 }, (_, t) => -6 * dayMicros + t * 3_600_000_000),
  edges: Float64Array.from({ length: 120 }, (_, t) => (Math.floor(t / 2) - 8) * dayMicros - (t % 2)),
  gaps: Float64Array.from({ length: 300 }, (_, t) => (t % 11 === 3 ? NaN : t * 7_200_000_000)),
};

const cases = Object.entries(planes).flatMap(([label, time]) =>
  [30, 5, 0].map(cap => ({
    label,
    name: 'daysUntil',
    planes: [time],
    params: [cap],
    table,
    span: 0,
    naive: (t: number) => {
      const day = Math.floor(time[t]! / dayMicros);
      const next = table.find(other => other >= day);
      return next === undefined || !(day >= table[0]!) ? NaN : Math.min(next - day, cap);
    },
  })),
);

keepsTheContract('daysUntil', cases);
