import { describe, expect, test } from 'vitest';
import { type Bounded, exact, missing } from './bounded.ts';
import { countsOf, meanOf, medianOf, ofKnown, ranksOf, spearman, spreadOf } from './known.ts';

const cells = (...numbers: number[]): Bounded[] => numbers.map(exact);
const maybe: Bounded = { value: 4, slack: 0, maybeNull: true };

describe('what is known', () => {
  test('is all that are numbers, NULL where they are too few', () => {
    expect(ofKnown([...cells(1, 2), missing, exact(6)], 3, meanOf).value).toBe(3);
    expect(ofKnown([...cells(1, 2), missing], 3, meanOf)).toEqual(missing);
  });

  test('is open where one of the numbers is', () => {
    const enough = ofKnown([...cells(1, 2, 3), maybe], 3, meanOf);
    expect(enough.slack).toBeGreaterThan(1e6);
    expect(enough.maybeNull).toBeUndefined();
    expect(ofKnown([...cells(1, 2), maybe], 3, meanOf).maybeNull).toBe(true);
    expect(ofKnown([exact(1), maybe], 3, meanOf)).toEqual(missing);
  });
});

describe('across numbers', () => {
  test('the deviation has divisor n - 1, the median is the middle', () => {
    expect(spreadOf(cells(2, 4, 4, 4, 5, 5, 7, 9)).value).toBeCloseTo(Math.sqrt(32 / 7), 15);
    expect(medianOf(cells(5, 1, 3)).value).toBe(3);
    expect(medianOf(cells(5, 1, 3, 4)).value).toBe(3.5);
  });

  test('the same number is equal, a near one open', () => {
    expect(countsOf(exact(2), cells(1, 2, 3, 4))).toEqual({ above: 2, equal: 1, open: 0 });
    expect(countsOf({ value: 2, slack: 0.1 }, cells(1.95, 3))).toEqual({ above: 1, equal: 0, open: 1 });
  });

  test('ranks are shared by equal numbers', () => {
    expect(ranksOf(cells(10, 20, 20, 5))).toEqual([2, 3.5, 3.5, 1]);
  });

  test('Spearman is the textbook’s, and NULL where a side is the same everywhere', () => {
    // 1 - 6 sum d^2 / (n (n^2 - 1)) without ties: d = 0, 1, -1, 1, -1.
    expect(spearman(cells(1, 2, 3, 4, 5), cells(1, 3, 2, 5, 4)).value).toBeCloseTo(0.8, 15);
    // With ties it is Pearson's of the ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4.
    const tied = spearman(cells(1, 2, 2, 3), cells(1, 2, 3, 4)).value;
    expect(tied).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 15);
    expect(spearman(cells(1, 1, 1), cells(1, 2, 3))).toEqual(missing);
  });
});
