import { type KernelCase, keepsTheContract } from '../support/kernelContract.ts';
import { shapes, windowOf } from '../support/kernelShapes.ts';

const rows = 460;
const pairs = [
  ['walk', 'zeros'],
  ['ties', 'holes'],
  ['holes', 'zeros'],
  ['constant', 'walk'],
  ['walk', 'constant'],
  ['infinite', 'zeros'],
  ['zeros', 'outlier'],
] as const;

const cases: KernelCase[] = pairs.flatMap(([left, right]) => {
  const [x, trigger] = [shapes[left](rows), shapes[right](rows)];
  // above it lie some of the rows of every shape, at times none
  const threshold = Float64Array.from(trigger, (_, t) => {
    const known = windowOf(trigger, t, 30).filter(Number.isFinite);
    return t % 61 === 9 ? NaN : t % 50 < 5 ? 1e13 : (Math.max(...known) + Math.min(...known)) / 2;
  });
  const otherwise = Float64Array.from(x, (_, t) => (t % 17 === 0 ? NaN : t));
  return [
    [2, 1],
    [3, 1],
    [9, 8],
    [9, 9],
    [20, 40],
    [31, 5],
    [60, 1],
    [240, 15],
  ].map(([window, after]): KernelCase => {
    const [w, count] = [window!, after!];
    const before = Math.min(count, w - 1);
    const recent = Float64Array.from(x, (_, t) => Math.max(...windowOf(trigger, t - 1, before)));
    return {
      label: `${left} after ${right}`,
      name: 'afterEvents',
      planes: [x, trigger, recent, threshold, otherwise],
      params: [w, count],
      span: w - 1,
      tolerance: 1e-14,
      naive: t => {
        const [values, events] = [windowOf(x, t, w), windowOf(trigger, t, w)];
        if ([...values, ...events, threshold[t]!].some(Number.isNaN)) return NaN;
        const isEvent = events.map(event => event > threshold[t]!);
        const chosen = values.filter((_, row) => isEvent.slice(Math.max(0, row - count), row).includes(true));
        return chosen.length === 0 ? otherwise[t]! : chosen.reduce((sum, y) => sum + y, 0) / chosen.length;
      },
      magnitude: t => Math.max(...windowOf(x, t, w).map(Math.abs)),
    };
  });
});

keepsTheContract('afterEvents', cases);
