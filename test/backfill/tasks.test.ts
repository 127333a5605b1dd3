import { expect, test } from 'vitest';
import { shareOut } from '../../host/backfill/tasks.ts';
import type { Task } from '../../host/backfill/types.ts';
import { fx } from '../../host/catalog/sets/fx.ts';

const families = fx.families.filter(({ partition }) => !partition).map(({ name }) => name);
const features = (some: readonly string[]): number =>
  fx.families.reduce((sum, { name, features }) => sum + (some.includes(name) ? features.length : 0), 0);
const month = (at: number, rows = 30_000): Task => ({
  ...{ symbol: 'eurusd', month: `2024-0${at}`, families, rows },
});

test('the last tasks are cut into pieces where there are more workers', () => {
  const tasks = [month(1), month(2), month(3)];
  const [first, second, ...rest] = shareOut(fx, tasks, 2);
  expect([first, second]).toEqual(tasks.slice(0, 2));
  expect(rest.length).toBeGreaterThan(5);
  expect(rest.flatMap(part => part.families)).toEqual(families);
  for (const part of rest) expect(part).toMatchObject({ symbol: 'eurusd', month: '2024-03', rows: 30_000 });
  // large at both ends, where workers begin, and small in the middle, where they meet
  const sizes = rest.map(part => features(part.families));
  const middle = Math.floor(sizes.length / 2);
  for (const end of [sizes[0]!, sizes.at(-1)!]) {
    expect(end).toBeGreaterThanOrEqual(100);
    expect(end).toBeGreaterThan(2 * sizes[middle]!);
  }
  for (const part of rest.slice(middle - 1, middle + 2)) expect(part.families.length).toBeLessThanOrEqual(2);
});

test('what is as many as the workers, small, one family or of all symbols is not cut', () => {
  const tasks = [month(1), month(2)];
  expect(shareOut(fx, tasks, 2)).toEqual(tasks);
  expect(shareOut(fx, tasks, 1)).toEqual(tasks);
  const small = [month(1, 2_000)];
  expect(shareOut(fx, small, 2)).toEqual(small);
  const single = [{ ...month(1, 1_000_000), families: ['reg_rate'] }];
  expect(shareOut(fx, single, 2)).toEqual(single);
  const whole = [{ ...month(1, 1_000_000), symbol: '*', members: [{ symbol: 'eurusd', rows: 1_000_000 }] }];
  expect(shareOut(fx, whole, 2)).toEqual(whole);
});
